/**
 * The reader of one family: gathers its lines and checks the rules between them.
 *
 * @module
 */
import type { Family, HistogramSample, NumberFamily } from "../../metrics/data/family.ts";
import { labelKey } from "../../metrics/data/labels.ts";
import type { LineReader, MetadataLine, SampleLine } from "./line.ts";
import type { Dialect } from "./scan.ts";
import { Point } from "./point.ts";

type Suffixes = { readonly [type: string]: readonly string[] | undefined };

/** The types of each format, with the suffixes of their sample names. */
const SUFFIXES: { readonly [dialect in Dialect]: Suffixes } = {
  text: {
    counter: [""],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count"],
    // Not in the format's description; Prometheus reads it since 2026.
    gaugehistogram: ["_bucket", "_sum", "_count", "_gsum", "_gcount"],
    summary: ["", "_sum", "_count"],
    untyped: [""],
  },
  openmetrics: {
    counter: ["_total", "_created"],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count", "_created"],
    gaugehistogram: ["_bucket", "_gsum", "_gcount"],
    summary: ["", "_sum", "_count", "_created"],
    info: ["_info"],
    stateset: [""],
    unknown: [""],
  },
};

/** Gathers the lines of one family. */
export class FamilyReader {
  readonly name: string;
  /** The number of its first line, from 1. */
  readonly line: number;
  readonly #lines: LineReader;
  readonly #dialect: Dialect;
  #help: string | undefined;
  #unit: string | undefined;
  #type: string | undefined;
  /** The suffix of each name that its samples may have. */
  #suffixes: ReadonlyMap<string, string>;
  /** By labels and, in OpenMetrics, timestamp. */
  readonly #points = new Map<string, Point>();
  /** The number of further points of a series with the same timestamp. */
  readonly #again = new Map<string, number>();
  /** In OpenMetrics the lines of one metric are adjacent and in order of time. */
  readonly #groups = new Set<string>();
  #group: string | undefined;
  #groupTimeMs: number | undefined;

  constructor(name: string, lines: LineReader) {
    this.name = name;
    this.#lines = lines;
    this.#dialect = lines.dialect;
    this.line = lines.line;
    this.#suffixes = new Map([[name, ""]]);
  }

  /** Whether a sample with this name belongs to the family. */
  takes(name: string): boolean {
    return this.#suffixes.has(name);
  }

