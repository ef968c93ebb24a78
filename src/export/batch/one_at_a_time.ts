/**
 * Work that never runs twice at once.
 *
 * @module
 */
import { run } from "../../core/context.ts";

/** Runs `work` on request, never twice at once; when requested meanwhile, once more afterwards. */
export class OneAtATime {
  readonly #work: () => Promise<void>;
  readonly #onError: (error: unknown) => void;
  #wanted = false;
  #running: Promise<void> | undefined;

  constructor(work: () => Promise<void>, onError: (error: unknown) => void) {
    this.#work = work;
    this.#onError = onError;
  }

  /** Resolves when the work that is under way, and was requested now, is done. Never rejects. */
  start(): Promise<void> {
    this.#wanted = true;
    // Outside any context: the work is nobody's request.
    return this.#running ??= run(undefined, () => this.#run());
  }

  async #run(): Promise<void> {
    while (this.#wanted) {
      this.#wanted = false;
      try {
        await this.#work();
      } catch (error) {
        this.#onError(error);
      }
    }
    // In one step with the last look at `#wanted`, so that no call falls in between.
    this.#running = undefined;
  }
}
