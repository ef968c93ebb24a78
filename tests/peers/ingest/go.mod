module telltale/ingest

go 1.25

require github.com/google/pprof v0.0.0-20250607225305-033d6d78b36a
