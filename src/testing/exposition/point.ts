/**
 * The reader of one series: gathers its sample lines and checks them against each other.
 *
 * @module
 */
import type {
  Exemplar,
  HistogramSample,
  NumberSample,
  SummarySample,
} from "../../metrics/data/family.ts";
import { type LabelSet, labelSet } from "../../metrics/data/labels.ts";
import type { SampleLine } from "./line.ts";
import { type Dialect, parseNumber } from "./scan.ts";

/** Gathers the lines of one series; the methods return the problem of a line, or undefined. */
export class Point {
  readonly labels: LabelSet;
  /** The timestamp of the first line. */
  readonly timestampMs: number | undefined;
  /** The number of the last line so far, from 1. */
  line = 0;
  #value: number | undefined;
  #exemplar: Exemplar | undefined;
  #createdMs: number | undefined;
  #count: number | undefined;
  #sum: number | undefined;
  /** With +Inf. */
  readonly #bounds: number[] = [];
  readonly #buckets: number[] = [];
  readonly #exemplars: Exemplar[] = [];
  readonly #quantiles = new Map<number, number>();

  /** Labels without `le` and `quantile`. */
  constructor(names: readonly string[], values: readonly string[], timestampMs?: number) {
    this.labels = labelSet(names, values);
    this.timestampMs = timestampMs;
  }

  /** Whether its value has been read. */
  get hasValue(): boolean {
    return this.#value !== undefined;
  }

