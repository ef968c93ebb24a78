/**
 * What the meters of one provider share: every instrument, and the way to families.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { refuseUnknown } from "../../core/check.ts";
import { type Family, numberFamily } from "../../metrics/data/family.ts";
import { CallbackDesk } from "./callback.ts";
import { familyName, labelsOfAttributes, type MetricType } from "./names.ts";
import type {
  OtelAttributes,
  OtelMetricOptions,
  OtelObservable,
  OtelObservableCallback,
} from "./shapes.ts";
import { Shards, type Write } from "./shards.ts";

/** How OpenTelemetry's metrics come to a registry. */
export interface OtelMeterOptions {
  /**
   * `legacy` makes Prometheus' names of OpenTelemetry's (`http_server_duration_milliseconds`);
   * `utf-8` leaves them as they are, for Prometheus 3 and OTLP. `legacy` by default.
   */
  readonly names?: "legacy" | "utf-8" | undefined;
  /** The most series of each instrument and set of label names; 2000 by default. */
  readonly maxSeries?: number | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
}

/** What a histogram has without advice (OpenTelemetry, explicit bucket histogram aggregation). */
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

/** Instruments of all meters together; past them, new ones record nothing. */
const MAX_INSTRUMENTS = 2000;

/** The synchronous instruments of the API. */
export type OtelInstrumentKind = "counter" | "updown" | "gauge" | "histogram";
const TYPES: Readonly<Record<OtelInstrumentKind, MetricType>> = {
  counter: "counter",
  updown: "gauge",
  gauge: "gauge",
  histogram: "histogram",
};

/** An instrument that is asked at each collection. */
class Observable implements OtelObservable {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly scope: string;
  readonly callbacks = new Set<OtelObservableCallback>();
  readonly #desk: CallbackDesk;

  constructor(type: MetricType, name: string, help: string, scope: string, desk: CallbackDesk) {
    this.#desk = desk;
    this.type = type;
    this.name = name;
    this.help = help;
    this.scope = scope;
  }

  addCallback(callback: OtelObservableCallback): void {
    if (this.#desk.hasRoom(this.callbacks, callback)) this.callbacks.add(callback);
  }

  removeCallback(callback: OtelObservableCallback): void {
    this.callbacks.delete(callback);
  }
}

/** An instrument as it will be. */
interface Definition {
  readonly name: string;
  readonly unit: string | undefined;
  readonly description: string;
  readonly buckets: readonly number[] | undefined;
}

/** Values by label set. */
type Observed = Map<string, [value: number, labels: Record<string, string>]>;

/** Keeps instruments and observables by name; bounded, and its verbs don't throw. */
export class MeterStore {
  /** Where what goes wrong is counted. */
  readonly faults: Faults;
  /** Callbacks that tell several observables, and which. */
  readonly #batches = new Map<OtelObservableCallback, ReadonlySet<OtelObservable>>();
  readonly #desk: CallbackDesk;
  readonly #shards: Shards;
  readonly #legacy: boolean;
  readonly #maxSeries: number;
  readonly #writes = new Map<string, Write>();
  readonly #observables = new Map<string, Observable>();

  /** Made by a meter provider. */
  constructor(faults: Faults, options: OtelMeterOptions) {
    refuseUnknown("meter", options, { names: true, maxSeries: true, clock: true });
    const { names = "legacy", maxSeries = 2000, clock = systemClock } = options;
    this.faults = faults;
    this.#desk = new CallbackDesk(clock, faults);
    this.#shards = new Shards({ names, maxSeries, faults });
    this.#legacy = names === "legacy";
    this.#maxSeries = maxSeries;
  }

