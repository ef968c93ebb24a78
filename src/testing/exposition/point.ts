/**
 * One series under construction: what its lines have said so far.
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

/** Gathers the lines of one series; every method returns what is wrong, or undefined. */
export class Point {
  readonly labels: LabelSet;
  /** As the first line has it. */
  readonly timestampMs: number | undefined;
  /** The last line so far, counted from 1. */
  line = 0;
  #value: number | undefined;
  #exemplar: Exemplar | undefined;
  #createdMs: number | undefined;
  #count: number | undefined;
  #sum: number | undefined;
  /** +Inf included. */
  readonly #bounds: number[] = [];
  readonly #buckets: number[] = [];
  readonly #exemplars: Exemplar[] = [];
  readonly #quantiles = new Map<number, number>();

  /** Labels without `le` and `quantile`. */
  constructor(names: readonly string[], values: readonly string[], timestampMs?: number) {
    this.labels = labelSet(names, values);
    this.timestampMs = timestampMs;
  }

  /** Whether it has its value. */
  get hasValue(): boolean {
    return this.#value !== undefined;
  }

  /** The value of a counter, gauge, info, state or untyped series. */
  addValue({ value, exemplar }: SampleLine): string | undefined {
    if (this.#value !== undefined) return TWICE;
    this.#value = value;
    this.#exemplar = exemplar;
    return undefined;
  }

  /** When it began, in seconds. */
  addCreated({ value }: SampleLine): string | undefined {
    if (this.#createdMs !== undefined) return TWICE;
    if (!Number.isFinite(value)) return `a time is not ${value}`;
    this.#createdMs = Math.round(value * 1e6) / 1e3;
    return undefined;
  }

  /** How many observations. */
  addCount({ value }: SampleLine, dialect: Dialect): string | undefined {
    if (this.#count !== undefined) return TWICE;
    if (!isCount(value, dialect)) return `a count is not ${value}`;
    this.#count = value;
    return undefined;
  }

  /** The sum of all observations; checked when the series is complete. */
  addSum({ value }: SampleLine): string | undefined {
    if (this.#sum !== undefined) return TWICE;
    this.#sum = value;
    return undefined;
  }

  /** One bucket. */
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
    if (!isCount(value, dialect)) return `the count of a bucket is not ${value}`;
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

  /** One quantile of a summary. */
  addQuantile(
    quantile: string | undefined,
    { value }: SampleLine,
    dialect: Dialect,
  ): string | undefined {
    const q = quantile === undefined ? undefined : parseNumber(quantile);
    if (q === undefined || !(q >= 0 && q <= 1)) return `a quantile must be 0 to 1, got ${quantile}`;
    if (this.#quantiles.has(q)) return TWICE;
    if (value < 0 && dialect === "openmetrics") return `a quantile's value is not ${value}`;
    this.#quantiles.set(q, value);
    return undefined;
  }

  /** What is wrong with a complete counter, gauge or the like. */
  numberProblem(): string | undefined {
    return this.#value === undefined ? "it has a creation time, but no value" : undefined;
  }

  /** What is wrong with a complete histogram, or gauge histogram. */
  histogramProblem(dialect: Dialect, gauge: boolean): string | undefined {
    const all = this.#buckets.at(-1);
    if (this.#bounds.at(-1) !== Infinity) return "it has no bucket up to +Inf";
    if (this.#count !== undefined && this.#count !== all) {
      return `its count ${this.#count} is not that of its last bucket, ${all}`;
    }
    if (dialect === "text") return undefined;
    if ((this.#count === undefined) !== (this.#sum === undefined)) {
      return "a histogram has both, a count and a sum, or neither";
    }
    const negative = this.#bounds[0]! < 0;
    if (gauge) {
      if (Number.isNaN(this.#sum)) return "a sum is not NaN";
      return !negative && this.#sum! < 0
        ? "without negative bounds its sum is negative"
        : undefined;
    }
    return negative && this.#sum !== undefined
      ? "with negative bounds it may have no sum"
      : this.#sumProblem();
  }

  /** What is wrong with a complete summary. */
  summaryProblem(dialect: Dialect): string | undefined {
    return dialect === "text" ? undefined : this.#sumProblem();
  }

  /** As data. */
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
   * As data.
   *
   * @param shared the bounds of the series before, used again when they are the same
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

  /** As data. */
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
    return `a sum that only grows is not ${this.#sum}`;
  }
}

/** What is wrong with a series that says the same thing again. */
const TWICE = "the series appears twice";

/** Text has counts with a fraction, as those of a rate; OpenMetrics has whole ones only. */
function isCount(value: number, dialect: Dialect): boolean {
  return value >= 0 && (dialect === "text" ? value < Infinity : Number.isInteger(value));
}
