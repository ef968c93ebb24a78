/**
 * What is to be exported before there is an exporter: loading it takes some milliseconds.
 *
 * @module
 */
import { BoundedQueue } from "../export/batch/queue.ts";
import { Ledger } from "../export/batch/batch.ts";
import type { OtlpCounts } from "../export/otlp/parts.ts";

/** What may wait, as in the exporter's own queue. */
const MAX_BYTES = 16 * 1024 * 1024;

/** A bounded queue that keeps the exporter's books until it hands over to it. */
export class Early<T> {
  readonly #capacity: number;
  readonly #queue: BoundedQueue<T>;
  readonly #ledger = new Ledger();
  #closed = false;

  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#queue = new BoundedQueue(capacity, MAX_BYTES);
  }

  /** Takes an item, or drops it and counts that. */
  add(item: T, sizeBytes: number): void {
    this.#ledger.accepted++;
    if (this.#closed) this.#ledger.drop("shutdown", 1);
    else if (!this.#queue.add(item, sizeBytes)) this.#ledger.drop("queue_full", 1);
  }

  /** Plain numbers, as the exporter will have them. */
  get counts(): OtlpCounts {
    const { accepted, exported, dropped } = this.#ledger;
    const { length: queued } = this.#queue;
    return { accepted, exported, dropped, queued, inFlight: 0, capacity: this.#capacity };
  }

  /** Gives away all that waits, and tells how many found no room. */
  handOver(take: (item: T) => void): number {
    for (const item of this.#queue.take(Infinity, Infinity)) take(item);
    return this.#ledger.dropped.get("queue_full") ?? 0;
  }

  /** There will be no exporter. */
  close(): void {
    this.#closed = true;
    this.#ledger.drop("shutdown", this.#queue.take(Infinity, Infinity).length);
  }
}
