/**
 * State sets: which of some states are on.
 *
 * @module
 */
import type { NumberFamily, NumberSample } from "./family.ts";
import { type LabelSet, labelSet, type LabelsOf } from "./labels.ts";
import { lineHead } from "./line.ts";
import type { Definition } from "./definition.ts";
import { type Frozen, frozen, Metric } from "./metric.ts";
import { Series } from "./series.ts";

/** One series of a state set: a sample for each state. */
export class BoundStateSet<T extends string> extends Series {
  readonly #on = new Map<string, boolean>();
  readonly #states: readonly LabelSet[];

  /** Made by {@linkcode StateSet}. */
  constructor(definition: Definition, states: readonly T[], labels: LabelSet) {
    super(definition, labels);
    this.#states = states.map((state) =>
      labelSet([...labels.names, definition.name], [...labels.values, state])
    );
    for (const state of states) this.#on.set(state, false);
  }

  /** Turns one state on and all others off; a state that is none is dropped and counted. */
  set(state: T): void {
    if (!this.#on.has(state)) {
      this.definition.tally.badValues++;
      return;
    }
    this.used = true;
    for (const other of this.#on.keys()) this.#on.set(other, other === state);
  }

  /** Turns one state on or off and leaves the others. */
  turn(state: T, on: boolean): void {
    this.used = true;
    if (this.#on.has(state)) this.#on.set(state, on === true);
    else this.definition.tally.badValues++;
  }

  /** The samples at this moment, one a state. */
  samples(): NumberSample[] {
    return [...this.#on.values()].map((on, i) => {
      const labels = this.#states[i]!;
      return { labels, value: on ? 1 : 0, head: lineHead(this.definition.name, labels.text) };
    });
  }
}

/**
 * Which of some known states are on, as a sample of 1 or 0 for each.
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
  /** Made by `Registry.stateSet`. */
  constructor(definition: Definition, states: readonly T[]) {
    super(definition, (labels) => new BoundStateSet(definition, states, labels));
  }

  /** Turns one state on and all others off. */
  set(state: T, labels?: LabelsOf<L>): void {
    this.series.find(labels)?.set(state);
  }

  /** Turns one state on or off and leaves the others. */
  turn(state: T, on: boolean, labels?: LabelsOf<L>): void {
    this.series.find(labels)?.turn(state, on);
  }

  /** All series at this moment. */
  override freeze(): Frozen<NumberFamily> {
    const { name, help } = this.definition;
    const samples = this.series.all.flatMap((series) => series.samples());
    return frozen({ type: "stateset", name, help }, samples);
  }
}
