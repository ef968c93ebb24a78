/**
 * MeterProvider and Meter of `@opentelemetry/api` over a registry.
 *
 * @module
 */
import { checkChoice, checkWhole, refuseUnknown, shown } from "../../core/check.ts";
import { type Clock, systemClock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { Registry } from "../../metrics/registry.ts";
import { familyName, labelsOfAttributes, type MetricType } from "./names.ts";
import { Observables } from "./observables.ts";
import type {
  OtelAttributes,
  OtelMetricOptions,
  OtelObservable,
  OtelObservableCallback,
} from "./shapes.ts";
import { Shards, type Write } from "./shards.ts";

/** How metrics of the OpenTelemetry API become families of a registry. */
export interface OtelMeterOptions {
  /**
   * `legacy` turns OpenTelemetry names into Prometheus names (`http_server_duration_milliseconds`);
   * `utf-8` keeps them, for Prometheus 3 and OTLP. @default "legacy"
   */
  readonly names?: "legacy" | "utf-8" | undefined;
  /** Series of each instrument and set of label names. @default 2000 */
  readonly maxSeries?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

/** Where libraries get meters. */
export class OtelMeterProvider {
  readonly #store: MeterStore;
  readonly #registry: Registry;
  #remove: (() => void) | undefined = undefined;

  /** Its metrics are collected with `registry` from now on. */
  constructor(registry: Registry, options: OtelMeterOptions = {}) {
    this.#registry = registry;
    this.#store = new MeterStore(registry.faults, options);
    this.attach();
  }

  /** Adds its metrics to the registry again, after {@linkcode OtelMeterProvider.detach}. */
  attach(): void {
    this.#remove ??= this.#registry.collector(() => this.#store.families());
  }

  /** Removes its metrics from the registry. */
  detach(): void {
    this.#remove?.();
    this.#remove = undefined;
  }

  /** A meter; its samples carry its name as the label `otel_scope_name`. */
  getMeter(name: string): OtelMeter {
    return new OtelMeter(this.#store, name ?? "");
  }
}

/** Makes instruments. An instrument made twice is the same; no method of one throws. */
export class OtelMeter {
  readonly #store: MeterStore;
  readonly #scope: string;

  /** Made by a meter provider. */
  constructor(store: MeterStore, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  /** Makes a counter, which only goes up. */
  createCounter(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("counter", name, options);
  }

  /** Makes a counter that goes up and down. */
  createUpDownCounter(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("updown", name, options);
  }

  /** Makes a gauge. */
  createGauge(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("gauge", name, options);
  }

  /** Makes a histogram. */
  createHistogram(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("histogram", name, options);
  }

  /** Makes a counter whose callbacks report its sum. */
  createObservableCounter(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("counter", name, options, this.#scope);
  }

  /** Makes a counter that goes up and down and whose callbacks report its sum. */
  createObservableUpDownCounter(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("gauge", name, options, this.#scope);
  }

  /** Makes a gauge whose callbacks report its value. */
  createObservableGauge(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("gauge", name, options, this.#scope);
  }

  /** Adds a callback that reports several observables. */
  addBatchObservableCallback(
    callback: OtelObservableCallback,
    observables: OtelObservable[],
  ): void {
    this.#store.addBatch(callback, observables);
  }

  /** Removes such a callback. */
  removeBatchObservableCallback(
    callback: OtelObservableCallback,
    _observables: OtelObservable[],
  ): void {
    this.#store.removeBatch(callback);
  }

  #instrument(
    kind: OtelInstrumentKind,
    name: string,
    options: OtelMetricOptions | undefined,
  ): OtelInstrument {
    return new OtelInstrument(this.#store, this.#scope, this.#store.write(kind, name, options));
  }
}

/** A synchronous instrument of any kind; the API's interfaces decide which method is called. */
export class OtelInstrument {
  readonly #store: MeterStore;
  readonly #scope: string;
  readonly #write: Write | undefined;

  /** Made by a meter. */
  constructor(store: MeterStore, scope: string, write: Write | undefined) {
    this.#store = store;
    this.#scope = scope;
    this.#write = write;
  }

  /** Adds to a counter. */
  add(value: number, attributes?: OtelAttributes): void {
    this.record(value, attributes);
  }

  /** Sets a gauge, or counts an observation of a histogram. */
  record(value: number, attributes?: OtelAttributes): void {
    try {
      this.#write?.(value, this.#store.labels(attributes, this.#scope));
    } catch (error) {
      this.#store.faults.record("otel metric", error);
    }
  }
}

/** The default buckets of OpenTelemetry's explicit bucket histogram aggregation. */
const BOUNDS = [0, 5, 10, 25, 50, 75, 100, 250, 500, 750, 1000, 2500, 5000, 7500, 10000];

/** Instruments of all meters together; further ones record nothing. */
const MAX_INSTRUMENTS = 2000;

/** The synchronous instruments of the API. */
export type OtelInstrumentKind = "counter" | "updown" | "gauge" | "histogram";
const TYPES: Readonly<Record<OtelInstrumentKind, MetricType>> = {
  counter: "counter",
  updown: "gauge",
  gauge: "gauge",
  histogram: "histogram",
};

/** An instrument's name and options, checked. */
interface Definition {
  readonly name: string;
  readonly unit: string | undefined;
  readonly description: string;
  readonly buckets: readonly number[] | undefined;
}

const WHAT = "make meter provider";

/** Keeps the instruments of one provider by name. Bounded; only the constructor throws. */
export class MeterStore {
  /** Counts what goes wrong inside. */
  readonly faults: Faults;
  readonly #observables: Observables;
  readonly #shards: Shards;
  readonly #legacy: boolean;
  readonly #writes = new Map<string, Write>();

  /** Made by a meter provider. */
  constructor(faults: Faults, options: OtelMeterOptions) {
    refuseUnknown(WHAT, options, { names: true, maxSeries: true, clock: true });
    const { names = "legacy", maxSeries = 2000, clock = systemClock } = options;
    checkChoice(WHAT, "names", names, ["legacy", "utf-8"]);
    checkWhole(WHAT, "maxSeries", maxSeries);
    this.faults = faults;
    this.#legacy = names === "legacy";
    this.#shards = new Shards({ names, maxSeries, faults });
    const labels: MeterStore["labels"] = (attributes, scope) => this.labels(attributes, scope);
    this.#observables = new Observables({ clock, faults, maxSeries, labels });
  }

  /** The labels of one sample. */
  labels(attributes: OtelAttributes | undefined, scope: string): Record<string, string> {
    return labelsOfAttributes(attributes, scope, this.#legacy);
  }

  /** Records samples of a synchronous instrument; undefined when there are too many instruments. */
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

  /** An observable instrument. */
  observable(
    type: MetricType,
    given: string,
    options: OtelMetricOptions | undefined,
    scope: string,
  ): OtelObservable {
    const { name, description } = this.#definition(type, given, options);
    return this.#observables.observable(type, name, description, scope, () => this.#isFull(name));
  }

  /** Adds a callback for several observables. */
  addBatch(callback: OtelObservableCallback, observables: Iterable<OtelObservable>): void {
    this.#observables.addBatch(callback, observables);
  }

  /** Removes such a callback. */
  removeBatch(callback: OtelObservableCallback): void {
    this.#observables.removeBatch(callback);
  }

  /** All families as of now. */
  async families(): Promise<Family[]> {
    return (await Promise.all([this.#shards.families(), this.#observables.families()])).flat();
  }

  /** Checks a definition; one that throws when it is read becomes an empty one. */
  #definition(type: MetricType, given: string, options: OtelMetricOptions | undefined): Definition {
    const empty = { name: "", unit: undefined, description: "", buckets: undefined };
    return this.faults.guard("otel metric", () => {
      const { unit: ucum, description = "", advice } = options ?? {};
      const buckets = type === "histogram" ? this.#buckets(advice, ucum) : undefined;
      const { name, unit } = this.#legacy
        ? familyName(type, String(given), ucum)
        : { name: String(given), unit: undefined };
      return { name, unit, description, buckets };
    }) ?? empty;
  }

  /** The advised bounds, sorted; the default ones without valid advice. */
  #buckets(advice: OtelMetricOptions["advice"], ucum: string | undefined) {
    const advised = advice?.explicitBucketBoundaries;
    // The specification's defaults suit milliseconds: seconds get the registry's own.
    const usual = ucum === "s" ? undefined : BOUNDS;
    if (advised === undefined || advised === null) return usual;
    const bounds = [...new Set(advised)].filter(Number.isFinite).sort((a, b) => a - b);
    if (bounds.length > 0 || advised.length === 0) return bounds;
    this.#refuse(
      "Cannot use advice: explicitBucketBoundaries must be finite numbers, got " + shown(advised),
    );
    return usual;
  }

  #isFull(name: string): boolean {
    if (this.#writes.size + this.#observables.size < MAX_INSTRUMENTS) return false;
    this.#refuse(
      `Cannot make instrument "${name}": instruments must be at most ${MAX_INSTRUMENTS}`,
    );
    return true;
  }

  #refuse(why: string): void {
    this.faults.record("otel metric", new RangeError(why));
  }
}
