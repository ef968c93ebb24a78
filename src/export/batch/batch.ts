/**
 * Batches: what is sent in one request.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";

/** A request that is ready to be sent. */
export interface Batch {
  /** Encoded, and compressed when `gzipped`. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether it is JSON; protocol buffers else. */
  readonly json: boolean;
  /** Whether `body` is compressed. */
  readonly gzipped: boolean;
  /** Spans, records or points in it. */
  readonly items: number;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The same by the monotonic clock of this process; undefined for one that another process made. */
  readonly monotonicMs?: number | undefined;
}

/** Where batches come from. */
export interface BatchSource {
  /** Spans, records or points that no batch has yet. */
  readonly waiting: number;
  /** Told when there is a batch to take. */
  onReady: () => void;
  /** Gathers what is due, where that takes time. Never rejects. */
  prepare?(): Promise<void>;
  /** The next batch that is due; undefined when none is. */
  take(): Batch | undefined;
  /** Gathers what there is without waiting: the process is ending. Where that is to be done at all. */
  gather?(): void;
  /** Makes all that waits due. */
  hurry(): void;
  /** Ends its timers, takes nothing in any more, and tells how many items it let go. */
  close(): number;
}

/** How items of one signal become requests. */
export interface Encoding<T> {
  /** Whether requests are JSON; protocol buffers else. */
  readonly json: boolean;
  /** One request of these items; may throw. */
  encode(items: readonly T[]): Uint8Array<ArrayBuffer>;
  /** How many spans, records or points one item is. */
  countOf(item: T): number;
}

/** The largest request by the specification. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;

/** What counts beside the items themselves. */
export interface BatchParts {
  readonly ledger: Ledger;
  readonly faults: Faults;
}

/** When a batch was made, by both clocks. */
export type Moment = Required<Pick<Batch, "timeMs" | "monotonicMs">>;

/** One batch of these items, or several when one would be too large. What can't be sent is dropped. */
export function encodeBatches<T>(
  items: readonly T[],
  encoding: Encoding<T>,
  moment: Moment,
  { ledger, faults }: BatchParts,
): Batch[] {
  const count = items.reduce((sum, item) => sum + encoding.countOf(item), 0);
  const body = faults.guard("otlp encoder", () => encoding.encode(items));
  if (body !== undefined && body.length <= MAX_REQUEST_BYTES) {
    return [{ body, json: encoding.json, gzipped: false, items: count, ...moment }];
  }
  if (items.length === 1) {
    ledger.drop("unsendable", count);
    return [];
  }
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)].flatMap((half) =>
    encodeBatches(half, encoding, moment, { ledger, faults })
  );
}

/** The same batch, compressed; as it is when that fails. */
export async function compress(batch: Batch, faults: Faults): Promise<Batch> {
  try {
    return { ...batch, body: await gzip(batch.body), gzipped: true };
  } catch (error) {
    faults.record("gzip", error);
    return batch;
  }
}

/**
 * Why something was not exported.
 *
 * - `queue_full`: the queue in memory had no room;
 * - `spool_full`, `spool_failed`, `spool_damaged`: the folder's size cap, what could not be written
 *   there at the end, a file that was gone or could not be read;
 * - `expired`: it waited too long;
 * - `rejected`: the receiver took the request, but not this;
 * - `refused`: the receiver did not take the request, and would not later;
 * - `unsendable`: it could not be encoded, or is larger than a request may be;
 * - `shutdown`: it could not be sent in time, or came after the end.
 */
export type DropReason =
  | "queue_full"
  | "spool_full"
  | "spool_failed"
  | "spool_damaged"
  | "expired"
  | "rejected"
  | "refused"
  | "unsendable"
  | "shutdown";

/** Plain numbers of one signal: `accepted` is `exported` and all that was dropped or is queued. */
export class Ledger {
  /** Items taken in, those that an earlier process left behind included. */
  accepted = 0;
  /** Items that the receiver has. */
  exported = 0;
  /** Items that it will never have, by reason. */
  readonly dropped: Map<DropReason, number> = new Map();

  /** Counts items that are lost. */
  drop(reason: DropReason, items: number): void {
    if (items > 0) this.dropped.set(reason, (this.dropped.get(reason) ?? 0) + items);
  }
}

/** The bytes as one gzip member. */
export async function gzip(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
