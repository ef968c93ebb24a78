/**
 * Answers about keys and texts that recur.
 *
 * @module
 */
/** A power of two, for the mask. */
const SLOTS = 256;
/** Longer texts are not kept, in UTF-16 units. */
const MAX_LENGTH = 256;

/**
 * The last text of each cheap hash that was found to need no change: keys that hide nothing, routes, names
 * of spans. A look costs less than one into a map.
 */
export class RecentTexts {
  readonly #slots: string[] = new Array<string>(SLOTS).fill("");

  /** Whether the text was added, and none of its hash since. */
  has(text: string): boolean {
    return this.#slots[slotOf(text)] === text;
  }

  /** Keeps a text, unless it is long. It must not be a slice of a longer one, which would stay in memory. */
  add(text: string): void {
    if (text.length <= MAX_LENGTH) this.#slots[slotOf(text)] = text;
  }
}

function slotOf(text: string): number {
  const length = text.length;
  return (text.charCodeAt(0) * 5 + text.charCodeAt(length - 1) * 3 + length * 7) & (SLOTS - 1);
}
