/**
 * Sources of whole families, asked at a scrape.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Family } from "./family.ts";

/** Makes families at the moment of a scrape. May be async; what is late is left out. */
export type Collector = () => readonly Family[] | Promise<readonly Family[]>;

/** Asks all collectors at once; one that throws or is late is left out and counted. */
export class Collectors {
  readonly #all = new Set<Collector>();
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;

  constructor(timeoutMs: number, clock: Clock, faults: Faults) {
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Adds one, and returns what takes it away again. */
  add(collect: Collector): () => void {
    if (typeof collect !== "function") {
      throw new TypeError(`Cannot add collector: ${typeof collect} is not a function`);
    }
    // A function of its own, so that one that is added twice is asked twice and taken away once.
    const asked = () => collect();
    this.#all.add(asked);
    return () => {
      this.#all.delete(asked);
    };
  }

  /** What all of them give; of two families of one name, or one that is taken, the first stays. */
  async collect(isTaken: (name: string) => boolean): Promise<Family[]> {
    const made = await Promise.all([...this.#all].map((collect) => this.#ask(collect)));
    const names = new Set<string>();
    return made.flat().filter(({ name }) => {
      if (isTaken(name) || names.has(name)) {
        const error = new TypeError(`Left out family "${name}": the name is taken`);
        this.#faults.record("collector", error, `collector ${name}`);
        return false;
      }
      names.add(name);
      return true;
    });
  }

  async #ask(collect: Collector): Promise<readonly Family[]> {
    let cancel = () => {};
    const late = new Promise<never>((_, reject) => {
      cancel = this.#clock.after(
        this.#timeoutMs,
        () => reject(new Error(`Collector took longer than ${this.#timeoutMs} ms`)),
      );
    });
    try {
      const families = await Promise.race([collect(), late]);
      if (!families.every(isFamily)) throw new TypeError("Collector gave what is no family");
      return families;
    } catch (error) {
      this.#faults.record("collector", error);
      return [];
    } finally {
      cancel();
    }
  }
}

function isFamily(family: Family): boolean {
  return typeof family.name === "string" && typeof family.help === "string" &&
    Array.isArray(family.samples);
}
