/**
 * Gathers single spans and records into batches.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { run } from "../../core/context.ts";
import { BoundedQueue } from "./queue.ts";
import {
  type Batch,
  type BatchParts,
  type BatchSource,
  encodeBatches,
  type Encoding,
} from "./batch.ts";

/** Bounds of a {@linkcode Batcher}. */
export interface BatcherOptions {
  /** How long an item may wait for others. */
  readonly delayMs: number;
  /** Items that wait at most. */
  readonly maxQueue: number;
  /** About what they may occupy. */
  readonly maxQueueBytes: number;
  /** Items of one batch. */
  readonly maxBatch: number;
  /** Whether the oldest item makes room for a new one, which else is dropped. */
  readonly dropOldest?: boolean | undefined;
}

/** About what the items of one batch may occupy; receivers take 20 MiB and more. */
const MAX_BATCH_BYTES = 4 * 1024 * 1024;

/**
 * A bounded queue that gives batches: once enough items wait, or one waited long enough. An item
 * that finds no room is dropped and counted.
 */
export class Batcher<T> implements BatchSource {
  onReady: () => void = () => {};
  readonly #options: BatcherOptions;
  readonly #encoding: Encoding<T>;
  readonly #sizeOf: (item: T) => number;
  readonly #parts: BatchParts & { readonly clock: Clock };
  readonly #queue: BoundedQueue<T>;
  /** Made of items that were too much for one request. */
  #made: Batch[] = [];
  /** However few wait, they are wanted. */
  #due = false;
  /** The word that a batch is full is out, and it was not taken yet. */
  #announced = false;
  #closed = false;
  #cancel: (() => void) | undefined;

  constructor(
    options: BatcherOptions,
    encoding: Encoding<T>,
    sizeOf: (item: T) => number,
    parts: BatchParts & { readonly clock: Clock },
  ) {
    this.#options = options;
    this.#encoding = encoding;
    this.#sizeOf = sizeOf;
    this.#parts = parts;
    this.#queue = new BoundedQueue(options.maxQueue, options.maxQueueBytes);
  }

  /** Takes an item, or drops it and counts that. Never throws. */
  add(item: T): void {
    const { ledger } = this.#parts;
    ledger.accepted++;
    if (this.#closed) return ledger.drop("shutdown", 1);
    if (!this.#fits(item)) return ledger.drop("queue_full", 1);
    if (this.#cancel === undefined) this.#wait();
    if (!this.#announced && this.#isFull) this.#announce();
  }

  get waiting(): number {
    return this.#made.reduce((sum, batch) => sum + batch.items, this.#queue.length);
  }

  take(): Batch | undefined {
    if (this.#made.length === 0 && (this.#isFull || this.#due)) {
      this.#announced = false;
      const items = this.#queue.take(this.#options.maxBatch, MAX_BATCH_BYTES);
      const { clock } = this.#parts;
      const moment = { timeMs: clock.now(), monotonicMs: clock.monotonic() };
      if (items.length > 0) {
        this.#made.push(...encodeBatches(items, this.#encoding, moment, this.#parts));
      }
      if (this.#queue.length === 0) this.#due = false;
    }
    return this.#made.shift();
  }

  hurry(): void {
    this.#due = true;
  }

  close(): number {
    const { waiting } = this;
    this.#closed = true;
    this.#cancel?.();
    this.#queue.take(Infinity, Infinity);
    this.#made = [];
    return waiting;
  }

  #fits(item: T): boolean {
    const size = this.#sizeOf(item);
    if (this.#queue.add(item, size)) return true;
    if (this.#options.dropOldest !== true) return false;
    do {
      const made = this.#queue.take(1, 0).length;
      this.#parts.ledger.drop("queue_full", made);
      if (made === 0) return false;
    } while (!this.#queue.add(item, size));
    return true;
  }

  get #isFull(): boolean {
    return this.#queue.length >= this.#options.maxBatch || this.#queue.bytes >= MAX_BATCH_BYTES;
  }

  // Outside any context: a timer would carry the request that armed it into every later export.

  #wait(): void {
    this.#cancel = run(undefined, () =>
      this.#parts.clock.after(this.#options.delayMs, () => {
        this.#cancel = undefined;
        this.#due = true;
        this.onReady();
      }));
  }

  /** Not in the call of the application, which would pay for the encoding. */
  #announce(): void {
    this.#announced = true;
    run(undefined, () => this.#parts.clock.after(0, () => this.onReady()));
  }
}
