/**
 * Records that say the same become one.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import { JsonFields } from "./json_fields.ts";
import type { LogRecord } from "./record.ts";

/** How records are folded. */
export interface FoldOptions {
  /** How long after the first of them a record counts as the same; 1000 by default. */
  readonly withinMs?: number | undefined;
}

interface Seen {
  readonly first: LogRecord;
  repeated: number;
}

/** Different records that are remembered within one while; one more ends it. */
const MAX_SEEN = 1000;
/** About what they may occupy. */
const MAX_SEEN_BYTES = 1024 * 1024;

/**
 * Passes the first record of those that agree in level, category, message and fields, counts the
 * others, and gives the last word when the while is over: the first one again with the count.
 */
export class Fold {
  readonly #withinMs: number;
  readonly #clock: Clock;
  readonly #last: (record: LogRecord, repeated: number) => void;
  readonly #seen = new Map<string, Seen>();
  #seenBytes = 0;
  #cancel: (() => void) | undefined;

  /** @throws {RangeError} for a while that can't work */
  constructor(
    { withinMs = 1000 }: FoldOptions,
    clock: Clock,
    last: (record: LogRecord, repeated: number) => void,
  ) {
    if (!(withinMs > 0 && withinMs < 2 ** 31)) {
      throw new RangeError(`Cannot fold log records: withinMs must be at least 1, got ${withinMs}`);
    }
    this.#withinMs = withinMs;
    this.#clock = clock;
    this.#last = last;
  }

  /** Whether the record is the first of its kind; another one is counted. */
  admit(record: LogRecord): boolean {
    const key = keyOf(record), seen = this.#seen.get(key);
    if (seen !== undefined) {
      seen.repeated++;
      return false;
    }
    this.#seenBytes += record.sizeBytes + key.length;
    if (this.#seen.size >= MAX_SEEN || this.#seenBytes > MAX_SEEN_BYTES) this.settle();
    this.#cancel ??= this.#clock.after(this.#withinMs, () => this.settle());
    this.#seen.set(key, { first: record, repeated: 0 });
    return true;
  }

  /** Ends the while: gives a last word where records were folded. */
  settle(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    const folded = [...this.#seen.values()].filter(({ repeated }) => repeated > 0);
    this.#seen.clear();
    this.#seenBytes = 0;
    for (const { first, repeated } of folded) this.#last(first, repeated);
  }
}

/** No key is anybody's own here. */
const members = /* @__PURE__ */ new JsonFields((key) => key);

/** Fields are plain data and bounded, so their text is too. */
function keyOf({ level, category, message, fields, bound }: LogRecord): string {
  return JSON.stringify([level, category, message]) + members.encode(fields) +
    (bound === undefined ? "" : "|" + members.encode(bound.fields));
}
