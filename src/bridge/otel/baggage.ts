/**
 * Baggage as `@opentelemetry/api` shows it.
 *
 * @module
 */
import type { Baggage, BaggageEntry } from "../../core/context.ts";

/** One member as the API shows it. */
export interface OtelBaggageEntry {
  /** Decoded. */
  value: string;
  /** Its properties; an object that gives their text. */
  metadata?: { toString(): string; __TYPE__: never };
}

/** The API's immutable baggage over ours. */
export class OtelBaggage {
  readonly #entries: Baggage;

  constructor(entries: Baggage) {
    this.#entries = entries;
  }

  /** Our baggage of the API's, whoever made it; undefined for what is none. */
  static read(baggage: unknown): Baggage | undefined {
    if (baggage instanceof OtelBaggage) return baggage.#entries;
    if (typeof baggage !== "object" || baggage === null) return undefined;
    const { getAllEntries } = baggage as Partial<OtelBaggage>;
    if (typeof getAllEntries !== "function") return undefined;
    const entries = new Map<string, BaggageEntry>();
    for (const [name, entry] of getAllEntries.call(baggage)) entries.set(name, read(entry));
    return entries.size === 0 ? undefined : entries;
  }

  /** A member. */
  getEntry(key: string): OtelBaggageEntry | undefined {
    const entry = this.#entries.get(key);
    return entry && show(entry);
  }

  /** All members. */
  getAllEntries(): [string, OtelBaggageEntry][] {
    return [...this.#entries].map(([name, entry]) => [name, show(entry)]);
  }

  /** A copy in which a member is set. */
  setEntry(key: string, entry: OtelBaggageEntry): OtelBaggage {
    return new OtelBaggage(new Map(this.#entries).set(key, read(entry)));
  }

  /** A copy without a member. */
  removeEntry(key: string): OtelBaggage {
    return this.removeEntries(key);
  }

  /** A copy without some members. */
  removeEntries(...keys: string[]): OtelBaggage {
    const entries = new Map(this.#entries);
    for (const key of keys) entries.delete(key);
    return new OtelBaggage(entries);
  }

  /** No members. */
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
  // The API's own copy tells its metadata by a symbol that nobody else can have; it reads ours all
  // the same, by `toString`.
  return {
    value,
    metadata: { toString: () => metadata } as { toString(): string; __TYPE__: never },
  };
}
