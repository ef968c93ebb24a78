/**
 * What happened to the process lately: the heap after its major collections, steps of the wall clock, and
 * the clocks of peers.
 *
 * @module
 */

/** Collections, steps and hosts that are remembered. */
const MAX_FLOORS = 256, MAX_STEPS = 32, MAX_HOSTS = 64;
/** A clock that is adjusted slowly moves by less between two looks. */
const LEAST_STEP_MS = 250;
/** The `Date` header has whole seconds, and a response takes its time. */
const LEAST_SKEW_MS = 2000;
/** How often a host's clock is looked at. */
const LOOK_MS = 5000;

/** What the heap held after a major collection. */
export interface HeapFloor {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number;
  readonly bytes: number;
}

/** A step of the wall clock. */
export interface ClockStep {
  /** Just after it, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** By how much; negative when it went back. */
  readonly stepMs: number;
}

/** How far the clock of a host is from ours. */
export interface Skew {
  readonly host: string;
  /** Positive when the host's clock is ahead; at most a second off. */
  readonly skewMs: number;
  /** When this was first seen, in milliseconds since the Unix epoch. */
  readonly sinceMs: number;
  /** How often it was seen. */
  readonly looks: number;
}

/** Remembers what happened to the process. Bounded; nothing throws. */
export class RuntimeHistory {
  readonly #floors: HeapFloor[] = [];
  readonly #steps: ClockStep[] = [];
  readonly #hosts = new Map<string, Skew & { readonly lookedMs: number }>();
  #offsetMs = NaN;
  /** Milliseconds that collections have taken, since the start. */
  gcMs = 0;
  /** Called at every measurement of the event loop with its monotonic time and the lag; must not throw. */
  onTick: ((nowMs: number, lagMs: number) => void) | undefined = undefined;

  /** Major collections, the oldest first: the heap is what they left. */
  get floors(): readonly HeapFloor[] {
    return this.#floors;
  }

  /** Steps of the wall clock, the oldest first. */
  get steps(): readonly ClockStep[] {
    return this.#steps;
  }

  /** Hosts whose clocks are two seconds and more from ours. */
  skews(): Skew[] {
    return [...this.#hosts.values()].filter(({ skewMs }) => Math.abs(skewMs) >= LEAST_SKEW_MS);
  }

  /** A major collection has left this much. */
  collected(timeMs: number, bytes: number): void {
    if (!(bytes > 0)) return;
    this.#floors.push({ timeMs, bytes });
    if (this.#floors.length > MAX_FLOORS) this.#floors.shift();
  }

  /** Compares the wall clock with the monotonic one, and tells of the lag; to be called every now and then. */
  tick(wallMs: number, monotonicMs: number, lagMs = 0): void {
    this.onTick?.(monotonicMs, lagMs);
    const offsetMs = wallMs - monotonicMs, stepMs = offsetMs - this.#offsetMs;
    this.#offsetMs = offsetMs;
    if (!(Math.abs(stepMs) >= LEAST_STEP_MS)) return;
    this.#steps.push({ timeMs: wallMs, stepMs });
    if (this.#steps.length > MAX_STEPS) this.#steps.shift();
  }

  /** Whether it is time to look at the clock of a host. */
  isDue(host: string, nowMs: number): boolean {
    const known = this.#hosts.get(host);
    if (known === undefined) return this.#hosts.size < MAX_HOSTS;
    return Math.abs(nowMs - known.lookedMs) >= LOOK_MS;
  }

  /** A response of a host said this date, between these times of ours. */
  peerSaid(host: string, date: string | null, fromMs: number, toMs: number): void {
    const saidMs = date === null ? NaN : Date.parse(date);
    if (!(Math.abs(saidMs) > 0) || this.#hosts.size >= MAX_HOSTS && !this.#hosts.has(host)) return;
    // The header names the second in which it was written.
    const skewMs = saidMs + 1000 < fromMs
      ? saidMs + 500 - fromMs
      : saidMs > toMs
      ? saidMs + 500 - toMs
      : 0;
    const known = this.#hosts.get(host);
    const isNew = known === undefined || Math.abs(known.skewMs - skewMs) >= LEAST_SKEW_MS;
    this.#hosts.set(host, {
      host,
      skewMs,
      sinceMs: isNew ? toMs : known.sinceMs,
      looks: isNew ? 1 : known.looks + 1,
      lookedMs: toMs,
    });
  }
}
