/**
 * Which subjects were already exposed to which variant, bounded.
 *
 * @module
 */
import { head } from "../core/text.ts";

/** UTF-16 units of an id that are kept; ids that agree in so many count as one subject. */
const MAX_ID = 256;
const MAX_FLAGS = 10_000;

/** The subjects that one flag was evaluated for. */
class Seen {
  generation: number;
  young = new Map<string, string>();
  old: ReadonlyMap<string, string> = new Map();

  constructor(generation: number) {
    this.generation = generation;
  }
}

/**
 * Remembers about the last `maxSubjects` subjects of all flags, each with its variant. Two generations stand
 * in for a list by age: a subject that is seen again moves to the young one, and the old one is forgotten
 * whole when the young one holds half of all. So a look-up that finds its subject writes nothing.
 */
export class Exposures {
  readonly #half: number;
  readonly #seen = new Map<string, Seen>();
  #generation = 0;
  #young = 0;

  /** Remembers about so many subjects. */
  constructor(maxSubjects: number) {
    this.#half = Math.ceil(maxSubjects / 2);
  }

  /** How many are remembered. */
  get size(): number {
    let size = 0;
    for (const seen of this.#seen.values()) {
      this.#age(seen);
      size += seen.young.size;
      for (const subject of seen.old.keys()) if (!seen.young.has(subject)) size++;
    }
    return size;
  }

  /** Notes an exposure; true when it is the first of this subject to this variant, or forgotten. */
  isFirst(key: string, subject: string, variant: string): boolean {
    let seen = this.#seen.get(key);
    if (seen === undefined) {
      // Keys of other providers may be any.
      if (this.#seen.size >= MAX_FLAGS) this.#seen.clear();
      this.#seen.set(key, seen = new Seen(this.#generation));
    }
    if (seen.generation !== this.#generation) this.#age(seen);
    if (seen.young.get(subject) === variant) return false;
    return this.#note(seen, subject.length > MAX_ID ? head(subject, MAX_ID) : subject, variant);
  }

  #note(seen: Seen, subject: string, variant: string): boolean {
    const last = seen.young.get(subject);
    if (last === variant) return false;
    const isKnown = last === undefined && seen.old.get(subject) === variant;
    seen.young.set(subject, variant);
    if (last === undefined && ++this.#young >= this.#half) {
      this.#young = 0;
      this.#generation++;
    }
    return !isKnown;
  }

  /** Flags that are not evaluated age when they are next looked at. */
  #age(seen: Seen): void {
    const passed = this.#generation - seen.generation;
    if (passed === 0) return;
    seen.old = passed === 1 ? seen.young : new Map();
    seen.young = new Map();
    seen.generation = this.#generation;
  }
}
