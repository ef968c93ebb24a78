/**
 * The metrics of a registry, by name.
 *
 * @module
 */
import type { Family } from "./data/family.ts";
import { escapeName } from "./data/names.ts";
import type { Definition, Metric, Series } from "./instrument/metric.ts";

/** Numbers that a registry keeps about itself. */
export interface RegistryCounts {
  /** Samples dropped for their labels. */
  readonly badLabels: number;
  /** Samples dropped for their value. */
  readonly badValues: number;
  /** Samples that went to an overflow series. */
  readonly overflowed: number;
  /** Series held now, without the overflow series. */
  readonly series: number;
}

/** A metric, whatever its labels. */
export type AnyMetric = Metric<never, Series>;

/** Holds metrics by name, and refuses two whose lines could begin alike. */
export class Catalogue {
  readonly #metrics = new Map<string, { metric: AnyMetric; shape: object; where: string }>();
  /** Every name that a line of a page may begin with, and the metric it belongs to. */
  readonly #claims = new Map<string, string>();

  /** All metrics, in the order of registration. */
  get all(): AnyMetric[] {
    return [...this.#metrics.values()].map(({ metric }) => metric);
  }

  /** Whether lines of a metric may begin with this name. */
  has(claim: string): boolean {
    return this.#claims.has(claim);
  }

  /** Numbers about all metrics together. */
  counts(): RegistryCounts {
    const counts = { badLabels: 0, badValues: 0, overflowed: 0, series: 0 };
    for (const metric of this.all) {
      const { tally } = metric["definition"];
      counts.badLabels += tally.badLabels;
      counts.badValues += tally.badValues;
      counts.overflowed += tally.overflowed;
      counts.series += metric.size;
    }
    return counts;
  }

  /**
   * The metric registered earlier with the same shape, or else the one that `make` makes.
   *
   * @param extra what must be the same, besides the definition
   * @throws {TypeError} for another shape, or a name that belongs to another metric; nothing is kept
   */
  register<M extends Pick<AnyMetric, "family">>(
    definition: Definition,
    extra: object,
    make: () => M,
  ): M {
    const { type, name, labels, unit, aggregation, maxSeries, ttlMs, exemplars } = definition;
    const shape = { type, labels, unit, aggregation, maxSeries, ttlMs, exemplars, extra };
    const known = this.#metrics.get(name);
    if (known !== undefined) {
      if (isSame(known.shape, shape)) return known.metric as unknown as M;
      const differences = differing(known.shape, shape);
      throw new TypeError(
        `Cannot register ${type} "${name}": it is already registered with other options ` +
          `(${differences}); it was registered ${known.where}`,
      );
    }
    const claims = claimsOf(type, name);
    for (const claim of claims) {
      const owner = this.#claims.get(claim);
      if (owner !== undefined) {
        throw new TypeError(
          `Cannot register ${type} "${name}": "${claim}" is taken by "${owner}"`,
        );
      }
    }
    const metric = make();
    for (const claim of claims) this.#claims.set(claim, name);
    this.#metrics.set(name, { metric: metric as unknown as AnyMetric, shape, where: callSite() });
    return metric;
  }
}

/** `labels: ["a"] before, ["b"] now`. */
function differing(before: object, now: object): string {
  const [old, wanted] = [before, now] as Record<string, unknown>[];
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])];
  return names.filter((name) => !isSame(old![name], wanted![name]))
    .map((name) => `${name}: ${jsonOf(old![name])} before, ${jsonOf(wanted![name])} now`).join(
      "; ",
    );
}

function jsonOf(value: unknown): string {
  const text = typeof value === "function" ? "a function" : JSON.stringify(value) ?? "none";
  return text.length > 200 ? text.slice(0, 200) + "…" : text;
}

/** This folder, as a stack shows it. */
const HERE = /* @__PURE__ */ new URL(".", import.meta.url).href.replace(/^file:\/\//, "");

/** Where the application registers: the first line of the stack outside this folder. */
function callSite(): string {
  const lines = new Error().stack?.split("\n").slice(1) ?? [];
  const line = lines.find((text) => /:\d+/.test(text) && !text.includes(HERE));
  return line === undefined ? "elsewhere" : line.trim();
}

/** Whether two shapes are equal field by field; functions are equal when identical. */
function isSame(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const x = a as Record<string, unknown>, y = b as Record<string, unknown>;
  return [...Object.keys(x), ...Object.keys(y)].every((key) => isSame(x[key], y[key]));
}

const SUFFIXES: { readonly [type: string]: readonly string[] | undefined } = {
  histogram: ["", "_bucket", "_sum", "_count", "_gsum", "_gcount", "_created"],
  summary: ["", "_sum", "_count", "_created"],
};

/**
 * Every name that a line of a metric may begin with, in any format, as it is and escaped for readers
 * of legacy names. Two metrics on one page must have none in common.
 */
export function claimsOf(type: Family["type"], name: string): string[] {
  const plain = plainClaims(type, name);
  const escaped = plain.flatMap((claim) => [
    escapeName(claim, "underscores"),
    escapeName(claim, "values"),
  ]);
  return [...new Set([...plain, ...escaped])];
}

function plainClaims(type: Family["type"], name: string): string[] {
  if (type === "counter") {
    const base = name.replace(/_total$/, "");
    return [name, base, `${base}_total`, `${base}_created`];
  }
  if (type === "info") return [name, name.replace(/_info$/, "")];
  return (SUFFIXES[type] ?? [""]).map((suffix) => name + suffix);
}
