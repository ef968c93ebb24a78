/**
 * Instruments whose label names vary from call to call, over metrics whose label names are fixed.
 *
 * @module
 */
import type { Family } from "../../metrics/data/family.ts";
import { Registry } from "../../metrics/registry.ts";
import type { MetricType } from "./names.ts";

type RegistryOptions = NonNullable<ConstructorParameters<typeof Registry>[0]>;

/** Records a value with labels. */
export type Write = (value: number, labels: Record<string, string>) => void;

/** The definition of an instrument. */
export interface InstrumentDefinition {
  readonly type: MetricType;
  readonly name: string;
  readonly help: string;
  readonly unit: string | undefined;
  readonly buckets: readonly number[] | undefined;
  /** Whether samples of a gauge are added up instead of set. */
  readonly adds: boolean;
}

/** Sets of label names of one instrument; further ones go to an overflow series. */
const MAX_LABEL_SETS = 16;

/**
 * Hidden registries: the n-th set of label names of an instrument has its family in the n-th registry,
 * under the same name. {@linkcode Shards.families} merges them.
 */
export class Shards {
  readonly #options: RegistryOptions;
  readonly #registries: Registry[] = [];
  readonly #overflow: Record<string, string>;

  constructor(options: RegistryOptions) {
    this.#options = options;
    const name = options.names === "utf-8" ? "otel.metric.overflow" : "otel_metric_overflow";
    this.#overflow = { [name]: "true" };
  }

  /** An instrument; each sample goes to the family of its label names, made when new. */
  instrument(definition: InstrumentDefinition): Write {
    const families = new Map<string, Write>();
    return (value, labels) => {
      const key = JSON.stringify(Object.keys(labels));
      let write = families.get(key);
      if (write === undefined) {
        if (families.size >= MAX_LABEL_SETS) {
          write = families.get("");
          if (write === undefined) {
            families.set("", write = this.#register(families.size, definition, this.#overflow));
          }
          labels = this.#overflow;
        } else {
          families.set(key, write = this.#register(families.size, definition, labels));
        }
      }
      write(value, labels);
    };
  }

  /** All families, merged by name. */
  async families(): Promise<Family[]> {
    const merged = new Map<string, Family>();
    // With native buckets: a collector does not know which format is wanted.
    for (const registry of this.#registries) {
      for (const family of await registry.collect({ native: true })) {
        const known = merged.get(family.name);
        merged.set(
          family.name,
          known === undefined
            ? family
            : { ...known, samples: [...known.samples, ...family.samples] } as Family,
        );
      }
    }
    return [...merged.values()];
  }

  #register(
    index: number,
    { type, name, help, unit, buckets, adds }: InstrumentDefinition,
    labels: Record<string, string>,
  ): Write {
    const names = Object.keys(labels),
      registry = this.#registries[index] ??= new Registry(this.#options);
    // A metric without labels takes no argument for them, which the types can't know here.
    const given = (labels: Record<string, string>) =>
      names.length === 0 ? undefined as unknown as Record<string, string> : labels;
    if (type === "counter") {
      const counter = registry.counter<string>(name, help, names, { unit });
      return (value, labels) => counter.add(value, given(labels));
    }
    if (type === "gauge") {
      const gauge = registry.gauge<string>(name, help, names, { unit });
      return adds
        ? (value, labels) => gauge.add(value, given(labels))
        : (value, labels) => gauge.set(value, given(labels));
    }
    const histogram = registry.histogram<string>(name, help, names, { unit, buckets });
    return (value, labels) => histogram.observe(value, given(labels));
  }
}
