/**
 * The store of a histogram series: counts by cell, in bands that are made as values arrive.
 *
 * @module
 */
import type { Exemplar, NativeBucket, NativeHistogram } from "../data/family.ts";
import { type Band, Bands } from "./bands.ts";
import { type Layout, type Octave, ZERO_THRESHOLD } from "./bucket_layout.ts";

/** Whether a value can be counted: NaN has no cell, and would make the sum NaN permanently. */
export function isCountable(value: number): boolean {
  return typeof value === "number" && value === value;
}

const float = /* @__PURE__ */ new Float64Array(1);
const words = /* @__PURE__ */ wordsOf(float);
/** The word that holds the sign, the exponent and the top of the mantissa. */
const HIGH = /* @__PURE__ */ highWord();

function wordsOf(floats: Float64Array): Uint32Array {
  return new Uint32Array(floats.buffer);
}

function highWord(): 0 | 1 {
  return new Uint8Array(new Uint16Array([1]).buffer)[0] === 1 ? 1 : 0;
}

/**
 * The high word of the float, one ulp down, so that a cell includes its upper bound. Shifted by the
 * layout's precision, it is the number of the sub-bucket, counted over all octaves.
 */
function highBits(value: number): number {
  float[0] = value;
  return words[1 - HIGH] === 0 ? words[HIGH]! - 1 : words[HIGH]!;
}

/**
 * Counts values by cell of a {@linkcode Layout}. With precision 3 a band takes about 300 bytes; each
 * octave with a value has one: 14 of them span 1 ms to 16 s.
 */
export class Cells {
  readonly layout: Layout;
  readonly #shift: number;
  readonly #mask: number;
  #positive = new Bands();
  #negative: Bands | undefined;
  #sum = 0;
  #zero = 0;
  /** Within the zero threshold but not zero: a bound of zero must tell them apart. */
  #tinyPositive = 0;
  #tinyNegative = 0;
  #positiveInfinity = 0;
  #negativeInfinity = 0;

  constructor(layout: Layout) {
    this.layout = layout;
    this.#shift = 20 - layout.precision;
    this.#mask = 2 ** layout.precision - 1;
  }

  /** A copy of the counts. */
  copy(): Cells {
    const copy = new Cells(this.layout);
    copy.#positive = this.#positive.copy();
    copy.#negative = this.#negative?.copy();
    copy.#sum = this.#sum;
    copy.#zero = this.#zero;
    copy.#tinyPositive = this.#tinyPositive;
    copy.#tinyNegative = this.#tinyNegative;
    copy.#positiveInfinity = this.#positiveInfinity;
    copy.#negativeInfinity = this.#negativeInfinity;
    return copy;
  }

