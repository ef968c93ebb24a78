/** The ways in which metrics reach a receiver, and what each receiver makes of them. */
import type { Says } from "./difference.ts";
import { type MetricWay, otlp, pushed, scrape, write } from "./metric_senders.ts";

const EXPONENTIAL = { metrics: { histograms: "exponential" } } as const;
const DELTA = { metrics: { temporality: "delta" } } as const;
const EXPONENTIAL_DELTA = {
  metrics: { histograms: "exponential", temporality: "delta" },
} as const;
/** Prometheus and VictoriaMetrics take nothing else. */
const ONLY = { traces: false, logs: false } as const;
/** Names as they are; by default Prometheus adds units and `_total`. */
const NAMES = "otlp: { translation_strategy: NoTranslation }";

const STAYS: Says = ["A family that is gone is shown for another five minutes.", "gone"];
const TOTAL: Says = ["A counter's name ends in `_total`.", "bare"];
const DOTS: Says = ["Dots and other characters of names become underscores.", "dots"];
const NEWEST: Says = ["Of the exemplars of a bucket, the newest is sent.", "sparse"];
const NO_EXEMPLARS: Says = ["Exemplars are lost.", "classic", "sparse", "traced", "traces"];
const TIMELESS: Says = [
  "Exemplars without a time are lost; those of Telltale's instruments have one.",
  "sparse",
  "traced",
];
const IDENTITY: Says = [
  "The name and the instance of the service are the labels `job` and `instance`, not in `target_info`.",
  "resource",
];
const ROUNDS: Says = [
  "NaN is not stored; numbers are rounded to 16 digits; the tiniest (5e-324) are 0.",
  "edge",
  "sums",
];
const SUMS: Says = [
  "OpenMetrics has no sum that is negative or NaN, nor a count without one, and no negative quantile.",
  "sums",
];
const ZERO: Says = [
  "The zero bucket ends at 1e-128, whatever it was; a sum that is NaN is 0.",
  "native",
  "sparse",
  "born",
  "sums",
];
const COARSER: Says = [
  "From the second delta on, a histogram that spans more than 160 buckets is of half the resolution.",
  "narrow",
];
const NO_SUM: Says = ["A histogram whose sum is NaN has none.", "sums"];
const BEGINS: Says = ["A series begins with a 0 at its time of creation.", "created", "born"];
const NO_NAN: Says = ["A quantile without observations is missing.", "size"];
const FORTY: Says = [
  "A series of more than 40 labels is dropped without an error (`-maxLabelsPerTimeseries`).",
  "wide",
];
const FLAT: Says = [
  "Every series has the whole resource and the scope as labels; a map is one label for each key.",
  "resource",
];

