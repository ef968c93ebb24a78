/**
 * What profiling all the time may cost.
 *
 * @module
 */
import type { RawCpu } from "../sample/raw.ts";
import type { Engine } from "../sample/timeline.ts";

/** Of this time the budget is an average: what was not spent in it is not saved for later. */
const SPAN_MS = 120_000;

/**
 * What one sample costs all threads together, in microseconds: of code that runs, and of a thread that
 * sleeps, which V8 wakes for it. No runtime tells; bench/profile/overhead.ts measures it.
 */
const SAMPLE_MICROS: Readonly<Record<Engine, { readonly work: number; readonly idle: number }>> = {
  v8: { work: 55, idle: 130 },
  jsc: { work: 55, idle: 0 },
};

/** What profiling all the time spends time on; `sample` is estimated, by their number. */
export type CostStep = "start" | "rotate" | "read" | "sample";

/**
 * A share of the time that may be spent on profiles. It fills as time passes. Once it is empty, it has to be
 * half full again, and to hold what a start costs, before more may be spent.
 */
export class Budget {
  /** What was spent so far, in milliseconds. */
  readonly costMs: Readonly<Record<CostStep, number>>;
  readonly #costMs: Record<CostStep, number> = { start: 0, rotate: 0, read: 0, sample: 0 };
  readonly #share: number;
  readonly #beganMs: number;
  readonly #mostMs: number;
  #balanceMs: number;
  #lastMs: number;
  #isEmpty = false;
  #startMs = 0;

  /** @param share of the time of one CPU */
  constructor(share: number, nowMs: number) {
    this.costMs = this.#costMs;
    this.#share = share;
    this.#beganMs = nowMs;
    this.#mostMs = this.#balanceMs = share * SPAN_MS;
    this.#lastMs = nowMs;
  }

  /** So much was spent. The next start is taken to be as dear as the last. */
  spend(step: CostStep, ms: number): void {
    this.#costMs[step] += ms;
    this.#balanceMs -= ms;
    if (step === "start") this.#startMs = ms;
  }

  /** What was spent, as a share of the time since the begin. */
  overhead(nowMs: number): number {
    const { start, rotate, read, sample } = this.#costMs;
    return (start + rotate + read + sample) / Math.max(1, nowMs - this.#beganMs);
  }

  /** How long nothing more may be spent; 0 when something may. */
  restMs(nowMs: number): number {
    const earned = this.#share * Math.max(0, nowMs - this.#lastMs);
    this.#lastMs = nowMs;
    this.#balanceMs = Math.min(this.#mostMs, this.#balanceMs + earned);
    if (this.#balanceMs < 0) this.#isEmpty = true;
    if (!this.#isEmpty) return 0;
    const enoughMs = Math.min(this.#mostMs, Math.max(this.#mostMs / 2, 2 * this.#startMs));
    if (this.#balanceMs < enoughMs) return (enoughMs - this.#balanceMs) / this.#share;
    this.#isEmpty = false;
    return 0;
  }
}

/** What the samples of a profile have cost, in milliseconds. */
export function samplingMs({ nodes, samples = [] }: RawCpu, engine: Engine): number {
  const idle = nodes.find(({ callFrame }) => callFrame.functionName === "(idle)")?.id;
  const costs = SAMPLE_MICROS[engine];
  let micros = 0;
  for (const id of samples) micros += id === idle ? costs.idle : costs.work;
  return micros / 1000;
}
