/**
 * What profiling has done, in numbers.
 *
 * @module
 */

/** How a capture ended. */
export type CaptureResult =
  | "ok"
  | "busy"
  | "failed"
  | "stopped"
  | "skipped"
  | "over budget"
  | "too large";

/** Captures by kind, cause and result; what they cost. */
export class ProfileCounts {
  readonly #captures = new Map<string, number>();
  /** How long starts of profilers have blocked the thread, together. */
  blockedMs = 0;
  /** How long the last start has. */
  lastStartMs = 0;
  /** Windows taken over from one another, and how long that took, together. */
  rotations = 0;
  rotatingMs = 0;

  /** Counts a capture. */
  add(kind: string, trigger: string, result: CaptureResult): void {
    const key = `${kind}/${trigger}/${result}`;
    this.#captures.set(key, (this.#captures.get(key) ?? 0) + 1);
  }

  /** Adds the start of a profiler. */
  started(blockedMs: number): void {
    this.blockedMs += blockedMs;
    this.lastStartMs = blockedMs;
  }

  /** All captures: kind, cause, result, and how many. */
  captures(): readonly (readonly [kind: string, trigger: string, result: string, count: number])[] {
    return [...this.#captures].map(([key, count]) => {
      const [kind, trigger, result] = key.split("/") as [string, string, string];
      return [kind, trigger, result, count];
    });
  }
}
