/**
 * Gathers single spans and records into batches, in a bounded queue.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import { type BatchSource, Ledger } from "./batch.ts";
import { BoundedQueue } from "./bounded_queue.ts";

/** Bounds of a {@linkcode Batcher}. */
export interface BatcherOptions {
  /** How long an item may wait for others. */
  readonly delayMs: number;
  /** The most items that wait. */
  readonly maxItems: number;
  /** About what they may occupy. @default 16 MiB */
  readonly maxBytes?: number | undefined;
  /** The most items of one batch. */
  readonly maxBatchItems: number;
  /** Whether the oldest item makes room for a new one, which is dropped otherwise. */
  readonly dropOldest?: boolean | undefined;
}

/** About what waiting items may occupy. */
const MAX_QUEUE_BYTES = 16 * 1024 * 1024;
/** About what the items of one batch may occupy; receivers take 20 MiB and more. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * A bounded queue that gives batches: once enough items wait, or one waited long enough. An item
 * that finds no room is dropped and counted.
 *
 * It holds items as they are and knows nothing of encoding or sending, so that it can begin before
 * that code is loaded.
 */
export class Batcher<T> implements BatchSource<T> {
  onReady: () => void = () => {};
  readonly ledger: Ledger = new Ledger();
  readonly #options: BatcherOptions;
  readonly #sizeOf: (item: T) => number;
  readonly #clock: Clock;
  readonly #queue: BoundedQueue<T>;
  /** A batch is wanted, however few items wait. */
  #due = false;
  /** `onReady` will be called for a full batch, which was not taken yet. */
  #announced = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(options: BatcherOptions, sizeOf: (item: T) => number, clock: Clock) {
    this.#options = options;
    this.#sizeOf = sizeOf;
    this.#clock = clock;
    this.#queue = new BoundedQueue(options.maxItems, options.maxBytes ?? MAX_QUEUE_BYTES);
  }

  /** Takes an item, or drops it and counts that. Never throws. */
  add(item: T): void {
    const { ledger } = this;
    ledger.accepted++;
    if (this.#closed) return ledger.drop("shutdown", 1);
    if (!this.#fits(item)) return ledger.drop("queue_full", 1);
    if (this.#cancel === undefined) this.#wait();
    if (!this.#announced && this.#isFull) this.#announce();
  }

  get waiting(): number {
    return this.#queue.length;
  }

  take(): readonly T[] {
    if (!this.#isFull && !this.#due) return [];
    this.#announced = false;
    const items = this.#queue.take(this.#options.maxBatchItems, MAX_BATCH_BYTES);
    if (this.#queue.length === 0) this.#due = false;
    return items;
  }

  hurry(): void {
    this.#due = true;
  }

  close(): number {
    this.#closed = true;
    this.#cancel?.();
    return this.#queue.take(Infinity, Infinity).length;
  }

  #fits(item: T): boolean {
    const size = this.#sizeOf(item);
    if (this.#queue.add(item, size)) return true;
    if (this.#options.dropOldest !== true) return false;
    do {
      const made = this.#queue.take(1, 0).length;
      this.ledger.drop("queue_full", made);
      if (made === 0) return false;
    } while (!this.#queue.add(item, size));
    return true;
  }

  get #isFull(): boolean {
    return this.#queue.length >= this.#options.maxBatchItems ||
      this.#queue.bytes >= MAX_BATCH_BYTES;
  }

  #wait(): void {
    // Outside any context: the timer would carry the request that armed it into every later export.
    this.#cancel = run(undefined, () =>
      this.#clock.after(this.#options.delayMs, () => {
        this.#cancel = undefined;
        this.#due = true;
        this.onReady();
      }));
  }

  /** Not in the call of the application, which would pay for the encoding. */
  #announce(): void {
    this.#announced = true;
    run(undefined, () => this.#clock.after(0, () => this.onReady()));
  }
}
