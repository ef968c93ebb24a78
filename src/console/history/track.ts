/**
 * The points of one series.
 *
 * @module
 */
import type { HistogramSample } from "../../metrics/data/family.ts";
import type { LabelSet } from "../../metrics/data/labels.ts";

/** An hour at one every five seconds. */
export const POINTS = 720;
/** Cells of a histogram at one point; neighbours are added up where it has more buckets. */
export const CELLS = 16;
/** About what a track occupies besides its points. */
const OVERHEAD = 400;

/** The points of one series. */
export type Track = NumberTrack | HistogramTrack;

/** A counter, whose increments are kept, or a gauge, whose values are. */
export class NumberTrack {
  /** About what one occupies. */
  static readonly BYTES: number = POINTS * 4 + OVERHEAD;
  readonly bytes: number = NumberTrack.BYTES;
  readonly labels: LabelSet;
  readonly isGauge: boolean;
  /** The number of the newest point. */
  last: number;
  #value: number;
  readonly #points: Float32Array = new Float32Array(POINTS).fill(NaN);

  constructor(
    { labels, value }: { readonly labels: LabelSet; readonly value: number },
    point: number,
    isNew: boolean,
    isGauge: boolean,
  ) {
    this.labels = labels;
    this.isGauge = isGauge;
    this.last = point - 1;
    this.#value = isNew ? 0 : value;
  }

  write(point: number, value: number): void {
    fillGap(this, point, (from, to) => blank(this.#points, from, to));
    const since = value - this.#value;
    // One that was reset begins at 0.
    this.#points[point % POINTS] = this.isGauge ? value : since < 0 ? value : since;
    this.#value = value;
    this.last = point;
  }

  /** The increment, or the value, at a point; NaN where it is not known. */
  at(point: number): number {
    return point > this.last || point <= this.last - POINTS ? NaN : this.#points[point % POINTS]!;
  }
}

/** A histogram: observations by cell. */
export class HistogramTrack {
  /** About what one occupies. */
  static readonly BYTES: number = POINTS * (CELLS * 2 + 1) + CELLS * 24 + OVERHEAD;
  readonly bytes: number = HistogramTrack.BYTES;
  readonly labels: LabelSet;
  /** Upper bounds of the cells but the last, which has none. */
  readonly bounds: readonly number[];
  /** The number of the newest point. */
  last: number;
  /** The place among the buckets of each bound. */
  readonly #places: readonly number[];
  /** Observations up to each bound, and all of them, when last read. */
  #counts: Float64Array;
  readonly #cells: Uint16Array = new Uint16Array(POINTS * CELLS);
  /** Cells are to be multiplied by 2 to this power: a count of millions fits, at 16 bits of precision. */
  readonly #powers: Uint8Array = new Uint8Array(POINTS).fill(UNKNOWN);

  constructor(sample: HistogramSample, point: number, isNew: boolean) {
    const { labels, bounds } = sample;
    this.labels = labels;
    this.#places = placesOf(bounds.length);
    this.bounds = this.#places.map((place) => bounds[place]!);
    this.last = point - 1;
    this.#counts = new Float64Array(this.#places.length + 1);
    if (!isNew) this.#counts = this.#read(sample);
  }

  write(point: number, sample: HistogramSample): void {
    fillGap(this, point, (from, to) => blank(this.#powers, from, to, UNKNOWN));
    const counts = this.#read(sample), total = counts.length - 1;
    // One that was reset begins at 0.
    const before = counts[total]! < this.#counts[total]!
      ? new Float64Array(counts.length)
      : this.#counts;
    const own = new Float64Array(counts.length);
    let most = 0;
    for (let i = 0; i < own.length; i++) {
      const upTo = counts[i]! - before[i]!;
      own[i] = Math.max(0, upTo - (i === 0 ? 0 : counts[i - 1]! - before[i - 1]!));
      if (own[i]! > most) most = own[i]!;
    }
    const power = most < 65_536 ? 0 : Math.ceil(Math.log2((most + 1) / 65_536)),
      at = point % POINTS;
    this.#powers[at] = power;
    for (let i = 0; i < CELLS; i++) {
      this.#cells[at * CELLS + i] = Math.round((own[i] ?? 0) / 2 ** power);
    }
    this.#counts = counts;
    this.last = point;
  }

  /** Adds the observations of a point to cells; false where they are not known. */
  addTo(cells: Float64Array, point: number): boolean {
    const at = point % POINTS, power = this.#powers[at]!;
    if (point > this.last || point <= this.last - POINTS || power === UNKNOWN) return false;
    for (let i = 0; i < CELLS; i++) cells[i]! += this.#cells[at * CELLS + i]! * 2 ** power;
    return true;
  }

  #read({ buckets, count }: HistogramSample): Float64Array {
    const counts = Float64Array.from(this.#places, (place) => buckets[place] ?? 0);
    return Float64Array.of(...counts, count);
  }
}

const UNKNOWN = 255;

/** Points that a series did not have: it was forgotten by its metric, or not read. */
function fillGap(track: Track, point: number, blank: (from: number, to: number) => void): void {
  if (point > track.last + 1) blank(Math.max(track.last + 1, point - POINTS), point);
}

function blank(points: Float32Array | Uint8Array, from: number, to: number, value = NaN): void {
  for (let number = from; number < to; number++) points[number % POINTS] = value;
}

/** Which of the bounds are kept: all if they fit, else as many at even distances, the last among them. */
function placesOf(count: number): number[] {
  const kept = Math.min(count, CELLS - 1);
  return Array.from({ length: kept }, (_, i) => Math.ceil((i + 1) * count / kept) - 1);
}

/**
 * The value below which a share of the observations lies, as `histogram_quantile` of Prometheus estimates it:
 * spread evenly in their cell. NaN without observations; the last bound where it lies above that.
 */
export function quantileOf(bounds: readonly number[], cells: Float64Array, q: number): number {
  let total = 0;
  for (const count of cells) total += count;
  if (total === 0 || bounds.length === 0) return NaN;
  let left = q * total;
  for (let i = 0; i < bounds.length; i++) {
    const count = cells[i]!, upper = bounds[i]!;
    if (count > 0 && left <= count) {
      const lower = i > 0 ? bounds[i - 1]! : upper > 0 ? 0 : upper;
      return lower + (upper - lower) * left / count;
    }
    left -= count;
  }
  return bounds.at(-1)!;
}