/** Every way that is tested. */
export const METRIC_WAYS: readonly MetricWay[] = [
  {
    job: "prometheus-openmetrics",
    how: "scrape",
    ...scrape("prometheus", "classic"),
    says: [["A counter's name ends in `_total`.", "bare", "dots"], NEWEST, SUMS],
  },
  {
    job: "prometheus-text",
    how: "scrape, text",
    ...scrape("prometheus", "classic", {}, { scrape_protocols: ["PrometheusText0.0.4"] }),
    says: [DOTS, NO_EXEMPLARS],
  },
  {
    job: "prometheus-write",
    how: "remote write",
    ...write("prometheus", "classic", "/api/v1/write"),
    says: [NEWEST, STAYS],
  },
  {
    job: "prometheus-otlp",
    how: "OTLP",
    ...otlp("prometheus", "/api/v1/otlp", ONLY),
    setThere: NAMES,
    says: [TIMELESS, NO_SUM, STAYS, IDENTITY],
  },
  {
    job: "prometheus-native",
    how: "scrape, native histograms",
    ...scrape("prometheusNative", "native", { histograms: "both" }),
    says: [["Exemplars of a native histogram without a time are lost.", "sparse"]],
  },
  {
    job: "prometheus-both",
    how: "scrape, histograms in both forms",
    ...scrape("prometheusNative", "both", { histograms: "both" }, {
      always_scrape_classic_histograms: true,
    }),
    says: [NEWEST, ["Exemplars of a native histogram without a time are lost.", "sparse"]],
  },
  {
    job: "prometheus-native-write",
    how: "remote write, native histograms",
    ...write("prometheusNative", "native", "/api/v1/write"),
    says: [STAYS],
  },
  {
    job: "prometheus-native-otlp",
    how: "OTLP, exponential histograms",
    ...otlp("prometheusNative", "/api/v1/otlp", { ...ONLY, ...EXPONENTIAL }),
    setThere: NAMES,
    says: [ZERO, TIMELESS, STAYS, IDENTITY],
  },
  {
    job: "prometheus-delta-otlp",
    how: "OTLP, delta",
    ...otlp("prometheusDelta", "/api/v1/otlp", { ...ONLY, ...DELTA }),
    setThere: NAMES,
    says: [TIMELESS, NO_SUM, STAYS, IDENTITY],
  },
  {
    job: "prometheus-native-delta-otlp",
    how: "OTLP, exponential histograms, delta",
    ...otlp("prometheusNativeDelta", "/api/v1/otlp", { ...ONLY, ...EXPONENTIAL_DELTA }),
    setThere: NAMES,
    says: [ZERO, COARSER, TIMELESS, STAYS, IDENTITY],
  },
  {
    job: "prometheus-created",
    how: "scrape, times of creation",
    ...scrape("prometheusCreated", "classic", { created: true }),
    says: [BEGINS, NEWEST],
  },
  {
    job: "prometheus-native-created",
    how: "scrape, native histograms and times of creation",
    ...scrape("prometheusBoth", "native", { created: true, histograms: "both" }),
    says: [BEGINS, ["Exemplars of a native histogram without a time are lost.", "sparse"]],
  },
  {
    job: "prometheus2-openmetrics",
    how: "scrape",
    ...scrape("prometheus2", "classic"),
    says: [TOTAL, DOTS, NEWEST, SUMS],
  },
  {
    job: "prometheus2-write",
    how: "remote write",
    ...write("prometheus2", "classic", "/api/v1/write"),
    says: [NEWEST, STAYS],
  },
  {
    job: "prometheus2-native",
    how: "scrape, native histograms",
    ...scrape("prometheus2Native", "native", { histograms: "both" }),
    says: [DOTS, [
      "Of a native histogram's exemplars those are lost that are older than one of a lower bucket.",
      "sparse",
    ]],
  },
  {
    job: "pushgateway",
    how: "push",
    ...pushed(),
    says: [
      DOTS,
      [
        "Exemplars are in its protobuf page only, which Prometheus asks for with `native-histograms`.",
        ...NO_EXEMPLARS.slice(1),
      ],
      [
        "Native histograms are in its API and its protobuf page; its text pages have the classic buckets.",
      ],
      ["It keeps the latest push only.", "reset", "gone", "step"],
    ],
  },
  {
    job: "victoriametrics-scrape",
    how: "scrape",
    ...scrape("victoriametrics", "classic"),
    says: [
      DOTS,
      NO_EXEMPLARS,
      ROUNDS,
      NO_NAN,
      FORTY,
      ["Its export shows the end of a family as a sample without value.", "gone"],
    ],
  },
  {
    job: "victoriametrics-write",
    how: "remote write",
    ...write("victoriametrics", "classic", "/api/v1/write"),
    says: [NO_EXEMPLARS, ROUNDS, NO_NAN, FORTY, STAYS],
  },
  {
    job: "victoriametrics-otlp",
    how: "OTLP",
    ...otlp("victoriametrics", "/opentelemetry", ONLY),
    says: [FLAT, NO_EXEMPLARS, ROUNDS, NO_NAN, FORTY, STAYS],
  },
  {
    job: "victoriametrics-exponential",
    how: "OTLP, exponential histograms",
    ...otlp("victoriametrics", "/opentelemetry", { ...ONLY, ...EXPONENTIAL }),
    says: [
      [
        "Exponential buckets are series with the label `vmrange`, whose bounds have four digits.",
        "native",
        "sparse",
        "empty",
        "narrow",
        "coarse",
        "born",
        "sums",
        "reset",
        "gone",
      ],
      FLAT,
      NO_EXEMPLARS,
      ROUNDS,
      NO_NAN,
      FORTY,
      STAYS,
    ],
  },
  {
    job: "victoriametrics-delta",
    how: "OTLP, delta",
    ...otlp("victoriametrics", "/opentelemetry", { ...ONLY, ...DELTA }),
    says: [
      [
        "**Not for this receiver**: deltas are stored as they come, so that `rate` and `increase` are wrong.",
        "orders",
        "bare",
        "dots",
        "classic",
        "native",
        "sparse",
        "narrow",
        "coarse",
        "unbounded",
        "traced",
        "traces",
        "created",
        "born",
        "sums",
        "reset",
        "gone",
      ],
      FLAT,
      NO_EXEMPLARS,
      ROUNDS,
      NO_NAN,
      FORTY,
      STAYS,
    ],
  },
  { job: "collector-protobuf", how: "OTLP", ...otlp("collector", ""), says: [] },
  {
    job: "collector-json",
    how: "OTLP, JSON",
    ...otlp("collector", "", { protocol: "http/json", compression: "gzip" }),
    says: [],
  },
  {
    job: "collector-exponential",
    how: "OTLP, exponential histograms",
    ...otlp("collector", "", { ...EXPONENTIAL, compression: "gzip" }),
    says: [],
  },
  {
    job: "collector-exponential-json",
    how: "OTLP, JSON, exponential histograms",
    ...otlp("collector", "", { ...EXPONENTIAL, protocol: "http/json" }),
    says: [["It does not read `zeroThreshold` from JSON.", "native", "sparse", "born", "sums"]],
  },
  { job: "collector-delta", how: "OTLP, delta", ...otlp("collector", "", DELTA), says: [] },
  {
    job: "collector-exponential-delta",
    how: "OTLP, exponential histograms, delta",
    ...otlp("collector", "", EXPONENTIAL_DELTA),
    says: [],
  },
];