  /** Counts any number but NaN. Returns its band, if it has one. */
  add(value: number): Band | undefined {
    this.#sum += value;
    const bits = highBits(value);
    const { list, first } = this.#positive;
    const index = (bits >>> 20) - first;
    const band = index >= 0 && index < list.length ? list[index] : undefined;
    if (band === undefined) return this.#addRare(value);
    tick(band, (bits >>> this.#shift) & this.#mask, value);
    return band;
  }

  /** Counts the first value of an octave, and values that are not positive, normal and finite. */
  #addRare(value: number): Band | undefined {
    if (value === Infinity) this.#positiveInfinity++;
    else if (value === -Infinity) this.#negativeInfinity++;
    else if (value === 0) this.#zero++;
    else {
      const magnitude = Math.abs(value);
      const bits = highBits(magnitude);
      const exponent = bits >>> 20;
      if (this.layout.covers(exponent)) {
        const bands = value > 0 ? this.#positive : this.#negative ??= new Bands();
        const band = bands.open(exponent, this.layout.octave(exponent, value < 0));
        tick(band, (bits >>> this.#shift) & this.#mask, magnitude);
        return band;
      }
      if (value > 0) this.#tinyPositive++;
      else this.#tinyNegative++;
    }
    return undefined;
  }

  /** The sum of all values. */
  get sum(): number {
    return this.#sum;
  }

  /** The newest exemplar of each bucket in each band, in ascending order of value. */
  exemplars(): Exemplar[] {
    const exemplars: Exemplar[] = [];
    for (const band of this.#negativeBands()) exemplars.push(...band.exemplars());
    for (const band of this.#positive.list) {
      if (band !== undefined) exemplars.push(...band.exemplars());
    }
    return exemplars;
  }

  /** The number of values up to each bound of the layout, and of all values. */
  cumulative(): { buckets: number[]; count: number } {
    const { bounds } = this.layout;
    const buckets = new Array<number>(bounds.length);
    let next = 0;
    let below = this.#negativeInfinity;
    // Every bound is the bound of a cell: below the lower edge of the next cell, a bucket is complete.
    for (const { octave, counts } of this.#negativeBands()) {
      for (let cell = counts.length - 1; cell >= 0; cell--) {
        while (next < bounds.length && bounds[next]! < -octave.uppers[cell]!) {
          buckets[next++] = below;
        }
        below += counts[cell]!;
      }
    }
    while (next < bounds.length && bounds[next]! < 0) buckets[next++] = below;
    below += this.#tinyNegative + this.#zero;
    if (bounds[next] === 0) buckets[next++] = below;
    below += this.#tinyPositive;
    for (const band of this.#positive.list) {
      if (band === undefined) continue;
      const { octave: { firstBound, stops }, counts } = band;
      while (next < firstBound) buckets[next++] = below;
      let cell = 0;
      for (let i = 0; i < stops.length; i++) {
        while (cell < stops[i]!) below += counts[cell++]!;
        buckets[next++] = below;
      }
      while (cell < counts.length) below += counts[cell++]!;
    }
    while (next < bounds.length) buckets[next++] = below;
    return { buckets, count: below + this.#positiveInfinity };
  }

  /**
   * The value below which a share `q` of the values lies: the harmonic midpoint of its cell, whose
   * relative error is the same at either end. NaN without values, or for a `q` outside 0 to 1.
   */
  quantile(q: number): number {
    return this.#quantile(q, this.cumulative().count);
  }

  /** {@linkcode Cells.quantile} for each of several. */
  quantiles(qs: readonly number[]): number[] {
    const { count } = this.cumulative();
    return qs.map((q) => this.#quantile(q, count));
  }

  #quantile(q: number, count: number): number {
    if (count === 0 || !(q >= 0 && q <= 1)) return NaN;
    const rank = Math.max(1, Math.ceil(q * count));
    let below = this.#negativeInfinity;
    if (rank <= below) return -Infinity;
    for (const { octave, counts, exponent } of this.#negativeBands()) {
      for (let cell = counts.length - 1; cell >= 0; cell--) {
        below += counts[cell]!;
        if (rank <= below) return -midpoint(octave, cell, exponent);
      }
    }
    below += this.#tinyNegative + this.#zero + this.#tinyPositive;
    if (rank <= below) return 0;
    for (const { octave, counts, exponent } of this.#positiveBands()) {
      for (let cell = 0; cell < counts.length; cell++) {
        below += counts[cell]!;
        if (rank <= below) return midpoint(octave, cell, exponent);
      }
    }
    return Infinity;
  }

  /** The same counts in exponential buckets; the schema is the layout's precision. */
  native(): NativeHistogram {
    return {
      schema: this.layout.precision,
      zeroThreshold: ZERO_THRESHOLD,
      zeroCount: this.#tinyNegative + this.#zero + this.#tinyPositive,
      positive: this.#nativeBuckets(this.#positiveBands(), this.#positiveInfinity),
      negative: this.#nativeBuckets(this.#negativeBands().reverse(), this.#negativeInfinity),
    };
  }

  #nativeBuckets(bands: readonly Band[], infinite: number): NativeBucket[] {
    const perOctave = 2 ** this.layout.precision;
    const buckets: [index: number, count: number][] = [];
    for (const { exponent, octave, counts } of bands) {
      for (let cell = 0; cell < counts.length; cell++) {
        if (counts[cell] === 0) continue;
        const index = exponent * perOctave + octave.natives[cell]!;
        const last = buckets.at(-1);
        if (last !== undefined && last[0] === index) last[1] += counts[cell]!;
        else buckets.push([index, counts[cell]!]);
      }
    }
    // Prometheus counts infinity past the bucket that ends at 2^1024.
    if (infinite > 0) buckets.push([1024 * perOctave + 1, infinite]);
    return buckets;
  }

  #positiveBands(): Band[] {
    return this.#positive.list.filter((band) => band !== undefined);
  }

  /** In ascending order of value. */
  #negativeBands(): Band[] {
    return this.#negative?.list.filter((band) => band !== undefined).reverse() ?? [];
  }
}

/** The cell is the first of the sub-bucket, or lies past one of the bounds that split it, rarely two. */
function tick(band: Band, subBucket: number, magnitude: number): void {
  const { uppers, starts } = band.octave;
  let cell = starts[subBucket]!;
  while (magnitude > uppers[cell]!) cell++;
  band.counts[cell]!++;
}

function midpoint({ uppers }: Octave, cell: number, exponent: number): number {
  const lower = cell === 0 ? 2 ** exponent : uppers[cell - 1]!;
  const upper = uppers[cell]!;
  // 2lu / (l + u), in an order that does not overflow.
  return 2 * lower / (1 + lower / upper);
}