  /** The labels of one sample. */
  labels(attributes: OtelAttributes | undefined, scope: string): Record<string, string> {
    return labelsOfAttributes(attributes, scope, this.#legacy);
  }

  /** What records a sample of this instrument; undefined when there are too many. */
  write(
    kind: OtelInstrumentKind,
    given: string,
    options: OtelMetricOptions | undefined,
  ): Write | undefined {
    const definition = this.#definition(TYPES[kind], given, options);
    const { description: help, name, unit, buckets } = definition;
    const key = `${kind} ${name}`;
    let write = this.#writes.get(key);
    if (write !== undefined || this.#isFull(name)) return write;
    const adds = kind === "updown";
    write = this.#shards.instrument({ type: TYPES[kind], name, help, unit, buckets, adds });
    this.#writes.set(key, write);
    return write;
  }

  /** What is asked at each collection. One made twice is the same. */
  observable(
    type: MetricType,
    given: string,
    options: OtelMetricOptions | undefined,
    scope: string,
  ): OtelObservable {
    const { name, description } = this.#definition(type, given, options);
    const key = JSON.stringify([type, name, scope]);
    let observable = this.#observables.get(key);
    if (observable === undefined) {
      observable = new Observable(type, name, description, scope, this.#desk);
      if (!this.#isFull(name)) this.#observables.set(key, observable);
    }
    return observable;
  }

  /** Asks a callback for the values of these observables at each collection. */
  addBatch(callback: OtelObservableCallback, observables: Iterable<OtelObservable>): void {
    this.faults.guard("otel metric", () => {
      const asked = new Set(observables);
      if (this.#desk.hasRoom(this.#batches, callback)) this.#batches.set(callback, asked);
    });
  }

  /** No longer asks a callback. */
  removeBatch(callback: OtelObservableCallback): void {
    this.#batches.delete(callback);
  }

  /** Everything at this moment. */
  async families(): Promise<Family[]> {
    const [families, observed] = await Promise.all([this.#shards.families(), this.#observe()]);
    const byName = new Map<string, [Observable, [number, Record<string, string>][]]>();
    for (const [observable, values] of observed) {
      const entry = byName.get(observable.name) ?? [observable, []];
      entry[1].push(...values.values());
      byName.set(observable.name, entry);
    }
    for (const [{ type, name, help }, samples] of byName.values()) {
      families.push(numberFamily(type === "counter" ? "counter" : "gauge", name, help, samples));
    }
    return families;
  }

  async #observe(): Promise<Map<Observable, Observed>> {
    const observed = new Map<Observable, Observed>();
    const take = (observable: Observable, value: number, attributes?: OtelAttributes): void => {
      if (typeof value !== "number") return;
      let values = observed.get(observable);
      if (values === undefined) observed.set(observable, values = new Map());
      const labels = this.labels(attributes, observable.scope), key = JSON.stringify(labels);
      if (values.size < this.#maxSeries || values.has(key)) values.set(key, [value, labels]);
      else this.#refuse("otel observable", `Too many series: ${observable.name}`);
    };
    const asked: Promise<void>[] = [];
    for (const observable of this.#observables.values()) {
      const result = {
        observe: (value: number, attributes?: OtelAttributes) =>
          take(observable, value, attributes),
      };
      for (const callback of observable.callbacks) asked.push(this.#desk.ask(callback, result));
    }
    for (const [callback, observables] of this.#batches) {
      const result = {
        observe: (metric: OtelObservable, value: number, attributes?: OtelAttributes) => {
          if (metric instanceof Observable && observables.has(metric)) {
            take(metric, value, attributes);
          }
        },
      };
      asked.push(this.#desk.ask(callback, result));
    }
    await Promise.all(asked);
    return observed;
  }

  /** What a library said of an instrument; of what throws when it is read, nothing. */
  #definition(type: MetricType, given: string, options: OtelMetricOptions | undefined): Definition {
    const nothing = { name: "", unit: undefined, description: "", buckets: undefined };
    return this.faults.guard("otel metric", () => {
      const { unit: ucum, description = "", advice } = options ?? {};
      const buckets = type === "histogram" ? this.#buckets(advice, ucum) : undefined;
      const { name, unit } = this.#legacy
        ? familyName(type, String(given), ucum)
        : { name: String(given), unit: undefined };
      return { name, unit, description, buckets };
    }) ?? nothing;
  }

  /** Advised bounds in order; of what are none, as without advice. */
  #buckets(advice: OtelMetricOptions["advice"], ucum: string | undefined) {
    const advised = advice?.explicitBucketBoundaries;
    // Those of the specification are meant for milliseconds: seconds keep the registry's own.
    const usual = ucum === "s" ? undefined : BOUNDS;
    if (advised === undefined || advised === null) return usual;
    const bounds = [...new Set(advised)].filter(Number.isFinite).sort((a, b) => a - b);
    if (bounds.length > 0 || advised.length === 0) return bounds;
    this.#refuse("otel metric", `Bounds of a histogram are no numbers: ${String(advised)}`);
    return usual;
  }

  #isFull(name: string): boolean {
    if (this.#writes.size + this.#observables.size < MAX_INSTRUMENTS) return false;
    this.#refuse("otel metric", `Too many instruments: "${name}" is left out`);
    return true;
  }

  #refuse(where: string, why: string): void {
    this.faults.record(where, new RangeError(why));
  }
}
