/**
 * MeterProvider and Meter of `@opentelemetry/api` over a registry.
 *
 * @module
 */
import type { Registry } from "../../metrics/registry.ts";
import { MeterStore, type OtelInstrumentKind, type OtelMeterOptions } from "./meter_store.ts";
import type {
  OtelAttributes,
  OtelMetricOptions,
  OtelObservable,
  OtelObservableCallback,
} from "./shapes.ts";
import type { Write } from "./shards.ts";

/** Where libraries get meters. Its metrics are seen when `registry` is collected. */
export class OtelMeterProvider {
  readonly #store: MeterStore;
  readonly #registry: Registry;
  #remove: (() => void) | undefined = undefined;

  /** Its metrics are part of `registry` from now on. */
  constructor(registry: Registry, options: OtelMeterOptions = {}) {
    this.#registry = registry;
    this.#store = new MeterStore(registry.faults, options);
    this.open();
  }

  /** Has the metrics collected with the registry, as they are from the start. */
  open(): void {
    this.#remove ??= this.#registry.collector(() => this.#store.families());
  }

  /** Takes the metrics out of the registry again. */
  close(): void {
    this.#remove?.();
    this.#remove = undefined;
  }

  /** A meter; its samples carry its name as the label `otel_scope_name`. */
  getMeter(name: string): OtelMeter {
    return new OtelMeter(this.#store, name ?? "");
  }
}

/** Makes instruments. One made twice is the same; none of their verbs throws. */
export class OtelMeter {
  readonly #store: MeterStore;
  readonly #scope: string;

  /** Made by a provider. */
  constructor(store: MeterStore, scope: string) {
    this.#store = store;
    this.#scope = scope;
  }

  /** A number that only goes up. */
  createCounter(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("counter", name, options);
  }

  /** A number that goes up and down by what is added. */
  createUpDownCounter(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("updown", name, options);
  }

  /** A number that is set. */
  createGauge(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("gauge", name, options);
  }

  /** The spread of values. */
  createHistogram(name: string, options?: OtelMetricOptions): OtelInstrument {
    return this.#instrument("histogram", name, options);
  }

  /** A counter that is asked for its sum. */
  createObservableCounter(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("counter", name, options, this.#scope);
  }

  /** A number that is asked for. */
  createObservableUpDownCounter(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("gauge", name, options, this.#scope);
  }

  /** A number that is asked for. */
  createObservableGauge(name: string, options?: OtelMetricOptions): OtelObservable {
    return this.#store.observable("gauge", name, options, this.#scope);
  }

  /** Adds a callback that tells the values of several observables. */
  addBatchObservableCallback(
    callback: OtelObservableCallback,
    observables: OtelObservable[],
  ): void {
    this.#store.addBatch(callback, observables);
  }

  /** Removes a callback. */
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

/** An instrument of any synchronous kind: the API's interfaces tell which verb is used. */
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
