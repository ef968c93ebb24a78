/**
 * What happened to the requests that got each variant of a flag.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import { Frame } from "../../events/store/frame.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { EffectReply } from "./shapes.ts";

/** Variants that are told of one flag. */
export const MAX_VARIANTS = 8;
/** How long the event loop may be held. */
const HOLD_MS = 3;

/** The effects of flags, of the rows that are held. */
export class Effects {
  readonly #frame: Frame | undefined;
  readonly #pause = new Pause(undefined, undefined, HOLD_MS);

  constructor(events: Rows | undefined) {
    this.#frame = events && Frame.of(events, true);
  }

  /** The variants of a flag, the most frequent first. */
  async of(flag: string): Promise<EffectReply[]> {
    const frame = this.#frame;
    if (frame?.column(`flag.${flag}`) === undefined) return [];
    const steps = frame.keys(`flag.${flag}`);
    let step = steps.next();
    for (; !step.done; step = steps.next()) if (this.#pause.isDue) await this.#pause.take();
    const { keys, values } = step.value;
    const statuses = frame.column("status")?.numbers, ms = frame.column("ms")?.numbers;
    const times = values.map((): number[] => []), failed = new Uint32Array(values.length);
    let all = 0;
    for (let row = 0; row < frame.count; row++) {
      const key = keys[row]!, status = statuses?.[row] ?? NaN;
      // A job has no status; a change of a flag is no work at all.
      if (key === 0 || !(status > 0)) continue;
      all++;
      times[key]!.push(ms?.[row] ?? NaN);
      if (status >= 500) failed[key]!++;
    }
    if (this.#pause.isDue) await this.#pause.take();
    const told = values.flatMap((value, key): EffectReply[] => {
      const requests = times[key]!.length;
      if (value === undefined || requests === 0) return [];
      const sorted = Float64Array.from(times[key]!).sort();
      const p99 = sorted[Math.min(requests - 1, Math.floor(requests * 0.99))]!;
      return [{
        variant: String(value).slice(0, 80),
        requests,
        share: Number((requests / all).toPrecision(3)),
        errors: Number((failed[key]! / requests).toPrecision(3)),
        p99: Number.isFinite(p99) ? Number(p99.toPrecision(3)) : null,
      }];
    });
    return told.sort((a, b) => b.requests - a.requests).slice(0, MAX_VARIANTS);
  }
}
