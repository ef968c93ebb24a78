/**
 * Options of profiles that are taken on demand.
 *
 * @module
 */
import { check, checkNumber, checkWhole, type Known, refuseUnknown } from "../../core/check.ts";
import { type Clock, systemClock } from "../../core/clock.ts";

/** The longest profile on demand. */
export const MAX_SECONDS = 300;

/** What all profiles on demand have in common. */
export interface CaptureOptions {
  /** Ends it early; it then rejects with the reason of the signal. */
  readonly signal?: AbortSignal | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

/** Options of {@linkcode cpuProfile}. */
export interface CpuProfileOptions extends CaptureOptions {
  /** How long to sample, from 0.01 to 300 seconds. */
  readonly seconds: number;
  /**
   * The distance between samples that is asked for, from 100 to 1,000,000 microseconds. Runtimes keep to
   * it roughly: Bun samples each 20 ms where 10 are asked for.
   *
   * @default 1000, or that of the profiler in the background where it can be shared, as on Deno and Node
   */
  readonly intervalMicros?: number | undefined;
}

/** Options of {@linkcode heapProfile}. */
export interface HeapProfileOptions extends CaptureOptions {
  /**
   * How long to sample allocations, from 0.01 to 300 seconds; what lives at the end is shown. Nothing is
   * waited for where allocations have been sampled since the start, and on Bun, which tells all objects.
   *
   * @default 5
   */
  readonly seconds?: number | undefined;
  /** Bytes between two samples, on average, from 1024. @default 524_288 */
  readonly intervalBytes?: number | undefined;
}

const KNOWN_CPU: Known<CpuProfileOptions> = {
  seconds: true,
  intervalMicros: true,
  signal: true,
  clock: true,
};

const KNOWN_HEAP: Known<HeapProfileOptions> = {
  seconds: true,
  intervalBytes: true,
  signal: true,
  clock: true,
};

/** Throws for options that are not valid. */
export function checkCpuOptions(options: CpuProfileOptions): void {
  const what = "profile CPU";
  refuseUnknown(what, options, KNOWN_CPU);
  const { seconds, intervalMicros = 1000 } = options ?? {};
  checkNumber(what, "seconds", seconds, 0.01, MAX_SECONDS);
  checkWhole(what, "intervalMicros", intervalMicros, 100, 1_000_000);
  checkSignal(what, options.signal);
}

/** Throws for options that are not valid. */
export function checkHeapOptions(options: HeapProfileOptions): void {
  const what = "profile heap";
  refuseUnknown(what, options, KNOWN_HEAP);
  const { seconds = 5, intervalBytes = 1024, signal } = options;
  checkNumber(what, "seconds", seconds, 0.01, MAX_SECONDS);
  checkWhole(what, "intervalBytes", intervalBytes, 1024, 2 ** 30);
  checkSignal(what, signal);
}

function checkSignal(what: string, signal: unknown): void {
  const isSignal = signal === undefined ||
    typeof (signal as AbortSignal | null)?.addEventListener === "function";
  check(isSignal, what, "signal must be an AbortSignal", signal, TypeError);
}

/** Resolves after a time; rejects with the signal's reason when it aborts first. */
export function waitFor(
  seconds: number,
  { signal, clock = systemClock }: CaptureOptions,
): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const abort = () => {
      cancel();
      reject(signal!.reason);
    };
    const cancel = clock.after(seconds * 1000, () => {
      signal?.removeEventListener("abort", abort);
      resolve();
    });
    signal?.addEventListener("abort", abort, { once: true });
  });
}
