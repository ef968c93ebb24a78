/**
 * What is put up where it outlives the module that did it.
 *
 * @module
 */
import { surviving } from "./platform.ts";

/**
 * Knows what a module has put up in a place that others share, such as `console`: evaluated again by
 * `bun --hot`, it takes down what it left there before.
 */
export class Standing {
  readonly #all: Set<() => void>;
  #stale: readonly (() => void)[];

  /** @param url the module's own `import.meta.url` */
  constructor(url: string) {
    this.#all = surviving(url, () => new Set());
    this.#stale = [...this.#all];
  }

  /** To be called before something is put up. */
  clear(): void {
    for (const takeDown of this.#stale) takeDown();
    this.#stale = [];
  }

  /** Something is up now; `takeDown` is to be called once, by what this returns. */
  add(takeDown: () => void): () => void {
    const down = () => {
      this.#all.delete(down);
      takeDown();
    };
    this.#all.add(down);
    return down;
  }
}
