/**
 * State sets: which states of a fixed list are on.
 *
 * @module
 */
import type { NumberFamily, NumberSample } from "../data/family.ts";
import { type Labels, type LabelSet, labelSet } from "../data/labels.ts";
import type { Snapshot } from "../data/snapshot.ts";
import { type Definition, type LabelArguments, Metric, Series } from "./metric.ts";

/** One series of a state set: a sample for each state. */
export class BoundStateSet<T extends string> extends Series {
  readonly #states: readonly T[];
  readonly #labels: readonly LabelSet[];
  /** One element a state: 1 where it is on. */
  readonly #on: Uint8Array;

  /** Made by {@linkcode StateSet}. */
  constructor(definition: Definition, states: readonly T[], labels: LabelSet) {
    super(definition, labels);
    this.#states = states;
    this.#labels = states.map((state) =>
      labelSet([...labels.names, definition.name], [...labels.values, state])
    );
    this.#on = new Uint8Array(states.length);
  }

  /** Turns one state on and all others off; an unknown state is dropped and counted. */
  set(state: T): void {
    const index = this.#index(state);
    if (index === -1) return;
    this.#on.fill(0);
    this.#on[index] = 1;
  }

  /** Turns one state on or off and leaves the others. */
  turn(state: T, on: boolean): void {
    const index = this.#index(state);
    if (index !== -1) this.#on[index] = on === true ? 1 : 0;
  }

  /** Copies the values of all states to `values`, starting at `at`. */
  protected copyTo(values: Uint8Array, at: number): void {
    values.set(this.#on, at);
  }

  /** One state as data, with its value now or an earlier one. */
  sample(index: number, value: number = this.#on[index]!): NumberSample {
    return { labels: this.#labels[index]!, value };
  }

  #index(state: T): number {
    const index = this.#states.indexOf(state);
    if (index === -1) this.definition.tally.badValues++;
    else this.used = true;
    return index;
  }
}

/**
 * Which states of a fixed list are on, as a sample of 1 or 0 for each.
 *
 * @example
 * ```ts
 * import { encodeText, Registry } from "@telltale/telltale/metrics";
 * import assert from "node:assert/strict";
 *
 * const registry = new Registry();
 * const light = registry.stateSet("light", "The light", ["red", "green"]);
 * light.set("green");
 * assert.match(encodeText(await registry.collect()), /light\{light="red"\} 0\nlight\{light="green"\} 1/);
 * ```
 */
export class StateSet<T extends string, L extends string = never>
  extends Metric<L, BoundStateSet<T>, NumberFamily> {
  readonly #count: number;

  /** Made by `Registry.stateSet`. */
  constructor(definition: Definition, states: readonly T[]) {
    super(definition, (labels) => new BoundStateSet(definition, states, labels));
    this.#count = states.length;
  }

  /** Turns one state on and all others off. */
  set(state: T, ...labels: LabelArguments<L>): void;
  set(state: T, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.set(state);
  }

  /** Turns one state on or off and leaves the others. */
  turn(state: T, on: boolean, ...labels: LabelArguments<L>): void;
  turn(state: T, on: boolean, labels?: unknown): void {
    this.series.find(labels as Labels | undefined)?.turn(state, on);
  }

  /** @internal */
  protected override snapshot(): Snapshot<NumberFamily> {
    const { name, help } = this.definition;
    const series = this.series.all, count = this.#count;
    const values = new Uint8Array(series.length * count);
    series.forEach((one, i) => one["copyTo"](values, i * count));
    return {
      head: { type: "stateset", name, help },
      length: values.length,
      at: (i) => series[Math.floor(i / count)]!.sample(i % count, values[i]!),
    };
  }
}
