/**
 * Metrics at their cap; loaded when somebody asks for them.
 *
 * @module
 */
import type { AnyMetric } from "./catalogue.ts";

/** A metric whose further series go to its overflow series. */
export interface FullMetric {
  /** As registered. */
  readonly name: string;
  /** Series held, without the overflow series. */
  readonly series: number;
  /** Samples that went to the overflow series. */
  readonly overflowed: number;
  /** How many values each label has among the series held. */
  readonly labels: Readonly<Record<string, number>>;
}

/** Those with samples in their overflow series. */
export function fullOf(metrics: readonly AnyMetric[]): FullMetric[] {
  return metrics.filter((metric) => metric["definition"].tally.overflowed > 0).map((metric) => {
    const { name, labels, tally } = metric["definition"];
    const all = metric["series"].all.slice(0, metric.size);
    const values = labels.map((_, i) => new Set(all.map(({ labels }) => labels.values[i])).size);
    return {
      name,
      series: metric.size,
      overflowed: tally.overflowed,
      labels: Object.fromEntries(labels.map((label, i) => [label, values[i]!])),
    };
  });
}
