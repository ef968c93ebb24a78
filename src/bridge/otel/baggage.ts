/**
 * Baggage in the form of `@opentelemetry/api`.
 *
 * @module
 */
import type { Baggage, BaggageEntry } from "../../core/context.ts";

/** One entry of the API's baggage. */
export interface OtelBaggageEntry {
  /** The decoded value. */
  value: string;
  /** The properties, as an object with their text. */
  metadata?: { toString(): string; __TYPE__: never };
}

/** The API's immutable baggage, over Telltale's. */
export class OtelBaggage {
  readonly #entries: Baggage;

  constructor(entries: Baggage) {
    this.#entries = entries;
  }

  /** Telltale's form of any baggage of the API; undefined for another value or without entries. */
  static read(baggage: unknown): Baggage | undefined {
    if (baggage instanceof OtelBaggage) return baggage.#entries;
    if (typeof baggage !== "object" || baggage === null) return undefined;
    const { getAllEntries } = baggage as Partial<OtelBaggage>;
    if (typeof getAllEntries !== "function") return undefined;
    const entries = new Map<string, BaggageEntry>();
    for (const [name, entry] of getAllEntries.call(baggage)) entries.set(name, read(entry));
    return entries.size === 0 ? undefined : entries;
  }

  /** One entry. */
  getEntry(key: string): OtelBaggageEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && show(entry);
  }

  /** All entries. */
  getAllEntries(): [string, OtelBaggageEntry][] {
    return [...this.#entries].map(([name, entry]) => [name, show(entry)]);
  }

  /** A copy with this entry. */
  setEntry(key: string, entry: OtelBaggageEntry): OtelBaggage {
    return new OtelBaggage(new Map(this.#entries).set(key, read(entry)));
  }

  /** A copy without this entry. */
  removeEntry(key: string): OtelBaggage {
    return this.removeEntries(key);
  }

  /** A copy without these entries. */
  removeEntries(...keys: string[]): OtelBaggage {
    const entries = new Map(this.#entries);
    for (const key of keys) entries.delete(key);
    return new OtelBaggage(entries);
  }

  /** Baggage without entries. */
  clear(): OtelBaggage {
    return new OtelBaggage(new Map());
  }
}

function read({ value, metadata }: OtelBaggageEntry): BaggageEntry {
  return metadata === undefined
    ? { value: String(value) }
    : { value: String(value), metadata: metadata.toString() };
}

function show({ value, metadata }: BaggageEntry): OtelBaggageEntry {
  if (metadata === undefined) return { value };
  // The API marks its own metadata with a private symbol; it reads any other by `toString`.
  return {
    value,
    metadata: { toString: () => metadata } as { toString(): string; __TYPE__: never },
  };
}
