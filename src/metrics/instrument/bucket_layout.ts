/**
 * The cells in which a histogram counts: log-linear, and split at every bound that an output needs.
 *
 * An octave (2^n, 2^(n+1)] is cut into 2^precision linear sub-buckets, which are found from the bits of
 * the float, then at the bounds of the native schema of that precision and at the user's own bounds. So
 * classic buckets, native buckets and quantiles are all sums of whole cells: one store, exact in every
 * output. A cell includes its upper bound.
 *
 * @module
 */
import { checkWhole, kindOf } from "../../core/check.ts";
import { nativeBound } from "../data/native.ts";

/** The cells of one octave. */
export interface Octave {
  /** The upper bound of each cell, ascending. */
  readonly uppers: Float64Array;
  /** The first cell of each linear sub-bucket. */
  readonly starts: Uint16Array;
  /** For each cell its native bucket, counted from 1 within the octave. */
  readonly natives: Uint16Array;
  /** The index of the first bound of the layout in a positive octave or above it. */
  readonly firstBound: number;
  /** For each bound in a positive octave, the number of cells up to it. */
  readonly stops: Uint16Array;
}

/** Values up to this magnitude count as zero: the default of native histograms. */
export const ZERO_THRESHOLD: number = 2 ** -128;

/** Biased exponents: of the octave above the zero threshold, and of the last finite one. */
const FIRST_EXPONENT = 1023 - 128;
const LAST_EXPONENT = 2046;

/** The cells of all histograms with one precision and one list of bounds. */
export class Layout {
  /** An octave has 2^precision sub-buckets. */
  readonly precision: number;
  /** The bounds that text shows: ascending upper bounds, without +Inf. */
  readonly bounds: readonly number[];
  readonly #positive: (Octave | undefined)[] = [];
  readonly #negative: (Octave | undefined)[] = [];
  readonly #fractions: readonly number[];

  /**
   * @param precision 0 to 8: 2^precision sub-buckets an octave; 3 keeps a quantile within 5.9 %
   * @param bounds finite and ascending; zero, or at least 2^-128 in magnitude
   * @throws {RangeError} for a precision or a bound that is out of range
   */
  constructor(precision: number, bounds: readonly number[], name = "") {
    const what = name === "" ? "lay out histogram" : `register histogram "${name}"`;
    checkWhole(what, "precision", precision, 0, 8);
    checkBounds(what, bounds);
    this.precision = precision;
    this.bounds = Object.freeze([...bounds]);
    this.#fractions = fractions(precision);
  }

  /** The octave of a biased exponent; all series of this layout share the object. */
  octave(exponent: number, negative: boolean): Octave {
    const octaves = negative ? this.#negative : this.#positive;
    const index = exponent - FIRST_EXPONENT;
    return octaves[index] ??= this.#cut(exponent, negative);
  }

  /** Whether the octave of a biased exponent has cells; other values count as zero or infinity. */
  covers(exponent: number): boolean {
    return exponent >= FIRST_EXPONENT && exponent <= LAST_EXPONENT;
  }

  #cut(exponent: number, negative: boolean): Octave {
    const scale = 2 ** (exponent - 1023);
    const uppers = new Set(this.#fractions.map((fraction) => fraction * scale));
    for (const bound of this.bounds) {
      // `value <= -b` is `|value| >= b`: a magnitude's cell must end just below b.
      const magnitude = negative ? before(-bound) : bound;
      if (magnitude > scale && magnitude < 2 * scale) uppers.add(magnitude);
    }
    const cells = Float64Array.from(uppers).sort();
    const subBuckets = 2 ** this.precision;
    const starts = Uint16Array.from({ length: subBuckets }, (_, sub) => {
      const lower = scale * (1 + sub / subBuckets);
      return cells.findIndex((upper) => upper > lower);
    });
    const ends = Array.from({ length: subBuckets }, (_, i) => nativeBound(i + 1, this.precision));
    const natives = Uint16Array.from(
      cells,
      (upper) => ends.findIndex((end) => upper <= end * scale) + 1,
    );
    const inside = this.bounds.filter((bound) => bound > scale && bound <= 2 * scale);
    const firstBound = this.bounds.findIndex((bound) => bound > scale);
    return {
      uppers: cells,
      starts,
      natives,
      firstBound: firstBound === -1 ? this.bounds.length : firstBound,
      stops: Uint16Array.from(inside, (bound) => cells.indexOf(bound) + 1),
    };
  }
}

/** The upper bounds in (1, 2] of every octave: those of linear sub-buckets and of the native schema. */
function fractions(precision: number): number[] {
  const count = 2 ** precision;
  const bounds = new Set<number>();
  for (let i = 1; i <= count; i++) {
    bounds.add(1 + i / count);
    bounds.add(nativeBound(i, precision));
  }
  return [...bounds];
}

function checkBounds(what: string, bounds: readonly number[]): void {
  for (const [i, bound] of bounds.entries()) {
    const rule = !Number.isFinite(bound)
      ? `finite, got ${kindOf(bound)}`
      : i > 0 && bound <= bounds[i - 1]!
      ? `ascending, got ${bound} after ${bounds[i - 1]}`
      : bound !== 0 && Math.abs(bound) <= ZERO_THRESHOLD &&
        `0 or not as close to it, got ${bound}`;
    if (rule) throw new RangeError(`Cannot ${what}: buckets must be ${rule}`);
  }
}

/** The next double below a positive one; other values as they are. */
function before(value: number): number {
  if (!(value > 0)) return value;
  const float = Float64Array.of(value), bits = new BigUint64Array(float.buffer);
  bits[0]!--;
  return float[0]!;
}
