/**
 * The observable instruments of the OpenTelemetry API, and their callbacks.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { type Family, numberFamily } from "../../metrics/data/family.ts";
import type { MetricType } from "./names.ts";
import type { OtelAttributes, OtelObservable, OtelObservableCallback } from "./shapes.ts";

/** Callbacks of one observable, and again batch callbacks; more are not called. */
const MAX_CALLBACKS = 1000;
/** How long a callback may take; shorter than what all of them have together. */
const TIMEOUT_MS = 1000;

/** What observables share with the other instruments. */
export interface ObservablesOptions {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Series of one observable; further ones are dropped. */
  readonly maxSeries: number;
  /** The labels of one sample. */
  labels(attributes: OtelAttributes | undefined, scope: string): Record<string, string>;
}

/** An instrument whose callbacks are called at each collection. */
class Observable implements OtelObservable {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly scope: string;
  readonly callbacks = new Set<OtelObservableCallback>();
  readonly #faults: Faults;

  constructor(type: MetricType, name: string, help: string, scope: string, faults: Faults) {
    this.type = type;
    this.name = name;
    this.help = help;
    this.scope = scope;
    this.#faults = faults;
  }

  addCallback(callback: OtelObservableCallback): void {
    if (hasRoom(this.callbacks, callback, this.#faults)) this.callbacks.add(callback);
  }

  removeCallback(callback: OtelObservableCallback): void {
    this.callbacks.delete(callback);
  }
}

/** Samples by label set. */
type Observed = Map<string, [value: number, labels: Record<string, string>]>;

/** The observables of one provider. A callback that throws or hangs costs its own values only. */
export class Observables {
  readonly #options: ObservablesOptions;
  readonly #all = new Map<string, Observable>();
  /** Callbacks that report several observables, and which. */
  readonly #batches = new Map<OtelObservableCallback, ReadonlySet<OtelObservable>>();
  /** Callbacks that are late: they are not called again before they end. */
  readonly #late = new Set<OtelObservableCallback>();

  constructor(options: ObservablesOptions) {
    this.#options = options;
  }

  /** The number of observables. */
  get size(): number {
    return this.#all.size;
  }

  /**
   * The observable of this type, name and scope, made when it is new.
   *
   * @param isFull whether there are too many instruments: then a new one is never collected
   */
  observable(
    type: MetricType,
    name: string,
    help: string,
    scope: string,
    isFull: () => boolean,
  ): OtelObservable {
    const key = JSON.stringify([type, name, scope]);
    let observable = this.#all.get(key);
    if (observable === undefined) {
      observable = new Observable(type, name, help, scope, this.#options.faults);
      if (!isFull()) this.#all.set(key, observable);
    }
    return observable;
  }

  /** Adds a callback for several observables. */
  addBatch(callback: OtelObservableCallback, observables: Iterable<OtelObservable>): void {
    const { faults } = this.#options;
    faults.guard("otel metric", () => {
      const reported = new Set(observables);
      if (hasRoom(this.#batches, callback, faults)) this.#batches.set(callback, reported);
    });
  }

  /** Removes a callback for several observables. */
  removeBatch(callback: OtelObservableCallback): void {
    this.#batches.delete(callback);
  }

  /** Calls all callbacks; returns the families of what they reported. */
  async families(): Promise<Family[]> {
    const byName = new Map<string, [Observable, [number, Record<string, string>][]]>();
    for (const [observable, values] of await this.#observe()) {
      const entry = byName.get(observable.name) ?? [observable, []];
      entry[1].push(...values.values());
      byName.set(observable.name, entry);
    }
    return [...byName.values()].map(([{ type, name, help }, samples]) =>
      numberFamily(type === "counter" ? "counter" : "gauge", name, help, samples)
    );
  }

  async #observe(): Promise<Map<Observable, Observed>> {
    const { labels: labelsOf, maxSeries, faults } = this.#options;
    const observed = new Map<Observable, Observed>();
    const take = (observable: Observable, value: number, attributes?: OtelAttributes): void => {
      if (typeof value !== "number") return;
      let values = observed.get(observable);
      if (values === undefined) observed.set(observable, values = new Map());
      const labels = labelsOf(attributes, observable.scope), key = JSON.stringify(labels);
      if (values.size < maxSeries || values.has(key)) values.set(key, [value, labels]);
      else {refuse(
          faults,
          `Cannot observe "${observable.name}": series must be at most ${maxSeries}`,
        );}
    };
    const calls: Promise<void>[] = [];
    for (const observable of this.#all.values()) {
      const result = {
        observe: (value: number, attributes?: OtelAttributes) =>
          take(observable, value, attributes),
      };
      for (const callback of observable.callbacks) calls.push(this.#call(callback, result));
    }
    for (const [callback, observables] of this.#batches) {
      const result = {
        observe: (metric: OtelObservable, value: number, attributes?: OtelAttributes) => {
          if (metric instanceof Observable && observables.has(metric)) {
            take(metric, value, attributes);
          }
        },
      };
      calls.push(this.#call(callback, result));
    }
    await Promise.all(calls);
    return observed;
  }

  /** Resolves when the callback has ended, or is late. */
  async #call(callback: OtelObservableCallback, result: object): Promise<void> {
    if (this.#late.has(callback)) return;
    const { clock, faults } = this.#options;
    let isDone = false;
    const done = (async () => await callback(result))()
      .catch((error) => faults.record("otel observable", error))
      .finally(() => {
        isDone = true;
        this.#late.delete(callback);
      });
    await within(clock, TIMEOUT_MS, done);
    if (isDone) return;
    this.#late.add(callback);
    faults.record(
      "otel observable",
      new Error(`Cannot wait for callback: it took longer than ${TIMEOUT_MS} ms`),
    );
  }
}

function refuse(faults: Faults, message: string): void {
  faults.record("otel observable", new RangeError(message));
}

/** Whether one more callback may be added; counts a fault for one that may not. */
function hasRoom(
  callbacks: ReadonlySet<OtelObservableCallback> | ReadonlyMap<OtelObservableCallback, unknown>,
  callback: OtelObservableCallback,
  faults: Faults,
): boolean {
  if (callbacks.size < MAX_CALLBACKS || callbacks.has(callback)) return true;
  refuse(faults, `Cannot add callback: callbacks must be at most ${MAX_CALLBACKS}`);
  return false;
}
