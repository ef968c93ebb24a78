/**
 * What a module installs in shared places, removed when `bun --hot` reloads it.
 *
 * @module
 */
import { surviving } from "./platform.ts";

/**
 * The installations of a module in a shared place, such as `console`. When `bun --hot` evaluates the
 * module again, those of the evaluation before are removed.
 */
export class Standing {
  readonly #all: Set<() => void>;
  #stale: readonly (() => void)[];

  /** @param url the module's own `import.meta.url` */
  constructor(url: string) {
    this.#all = surviving(url, () => new Set());
    this.#stale = [...this.#all];
  }

  /** Removes those of an earlier evaluation; to be called before an installation. */
  clear(): void {
    for (const takeDown of this.#stale) takeDown();
    this.#stale = [];
  }

  /** Adds an installation that `takeDown` removes; returns a function that calls it. */
  add(takeDown: () => void): () => void {
    const down = () => {
      this.#all.delete(down);
      takeDown();
    };
    this.#all.add(down);
    return down;
  }
}
