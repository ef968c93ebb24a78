/**
 * Figures of the service every 5 seconds for an hour, so that a page that is opened has a past.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { nodeProcess } from "../core/platform.ts";
import type { RuntimeHistory } from "../core/runtime/history.ts";
import type { Rows } from "../events/store/rows.ts";
import type { Point, Samples } from "./api/parts.ts";

/** How often, and how many are kept: an hour. */
const EVERY_MS = 5000, SAMPLES = 720;
/** Rows that one sample reads at most, the newest: they stand for the others. */
const MAX_ROWS = 8192;
/** The figures of a sample besides its time. */
const NAMES = ["seconds", "requests", "failed", "p99", "loopMs", "heapBytes", "cpu", "gc"] as const;
type Figure = typeof NAMES[number];

/** What figures are made of. */
export interface FiguresSource {
  readonly events: Rows | undefined;
  readonly history: RuntimeHistory;
  readonly clock: Clock;
  readonly faults: Faults;
  /** Called with each sample: when it was taken, and the seconds that it stands for. */
  readonly onSample?: ((timeMs: number, seconds: number) => void) | undefined;
}

/**
 * The samples. It has no timer: the one that watches the event loop calls it. One sample reads the rows
 * that came since the last.
 */
export class Figures implements Samples {
  readonly #events: Rows | undefined;
  readonly #clock: Clock;
  readonly #timeMs = new Float64Array(SAMPLES);
  readonly #columns: Readonly<Record<Figure, Float64Array>> = Object.fromEntries(
    NAMES.map((name) => [name, new Float64Array(SAMPLES)]),
  ) as Record<Figure, Float64Array>;
  /** What they occupy. */
  static readonly BYTES: number = SAMPLES * 8 * (NAMES.length + 1);
  readonly maxBytes: number = Figures.BYTES;
  readonly bytes: number = this.maxBytes;
  readonly crowded: number = 0;
  #next = 0;
  #row: number;
  #lagMs = 0;
  #sinceMs: number;
  #cpuMs: number;
  readonly #history: RuntimeHistory;
  #gcMs: number;
  readonly #onSample: FiguresSource["onSample"];

  constructor({ events, history, clock, faults, onSample }: FiguresSource) {
    this.#events = events;
    this.#history = history;
    this.#gcMs = history.gcMs;
    this.#onSample = onSample;
    this.#clock = clock;
    this.#row = events?.first ?? 0;
    this.#sinceMs = clock.monotonic();
    this.#cpuMs = cpuMs();
    history.onTick = (nowMs, lagMs) => {
      try {
        this.tick(nowMs, lagMs);
      } catch (error) {
        faults.record("figures", error);
      }
    };
  }

  /** How many samples there are. */
  get count(): number {
    return Math.min(this.#next, SAMPLES);
  }

  /** Takes a sample when it is time. */
  tick(nowMs: number, lagMs: number): void {
    if (lagMs > this.#lagMs) this.#lagMs = lagMs;
    const passedMs = nowMs - this.#sinceMs;
    if (passedMs < EVERY_MS) return;
    const at = this.#next++ % SAMPLES, columns = this.#columns, cpu = cpuMs();
    const { requests, failed, p99 } = this.#requests();
    this.#timeMs[at] = this.#clock.now();
    columns.seconds[at] = passedMs / 1000;
    columns.requests[at] = requests;
    columns.failed[at] = failed;
    columns.p99[at] = p99;
    columns.loopMs[at] = this.#lagMs;
    columns.heapBytes[at] = nodeProcess().memoryUsage().heapUsed;
    columns.cpu[at] = (cpu - this.#cpuMs) / passedMs;
    columns.gc[at] = (this.#history.gcMs - this.#gcMs) / passedMs;
    this.#sinceMs = nowMs;
    this.#lagMs = 0;
    this.#cpuMs = cpu;
    this.#gcMs = this.#history.gcMs;
    this.#onSample?.(this.#timeMs[at]!, passedMs / 1000);
  }

  /** The rows since the last sample that are of requests. */
  #requests(): { readonly requests: number; readonly failed: number; readonly p99: number } {
    const events = this.#events;
    if (events === undefined) return { requests: NaN, failed: NaN, p99: NaN };
    const { next, slots } = events, came = next - this.#row;
    const first = Math.max(this.#row, events.first, next - MAX_ROWS);
    this.#row = next;
    const times = new Float64Array(next - first);
    const all = events.column("ms"), statuses = events.column("status");
    let count = 0, failed = 0;
    for (let row = first; row < next; row++) {
      const status = statuses?.at(row % slots), ms = all?.at(row % slots);
      if (typeof status !== "number" || typeof ms !== "number") continue;
      times[count++] = ms;
      if (status >= 500) failed++;
    }
    if (count === 0) return { requests: 0, failed: 0, p99: NaN };
    const sorted = times.subarray(0, count).sort(), scale = came / (next - first);
    const p99 = sorted[Math.min(count - 1, Math.floor(count * 0.99))]!;
    return { requests: Math.round(count * scale), failed: Math.round(failed * scale), p99 };
  }

  /**
   * The samples since a time, oldest first; where these are more than `most`, as many of them together as
   * is needed: counts are added, of the others the greatest is taken.
   */
  since(timeMs: number, most: number): Point[] {
    const first = Math.max(0, this.#next - SAMPLES), numbers: number[] = [];
    for (let number = first; number < this.#next; number++) {
      if (this.#timeMs[number % SAMPLES]! >= timeMs) numbers.push(number);
    }
    const size = Math.max(1, Math.ceil(numbers.length / most)), points: Point[] = [];
    // From the end, so that the last point is whole.
    for (let end = numbers.length; end > 0; end -= size) {
      const part = numbers.slice(Math.max(0, end - size), end);
      points.push(this.#together(part));
    }
    return points.reverse();
  }

  #together(numbers: readonly number[]): Point {
    const of = (name: Figure) => numbers.map((number) => this.#columns[name][number % SAMPLES]!);
    const sum = (name: Figure) => of(name).reduce((sum, value) => sum + value, 0);
    const most = (name: Figure) =>
      of(name).reduce((most, value) => value > most || most !== most ? value : most, NaN);
    return {
      timeMs: this.#timeMs[numbers.at(-1)! % SAMPLES]!,
      seconds: sum("seconds"),
      requests: sum("requests"),
      failed: sum("failed"),
      p99: most("p99"),
      loopMs: most("loopMs"),
      heapBytes: most("heapBytes"),
      cpu: most("cpu"),
      gc: most("gc"),
    };
  }
}

function cpuMs(): number {
  const { user, system } = nodeProcess().cpuUsage();
  return (user + system) / 1000;
}
