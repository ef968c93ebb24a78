/**
 * The metrics of a registry, by name.
 *
 * @module
 */
import type { Definition } from "./definition.ts";
import type { Metric } from "./metric.ts";
import type { Series } from "./series.ts";

/** What a registry asks of a metric, whatever its labels. */
export type AnyMetric = Pick<
  Metric<never, Series>,
  "definition" | "size" | "sweep" | "freeze" | "family"
>;

/** Holds metrics, and keeps any two from writing lines that begin alike. */
export class Catalogue {
  readonly #metrics = new Map<string, { metric: AnyMetric; shape: string }>();
  /** Every name that some line of a page may begin with, and the metric it belongs to. */
  readonly #claims = new Map<string, string>();

  /** All metrics, in the order of registration. */
  get all(): AnyMetric[] {
    return [...this.#metrics.values()].map(({ metric }) => metric);
  }

  /** Whether the lines of some metric begin with this name. */
  has(name: string): boolean {
    return this.#claims.has(name);
  }

  /**
   * The metric that was registered before with the same shape, or the one that `make` makes. Another
   * shape, and a name that belongs to another metric, is a `TypeError`; nothing is kept then.
   *
   * @param type of the metric, as errors name it
   * @param shape what must be the same, besides type and labels
   * @param claims the names that its lines may begin with
   */
  register<M extends AnyMetric>(
    type: string,
    { name, labels }: Definition,
    shape: object,
    claims: readonly string[],
    make: () => M,
  ): M {
    const whole = JSON.stringify([type, labels, shape]);
    const known = this.#metrics.get(name);
    if (known?.shape === whole) return known.metric as M;
    if (known !== undefined) {
      throw new TypeError(
        `Cannot register ${type} "${name}": it is there already with another shape`,
      );
    }
    for (const claim of claims) {
      const owner = this.#claims.get(claim);
      if (owner !== undefined) {
        throw new TypeError(`Cannot register ${type} "${name}": "${claim}" belongs to "${owner}"`);
      }
    }
    const metric = make();
    for (const claim of claims) this.#claims.set(claim, name);
    this.#metrics.set(name, { metric, shape: whole });
    return metric;
  }
}