  /** Adds the value of a counter, gauge, info, state or untyped series. */
  addValue({ value, exemplar }: SampleLine): string | undefined {
    if (this.#value !== undefined) return TWICE;
    this.#value = value;
    this.#exemplar = exemplar;
    return undefined;
  }

  /** Adds the creation time, in seconds. */
  addCreated({ value }: SampleLine): string | undefined {
    if (this.#createdMs !== undefined) return TWICE;
    if (!Number.isFinite(value)) return `a creation time must be finite, got ${value}`;
    this.#createdMs = Math.round(value * 1e6) / 1e3;
    return undefined;
  }

  /** Adds the number of observations. */
  addCount({ value }: SampleLine, dialect: Dialect): string | undefined {
    if (this.#count !== undefined) return TWICE;
    if (!isCount(value, dialect)) return `a count must be ${COUNT[dialect]}, got ${value}`;
    this.#count = value;
    return undefined;
  }

  /** Adds the sum of all observations, which is checked when the series is complete. */
  addSum({ value }: SampleLine): string | undefined {
    if (this.#sum !== undefined) return TWICE;
    this.#sum = value;
    return undefined;
  }

  /** Adds a bucket. */
  addBucket(
    le: string | undefined,
    { value, exemplar }: SampleLine,
    dialect: Dialect,
  ): string | undefined {
    const bound = le === undefined ? undefined : parseNumber(le);
    if (bound === undefined || Number.isNaN(bound)) return `bucket without a bound: le is ${le}`;
    if (bound === Infinity && dialect === "openmetrics" && le !== "+Inf") {
      return `the last bound must be +Inf, got ${le}`;
    }
    const last = this.#bounds.length - 1;
    if (last >= 0 && bound <= this.#bounds[last]!) {
      return `bounds must ascend, but ${bound} follows ${this.#bounds[last]}`;
    }
    if (!isCount(value, dialect)) {
      return `the count of a bucket must be ${COUNT[dialect]}, got ${value}`;
    }
    if (last >= 0 && value < this.#buckets[last]!) {
      return `buckets are cumulative, but ${value} follows ${this.#buckets[last]}`;
    }
    this.#bounds.push(bound);
    this.#buckets.push(value);
    if (exemplar !== undefined) {
      // Buckets are cumulative: a page may show an exemplar at any bucket above its value.
      const isLower = last >= 0 && exemplar.value <= this.#bounds[last]!;
      this.#exemplars.push(isLower ? { ...exemplar, le: bound } : exemplar);
    }
    return undefined;
  }

  /** Adds a quantile of a summary. */
  addQuantile(
    quantile: string | undefined,
    { value }: SampleLine,
    dialect: Dialect,
  ): string | undefined {
    const q = quantile === undefined ? undefined : parseNumber(quantile);
    if (q === undefined || !(q >= 0 && q <= 1)) return `a quantile must be 0 to 1, got ${quantile}`;
    if (this.#quantiles.has(q)) return TWICE;
    if (value < 0 && dialect === "openmetrics") {
      return `the value of a quantile must be 0 or more, got ${value}`;
    }
    this.#quantiles.set(q, value);
    return undefined;
  }

  /** The problem of a complete counter, gauge or the like. */
  numberProblem(): string | undefined {
    return this.#value === undefined ? "it has a creation time, but no value" : undefined;
  }

  /** The problem of a complete histogram, or gauge histogram. */
  histogramProblem(dialect: Dialect, gauge: boolean): string | undefined {
    const all = this.#buckets.at(-1);
    if (this.#bounds.at(-1) !== Infinity) return "it has no bucket up to +Inf";
    if (this.#count !== undefined && this.#count !== all) {
      return `its count ${this.#count} is not that of its last bucket, ${all}`;
    }
    if (dialect === "text") return undefined;
    if ((this.#count === undefined) !== (this.#sum === undefined)) {
      return "a histogram must have both a count and a sum, or neither";
    }
    const negative = this.#bounds[0]! < 0;
    if (gauge) {
      if (Number.isNaN(this.#sum)) return "a sum must not be NaN";
      return !negative && this.#sum! < 0
        ? "without negative bounds its sum must be 0 or more"
        : undefined;
    }
    return negative && this.#sum !== undefined
      ? "with negative bounds it must not have a sum"
      : this.#sumProblem();
  }

  /** The problem of a complete summary. */
  summaryProblem(dialect: Dialect): string | undefined {
    return dialect === "text" ? undefined : this.#sumProblem();
  }

  /** The series as the sample of a counter, gauge or the like. */
  number(): NumberSample {
    const { labels, timestampMs } = this, createdMs = this.#createdMs, exemplar = this.#exemplar;
    return {
      labels,
      value: this.#value!,
      ...(createdMs !== undefined && { createdMs }),
      ...(exemplar !== undefined && { exemplar }),
      ...(timestampMs !== undefined && { timestampMs }),
    };
  }

  /**
   * The series as the sample of a histogram.
   *
   * @param shared the bounds of the series before, reused when they are the same
   */
  histogram(shared: readonly number[] | undefined): HistogramSample {
    const { labels, timestampMs } = this, createdMs = this.#createdMs;
    const bounds = this.#bounds.slice(0, -1);
    const isShared = shared?.length === bounds.length && bounds.every((b, i) => b === shared[i]);
    return {
      labels,
      count: this.#buckets.at(-1)!,
      sum: this.#sum ?? NaN,
      bounds: isShared ? shared : bounds,
      buckets: this.#buckets.slice(0, -1),
      ...(createdMs !== undefined && { createdMs }),
      ...(this.#exemplars.length > 0 && {
        exemplars: this.#exemplars.sort((a, b) => a.value - b.value),
      }),
      ...(timestampMs !== undefined && { timestampMs }),
    };
  }

  /** The series as the sample of a summary. */
  summary(): SummarySample {
    const { labels, timestampMs } = this, createdMs = this.#createdMs;
    return {
      labels,
      count: this.#count ?? NaN,
      sum: this.#sum ?? NaN,
      quantiles: [...this.#quantiles],
      ...(createdMs !== undefined && { createdMs }),
      ...(timestampMs !== undefined && { timestampMs }),
    };
  }

  #sumProblem(): string | undefined {
    if (this.#sum === undefined || this.#sum >= 0) return undefined;
    return `a sum must be 0 or more, got ${this.#sum}`;
  }
}

const TWICE = "the series appears twice";

const COUNT = { text: "finite and 0 or more", openmetrics: "a whole number from 0" } as const;

/** Text allows counts with a fraction, such as those of a rate; OpenMetrics whole ones only. */
function isCount(value: number, dialect: Dialect): boolean {
  return value >= 0 && (dialect === "text" ? value < Infinity : Number.isInteger(value));
}
