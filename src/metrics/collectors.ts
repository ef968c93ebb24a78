/**
 * Sources of whole families, asked at a scrape.
 *
 * @module
 */
import { type Clock, within } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import { admit } from "./data/validate.ts";
import { claimsOf } from "./data/line_names.ts";
import type { Family } from "./data/family.ts";
import { Pause } from "../core/pause.ts";
import { withShownExemplars } from "./instrument/shown_exemplars.ts";

/**
 * Makes families at the moment of a scrape. May be async; what is late is left out, and it is not
 * called again before it came. Scrapes at one time share one call of an async one.
 */
export type Collector = () => readonly Family[] | Promise<readonly Family[]>;

/** One collector, and the call of it that is under way. */
export interface Source {
  readonly collect: Collector;
  /** Settles at the deadline at the latest. */
  answer: Promise<readonly Family[]> | undefined;
}

/** Asks all collectors at once; one that throws or is late is left out and counted. */
export class Collectors {
  readonly #all: Iterable<Source>;
  readonly #timeoutMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #redactor: Redactor | undefined;

  constructor(
    sources: Iterable<Source>,
    timeoutMs: number,
    clock: Clock,
    faults: Faults,
    redactor?: Redactor,
  ) {
    this.#all = sources;
    this.#timeoutMs = timeoutMs;
    this.#clock = clock;
    this.#faults = faults;
    this.#redactor = redactor;
  }

  /**
   * What all of them give, as plain data that any reader takes. A family that can't be shown is left
   * out and counted, or those of its samples that can't; of two whose lines could begin alike, or
   * one of them a registered metric's, the first stays.
   */
  async collect(isTaken: (claim: string) => boolean): Promise<Family[]> {
    const made = await Promise.all([...this.#all].map((source) => this.#ask(source)));
    const pause = new Pause(() => this.#clock.monotonic());
    const claimed = new Set<string>(), families: Family[] = [];
    for (const given of made.flat()) {
      let name = "";
      try {
        name = String(given.name);
        const { family, problem } = await admit(given, pause);
        const claims = claimsOf(family.type, family.name);
        const taken = claims.find((claim) => isTaken(claim) || claimed.has(claim));
        if (taken !== undefined) throw new TypeError(`name "${taken}" is taken`);
        for (const claim of claims) claimed.add(claim);
        if (problem !== undefined) this.#leftOut(`samples of family "${name}"`, name, problem);
        const redactor = this.#redactor;
        families.push(redactor === undefined ? family : withShownExemplars(family, redactor));
      } catch (error) {
        this.#leftOut(
          `family "${name}"`,
          name,
          error instanceof Error ? error.message : "it threw",
        );
      }
    }
    return families;
  }

  #leftOut(what: string, name: string, problem: string): void {
    const error = new TypeError(`Left out ${what}: ${problem}`);
    this.#faults.record("collector", error, `collector ${name}`);
  }

  async #ask(source: Source): Promise<readonly Family[]> {
    try {
      return [...await (source.answer ?? this.#call(source))];
    } catch (error) {
      this.#faults.record("collector", error);
      return [];
    }
  }

  #call(source: Source): readonly Family[] | Promise<readonly Family[]> {
    const made = source.collect();
    if (!isPromise(made)) return made;
    // While it is pending past its deadline, the rejection stays and nobody asks or waits again.
    const whole = Promise.resolve(made);
    source.answer = within(this.#clock, this.#timeoutMs, whole).then((isInTime) => {
      if (isInTime) return whole;
      throw new Error(`Collector took longer than ${this.#timeoutMs} ms`);
    });
    const end = () => source.answer = undefined;
    whole.then(end, end);
    return source.answer;
  }
}

function isPromise(made: ReturnType<Collector>): made is Promise<readonly Family[]> {
  return typeof (made as Partial<Promise<unknown>> | undefined)?.then === "function";
}
