/**
 * Infos: constant facts as labels.
 *
 * @module
 */
import type { NumberFamily, NumberSample } from "../data/family.ts";
import type { Labels, LabelSet } from "../data/labels.ts";
import { type Snapshot, snapshotOf } from "../data/snapshot.ts";
import { type Definition, type LabelArguments, Metric, Series } from "./metric.ts";

/** One series of an info. */
export class BoundInfo extends Series {
  /** The series at this moment: 1. */
  sample(): NumberSample {
    return { labels: this.labels, value: 1 };
  }
}

/**
 * Facts about the process, as the labels of a series whose value is 1: a version, a commit.
 *
 * @example
 * ```ts
 * import { encodeText, Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * registry.info("build_info", "The build", ["commit"]).set({ commit: "1f3870b" });
 * assert.match(encodeText(await registry.collect()), /build_info\{commit="1f3870b"\} 1/);
 * ```
 */
export class Info<L extends string = never> extends Metric<L, BoundInfo, NumberFamily> {
  /** Made by `Registry.info`. */
  constructor(definition: Definition) {
    super(definition, (labels: LabelSet) => new BoundInfo(definition, labels));
  }

  /** Sets the facts in place of the earlier ones. */
  set(...labels: LabelArguments<L>): void;
  set(labels?: unknown): void {
    if (this.definition.labels.length > 0) this.series.clear();
    this.series.find(labels as Labels | undefined);
  }

  /** @internal */
  protected override snapshot(): Snapshot<NumberFamily> {
    const { name, help } = this.definition;
    const samples = this.series.all.map((series) => series.sample());
    return snapshotOf({ type: "info", name, help, samples });
  }
}
