/**
 * One family under construction, and the rules its lines have to keep.
 *
 * @module
 */
import type { Family, HistogramSample, NumberFamily } from "../../metrics/data/family.ts";
import type { LineReader, MetadataLine, SampleLine } from "./line.ts";
import type { Dialect } from "./scan.ts";
import { Point } from "./point.ts";

type Suffixes = { readonly [type: string]: readonly string[] | undefined };

/** The types that a format knows, and what follows the family's name in their samples. */
const SUFFIXES: { readonly [dialect in Dialect]: Suffixes } = {
  text: {
    counter: [""],
    gauge: [""],
    histogram: ["_bucket", "_sum", "_count"],
    // Not in the format's description; the readers of Prometheus take it since 2026.
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
  /** Where it begins, counted from 1. */
  readonly line: number;
  readonly #lines: LineReader;
  readonly #dialect: Dialect;
  #help: string | undefined;
  #unit: string | undefined;
  #type: string | undefined;
  /** The names that its samples may have, and what follows the family's name in them. */
  #suffixes: ReadonlyMap<string, string>;
  /** By labels and, in OpenMetrics, time. */
  readonly #points = new Map<string, Point>();
  /** How many more points than one there are of a series at a time. */
  readonly #again = new Map<string, number>();
  /** In OpenMetrics the lines of one metric stand together, in the order of time. */
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

  /** Whether a sample of this name is one of the family's. */
  takes(name: string): boolean {
    return this.#suffixes.has(name);
  }

  /** Every name that belongs to the family: its own and those of its samples. */
  claims(): Set<string> {
    return new Set([this.name, ...this.#suffixes.keys()]);
  }

  /** A line of metadata. */
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

  /** A line with a value, of a name that the family takes. */
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

  /** The family, as data. */
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

  /** Counters and infos are named as their samples are. */
  #sampleName(): string {
    if (this.#dialect === "text") return this.name;
    const suffix = this.#type === "counter" ? "_total" : this.#type === "info" ? "_info" : "";
    return this.name + suffix;
  }

  /** The label that tells the samples of one series apart. */
  #ownLabel(suffix: string): string | undefined {
    if (suffix === "_bucket") return "le";
    if (suffix !== "") return undefined;
    return this.#type === "summary" ? "quantile" : undefined;
  }

  /** Whether such a line is the one value of its point. */
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

  /** The series that the line belongs to; `at` is where its own label is. */
  #point({ names, values, timestampMs }: SampleLine, at: number, isValue: boolean): Point {
    const group = identity(names, values, at);
    const isTimed = this.#dialect === "openmetrics" && timestampMs !== undefined;
    const moment = isTimed ? `${timestampMs} ${group}` : group;
    // Times may not go back, but may be equal, or nearer than we tell apart: points of one series.
    let again = this.#again.get(moment) ?? 0;
    if (isTimed && isValue && this.#points.get(keyOf(moment, again))?.hasValue === true) {
      this.#again.set(moment, ++again);
    }
    const key = keyOf(moment, again);
    if (this.#dialect === "openmetrics") this.#checkGroup(names, values, timestampMs, group);
    let point = this.#points.get(key);
    if (point === undefined) {
      const [ownNames, ownValues] = at === -1
        ? [names, values]
        : [names.toSpliced(at, 1), values.toSpliced(at, 1)];
      this.#points.set(key, point = new Point(ownNames, ownValues, timestampMs));
    } else if (point.timestampMs !== timestampMs) {
      // Only text gets here: one series, seen at two times.
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
      ? identity(names, values, names.indexOf(this.name))
      : key;
    if (group !== this.#group) {
      if (this.#groups.has(group)) this.#fail("the lines of one metric do not stand together");
      this.#groups.add(group);
      this.#group = group;
    } else if ((timestampMs === undefined) !== (this.#groupTimeMs === undefined)) {
      this.#fail("some lines of one metric have a timestamp, some have none");
    } else if (timestampMs! < this.#groupTimeMs!) {
      this.#fail("the timestamps of one metric go back");
    }
    this.#groupTimeMs = timestampMs;
  }

  /** What OpenMetrics says of single samples. */
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

/** The same for the same labels in any order, and for no others; the label at `skip` left out. */
function identity(names: readonly string[], values: readonly string[], skip: number): string {
  if (names.length === (skip === -1 ? 0 : 1)) return "";
  const pairs: [string, string][] = [];
  for (let i = 0; i < names.length; i++) if (i !== skip) pairs.push([names[i]!, values[i]!]);
  return JSON.stringify(pairs.sort(([a], [b]) => a < b ? -1 : 1));
}

function keyOf(moment: string, again: number): string {
  return again === 0 ? moment : `${moment} ${again}`;
}
