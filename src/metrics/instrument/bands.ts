/**
 * Bands: the counts of a histogram's octaves, each made when its first value arrives.
 *
 * @module
 */
import type { Context } from "../../core/context.ts";
import { ExemplarSlot } from "../data/exemplar.ts";
import type { Exemplar } from "../data/family.ts";
import type { Octave } from "./bucket_layout.ts";

/** The counts of one octave, and the newest exemplars in it. */
export class Band {
  /** The octave is (2^exponent, 2^(exponent + 1)]. */
  readonly exponent: number;
  readonly octave: Octave;
  readonly counts: number[];
  /**
   * One for each bucket that has a part of the octave. Were it one for all, a newer exemplar of one bucket
   * would take the place of another's, which would show an older one again.
   */
  readonly #exemplars: (ExemplarSlot | undefined)[];

  constructor(exponent: number, octave: Octave, copied?: Band) {
    this.exponent = exponent;
    this.octave = octave;
    this.counts = copied?.counts.slice() ?? new Array<number>(octave.uppers.length).fill(0);
    this.#exemplars = copied === undefined ? [] : copied.#exemplars;
  }

  /** Keeps a value of the octave as an exemplar. */
  link(value: number, context: Context, timestampMs: number): void {
    const { uppers, stops } = this.octave, exemplars = this.#exemplars;
    let part = 0;
    while (part < stops.length && value > uppers[stops[part]! - 1]!) part++;
    (exemplars[part] ??= new ExemplarSlot()).take(value, context, timestampMs);
  }

  /** The exemplars in ascending order of bucket. */
  exemplars(): Exemplar[] {
    return this.#exemplars.flatMap((slot) => slot?.exemplar() ?? []);
  }

  /** A copy of the counts; both share the exemplars. */
  copy(): Band {
    return new Band(this.exponent, this.octave, this);
  }
}

/** Consecutive octaves, each with a band once it has a value. */
export class Bands {
  readonly list: (Band | undefined)[] = [];
  /** The biased exponent of `list[0]`. */
  first = 0;

  copy(): Bands {
    const copy = new Bands();
    copy.first = this.first;
    for (const band of this.list) copy.list.push(band?.copy());
    return copy;
  }

  open(exponent: number, octave: Octave): Band {
    if (this.list.length === 0) this.first = exponent;
    while (exponent < this.first) {
      this.list.unshift(undefined);
      this.first--;
    }
    while (exponent - this.first >= this.list.length) this.list.push(undefined);
    return this.list[exponent - this.first] ??= new Band(exponent - 1023, octave);
  }
}
