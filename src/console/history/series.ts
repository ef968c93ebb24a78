/**
 * The last hour of the metrics: a point every five seconds for each of a bounded number of series.
 *
 * @module
 */
import type { LabelSet } from "../../metrics/data/labels.ts";
import type { AnyMetric } from "../../metrics/catalogue.ts";
import type { BoundCounter } from "../../metrics/instrument/counter.ts";
import type { BoundGauge } from "../../metrics/instrument/gauge.ts";
import type { BoundHistogram } from "../../metrics/instrument/histogram.ts";
import { HistogramTrack, NumberTrack, POINTS, type Track } from "./track.ts";

/** Series that are kept, and how many of them others than the first kind may take. */
const MAX_SERIES = 300, MAX_OTHERS = 200;
/** Series of one metric, and histograms in all: these are eight times as large. */
const MAX_OF_METRIC = 60, MAX_HISTOGRAMS = 40;
/** What everybody looks at first finds room whatever else there is. */
const FIRST = /^(http|slo)_/;

/** Buckets, and not the native form, which would be copied for nothing. */
const FORM = { histograms: "classic" } as const;

type Readable = BoundCounter | BoundGauge | BoundHistogram;

/** What series are read from, and how much may be kept. */
export interface SeriesHistoryOptions {
  /** The instruments. Collectors run only when somebody asks. */
  readonly instruments: () => readonly AnyMetric[];
  /** About what the points may occupy. */
  readonly maxBytes: number;
  /** A clock in milliseconds, to tell how long a sample takes. */
  readonly nowMs?: (() => number) | undefined;
}

/**
 * The points. It has no timer: what takes the figures of the console calls it. One sample reads at most sixty
 * series of each metric, so that its cost does not grow with the series of the service.
 */
export class SeriesHistory {
  readonly #options: SeriesHistoryOptions;
  readonly #timeMs = new Float64Array(POINTS);
  readonly #seconds = new Float32Array(POINTS);
  readonly #byMetric = new Map<string, Map<LabelSet, Track>>();
  #next = 0;
  #histograms = 0;
  #others = 0;
  #series = 0;
  #bytes: number = POINTS * 12;
  #notKept = 0;
  #costMs = 0;

  constructor(options: SeriesHistoryOptions) {
    this.#options = options;
  }

  /** Series with points. */
  get count(): number {
    return this.#series;
  }

  /** The most series. */
  readonly maxSeries: number = MAX_SERIES;

  /** About what the points occupy. */
  get bytes(): number {
    return this.#bytes;
  }

  /** About what they may occupy. */
  get maxBytes(): number {
    return this.#options.maxBytes;
  }

  /** Series that found no room at the last sample. */
  get crowded(): number {
    return this.#notKept;
  }

  /** Samples taken, and how long all of them took. */
  get cost(): { readonly samples: number; readonly ms: number } {
    return { samples: this.#next, ms: this.#costMs };
  }

  /** Takes a sample of what happened in the seconds before a time. */
  sample(timeMs: number, seconds: number): void {
    const { instruments, nowMs } = this.#options, startMs = nowMs?.() ?? 0;
    const point = this.#next++, at = point % POINTS;
    this.#timeMs[at] = timeMs;
    this.#seconds[at] = seconds;
    this.#notKept = 0;
    for (const metric of instruments()) this.#read(metric, point);
    if (at === POINTS - 1) this.#forget(point);
    this.#costMs += (nowMs?.() ?? 0) - startMs;
  }

  /** How many series of a metric have points. */
  countOf(metric: string): number {
    return this.#byMetric.get(metric)?.size ?? 0;
  }

  /** The series of a metric that have points. */
  tracks(metric: string): Iterable<Track> {
    return this.#byMetric.get(metric)?.values() ?? [];
  }

  /** The numbers of the points since a time, oldest first, in at most `most` groups of neighbours. */
  groups(sinceMs: number, most: number): number[][] {
    const numbers: number[] = [];
    for (let number = Math.max(0, this.#next - POINTS); number < this.#next; number++) {
      if (this.#timeMs[number % POINTS]! >= sinceMs) numbers.push(number);
    }
    const size = Math.max(1, Math.ceil(numbers.length / most)), groups: number[][] = [];
    // From the end, so that the last group is whole.
    for (let end = numbers.length; end > 0; end -= size) {
      groups.push(numbers.slice(Math.max(0, end - size), end));
    }
    return groups.reverse();
  }

  /** When a point was taken, and the seconds that it stands for. */
  timeOf(number: number): { readonly timeMs: number; readonly seconds: number } {
    const at = number % POINTS;
    return { timeMs: this.#timeMs[at]!, seconds: this.#seconds[at]! };
  }

  #read(metric: AnyMetric, point: number): void {
    const { name, type } = metric["definition"], isHistogram = type === "histogram";
    if (!isHistogram && type !== "counter" && type !== "gauge") return;
    const all = metric["series"].all as readonly Readable[], known = this.#byMetric.get(name);
    if (known === undefined && all.length > 0 && !this.#hasRoom(name, isHistogram)) {
      this.#notKept += all.length;
      return;
    }
    const most = Math.min(all.length, MAX_OF_METRIC), tracks = known ?? new Map<LabelSet, Track>();
    this.#notKept += all.length - most;
    for (let i = 0; i < most; i++) {
      const series = all[i]!;
      const track = tracks.get(series.labels) ?? this.#add(tracks, name, type, series, point);
      if (track === undefined) this.#notKept++;
      else if (track instanceof HistogramTrack) {
        track.write(point, (series as BoundHistogram).sample(FORM));
      } else track.write(point, (series as BoundCounter | BoundGauge).value);
    }
    if (known === undefined && tracks.size > 0) this.#byMetric.set(name, tracks);
  }

  #hasRoom(name: string, isHistogram: boolean): boolean {
    if (this.#series >= MAX_SERIES || isHistogram && this.#histograms >= MAX_HISTOGRAMS) {
      return false;
    }
    const bytes = isHistogram ? HistogramTrack.BYTES : NumberTrack.BYTES;
    if (this.#bytes + bytes > this.#options.maxBytes) return false;
    return FIRST.test(name) || this.#others < MAX_OTHERS;
  }

  #add(
    tracks: Map<LabelSet, Track>,
    name: string,
    type: "counter" | "gauge" | "histogram",
    series: Readable,
    point: number,
  ): Track | undefined {
    if (!this.#hasRoom(name, type === "histogram")) return undefined;
    // What an older series has was counted before the seconds of this point.
    const at = point % POINTS, sinceMs = this.#timeMs[at]! - this.#seconds[at]! * 1000;
    const isNew = series["createdMs"] >= sinceMs;
    const track = type === "histogram"
      ? new HistogramTrack((series as BoundHistogram).sample(FORM), point, isNew)
      : new NumberTrack(series as BoundCounter | BoundGauge, point, isNew, type === "gauge");
    tracks.set(series.labels, track);
    this.#count(name, track, 1);
    return track;
  }

  /** Series that had no sample for an hour make room for others. */
  #forget(point: number): void {
    for (const [name, tracks] of this.#byMetric) {
      for (const [labels, track] of tracks) {
        if (point - track.last < POINTS) continue;
        tracks.delete(labels);
        this.#count(name, track, -1);
      }
      if (tracks.size === 0) this.#byMetric.delete(name);
    }
  }

  #count(name: string, track: Track, sign: 1 | -1): void {
    this.#series += sign;
    this.#bytes += sign * track.bytes;
    if (track instanceof HistogramTrack) this.#histograms += sign;
    if (!FIRST.test(name)) this.#others += sign;
  }
}
