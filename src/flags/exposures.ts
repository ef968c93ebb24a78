/**
 * Which subjects were already exposed to which variant, bounded.
 *
 * @module
 */
import { head } from "../core/text.ts";
import { Sight } from "./rule/sight.ts";

/** UTF-16 units of an id that are kept; ids that agree in so many count as one subject. */
const MAX_ID = 256;
const MAX_FLAGS = 10_000;

/**
 * Remembers about the last `maxSubjects` subjects of all flags, each with its variant. Two generations stand
 * in for a list by age: a subject that is seen again moves to the young one, and the old one is forgotten
 * whole when the young one holds half of all. So a look-up that finds its subject writes nothing.
 */
export class Exposures {
  readonly #half: number;
  readonly #sights = new Map<string, Sight>();
  #young = 0;

  /** Remembers about so many subjects. */
  constructor(maxSubjects: number) {
    this.#half = Math.ceil(maxSubjects / 2);
  }

  /** How many are remembered. */
  get size(): number {
    let size = 0;
    for (const { young, old } of this.#sights.values()) {
      size += young.size;
      for (const subject of old.keys()) if (!young.has(subject)) size++;
    }
    return size;
  }

  /** What is kept of a flag. */
  of(key: string): Sight {
    const known = this.#sights.get(key);
    if (known !== undefined) return known;
    const sight = new Sight(key);
    this.#keep(sight);
    return sight;
  }

  /** Notes an exposure; true when it is the first of this subject to this variant, or forgotten. */
  isFirst(sight: Sight, subject: string, variant: string): boolean {
    if (sight.young.get(subject) === variant) return false;
    return this.#note(sight, subject.length > MAX_ID ? head(subject, MAX_ID) : subject, variant);
  }

  #note(sight: Sight, subject: string, variant: string): boolean {
    const { young, old, key } = sight, last = young.get(subject);
    if (last === variant) return false;
    const isKnown = last === undefined && old.get(subject) === variant;
    young.set(subject, variant);
    if (last !== undefined) return true;
    if (this.#sights.get(key) !== sight) this.#keep(sight);
    if (++this.#young >= this.#half) this.#age();
    return !isKnown;
  }

  /** The keys of other providers may be any, so that one may have to go; it comes back with its next subject. */
  #keep(sight: Sight): void {
    if (this.#sights.size >= MAX_FLAGS) {
      const [oldest] = this.#sights.values();
      this.#sights.delete(oldest!.key);
      oldest!.forget();
    }
    this.#sights.set(sight.key, sight);
  }

  #age(): void {
    this.#young = 0;
    for (const sight of this.#sights.values()) sight.age();
  }
}