  /** Every name that the family claims: its own and those of its samples. */
  claims(): Set<string> {
    return new Set([this.name, ...this.#suffixes.keys()]);
  }

  /** Takes a metadata line. */
  describe(kind: MetadataLine["kind"], text: string): void {
    if (this.#points.size > 0) this.#fail(`${kind} must come before the samples`);
    if (kind === "HELP") {
      if (this.#help !== undefined) this.#fail("a second HELP of one family");
      this.#help = text;
    } else if (kind === "UNIT") {
      if (this.#unit !== undefined) this.#fail("a second UNIT of one family");
      if (text !== "" && !this.name.endsWith(`_${text}`)) {
        this.#fail(`the name does not end in the unit "_${text}"`);
      }
      this.#unit = text;
    } else {
      if (this.#type !== undefined) this.#fail("a second TYPE of one family");
      const known = SUFFIXES[this.#dialect];
      const suffixes = Object.hasOwn(known, text) ? known[text] : undefined;
      if (suffixes === undefined) {
        const types = Object.keys(known).join(", ");
        this.#fail(`the type must be one of ${types}, got ${JSON.stringify(text)}`);
      }
      this.#suffixes = new Map(suffixes!.map((suffix) => [this.name + suffix, suffix]));
      this.#type = text;
    }
    if (this.#unit && (this.#type === "info" || this.#type === "stateset")) {
      this.#fail(`a ${this.#type} has no unit`);
    }
  }

  /** Adds a sample line whose name the family {@linkcode takes}. */
  add(line: SampleLine): void {
    const suffix = this.#suffixes.get(line.name)!;
    const own = this.#ownLabel(suffix);
    const at = own === undefined ? -1 : line.names.indexOf(own);
    const point = this.#point(line, at, this.#isValue(suffix));
    point.line = this.#lines.line;
    if (this.#dialect === "openmetrics") this.#check(line, suffix);
    const problem = this.#store(point, line, suffix, at === -1 ? undefined : line.values[at]);
    if (problem !== undefined) this.#fail(problem);
  }

  /** The family as data, once all its lines are read. */
  finish(): Family {
    const { name } = this, help = this.#help ?? "", unit = this.#unit || undefined;
    const base = unit === undefined ? { name, help } : { name, help, unit };
    const points = [...this.#points.values()];
    switch (this.#type) {
      case "histogram":
      case "gaugehistogram": {
        const gauge = this.#type === "gaugehistogram";
        this.#require(points, (point) => point.histogramProblem(this.#dialect, gauge));
        let last: HistogramSample | undefined;
        const samples = points.map((point) => last = point.histogram(last?.bounds));
        return { type: "histogram", ...base, ...(gauge && { gauge }), samples };
      }
      case "summary":
        this.#require(points, (point) => point.summaryProblem(this.#dialect));
        return { type: "summary", ...base, samples: points.map((point) => point.summary()) };
    }
    this.#require(points, (point) => point.numberProblem());
    const samples = points.map((point) => point.number());
    return { ...base, name: this.#sampleName(), type: this.#numberType(), samples };
  }

  #numberType(): NumberFamily["type"] {
    if (this.#type === undefined || this.#type === "untyped") return "unknown";
    return this.#type as NumberFamily["type"];
  }

  /** Counters and infos are named like their samples. */
  #sampleName(): string {
    if (this.#dialect === "text") return this.name;
    const suffix = this.#type === "counter" ? "_total" : this.#type === "info" ? "_info" : "";
    return this.name + suffix;
  }

  /** The label that distinguishes the samples of one series. */
  #ownLabel(suffix: string): string | undefined {
    if (suffix === "_bucket") return "le";
    if (suffix !== "") return undefined;
    return this.#type === "summary" ? "quantile" : undefined;
  }

  /** Whether a line with this suffix holds the only value of its point. */
  #isValue(suffix: string): boolean {
    return (suffix === "" || suffix === "_total" || suffix === "_info") && this.#type !== "summary";
  }

  #store(
    point: Point,
    line: SampleLine,
    suffix: string,
    own: string | undefined,
  ): string | undefined {
    switch (suffix) {
      case "_bucket":
        return point.addBucket(own, line, this.#dialect);
      case "_count":
      case "_gcount":
        return point.addCount(line, this.#dialect);
      case "_sum":
      case "_gsum":
        return point.addSum(line);
      case "_created":
        return point.addCreated(line);
    }
    return this.#type === "summary"
      ? point.addQuantile(own, line, this.#dialect)
      : point.addValue(line);
  }

  /** The point that the line belongs to; `at` is the index of `le` or `quantile`, or -1. */
  #point({ names, values, timestampMs }: SampleLine, at: number, isValue: boolean): Point {
    const labels = without({ names, values }, at);
    const group = labelKey(labels);
    const isTimed = this.#dialect === "openmetrics" && timestampMs !== undefined;
    const moment = isTimed ? `${timestampMs} ${group}` : group;
    // Timestamps of one series may be equal, or closer than a double distinguishes.
    let again = this.#again.get(moment) ?? 0;
    if (isTimed && isValue && this.#points.get(keyOf(moment, again))?.hasValue === true) {
      this.#again.set(moment, ++again);
    }
    const key = keyOf(moment, again);
    if (this.#dialect === "openmetrics") this.#checkGroup(names, values, timestampMs, group);
    let point = this.#points.get(key);
    if (point === undefined) {
      this.#points.set(key, point = new Point(labels.names, labels.values, timestampMs));
    } else if (point.timestampMs !== timestampMs) {
      // Only in text: one series, with two timestamps.
      this.#fail("one series has two timestamps");
    }
    return point;
  }

  #checkGroup(
    names: readonly string[],
    values: readonly string[],
    timestampMs: number | undefined,
    key: string,
  ): void {
    if (this.#type === "info") return;
    // All states of one set are one metric.
    const group = this.#type === "stateset"
      ? labelKey(without({ names, values }, names.indexOf(this.name)))
      : key;
    if (group !== this.#group) {
      if (this.#groups.has(group)) this.#fail("the lines of one metric must be adjacent");
      this.#groups.add(group);
      this.#group = group;
    } else if ((timestampMs === undefined) !== (this.#groupTimeMs === undefined)) {
      this.#fail("some lines of one metric have a timestamp, some have none");
    } else if (timestampMs! < this.#groupTimeMs!) {
      this.#fail("the timestamps of one metric go backwards");
    }
    this.#groupTimeMs = timestampMs;
  }

  /** The rules of OpenMetrics for single samples. */
  #check({ names, value, exemplar }: SampleLine, suffix: string): void {
    const type = this.#type;
    if (suffix === "_total" && !(value >= 0)) {
      this.#fail(`a counter must be 0 or more, got ${value}`);
    }
    if (type === "info" && value !== 1) this.#fail(`an info must be 1, got ${value}`);
    if (type === "stateset") {
      if (value !== 0 && value !== 1) this.#fail(`a state must be 0 or 1, got ${value}`);
      if (!names.includes(this.name)) this.#fail(`a state must have the label "${this.name}"`);
    }
    if (exemplar !== undefined && suffix !== "_total" && suffix !== "_bucket") {
      this.#fail("only counters and buckets may have an exemplar");
    }
  }

  #require(points: readonly Point[], problem: (point: Point) => string | undefined): void {
    for (const point of points) {
      const found = problem(point);
      if (found !== undefined) this.#lines.fail(found, point.line);
    }
  }

  #fail(reason: string): never {
    this.#lines.fail(reason);
  }
}

type Labels = Pick<SampleLine, "names" | "values">;

/** The labels without the one at index `at`; all of them for -1. */
function without({ names, values }: Labels, at: number): Labels {
  if (at === -1) return { names, values };
  return { names: names.toSpliced(at, 1), values: values.toSpliced(at, 1) };
}

function keyOf(moment: string, again: number): string {
  return again === 0 ? moment : `${moment} ${again}`;
}
