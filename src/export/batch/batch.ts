/**
 * Batches, where they come from and wait, and counts of what became of them.
 *
 * @module
 */

/** A request that is ready to be sent. */
export interface Batch {
  /** Encoded, and compressed when `gzipped`. */
  readonly body: Uint8Array<ArrayBuffer>;
  /** Whether it is JSON; protocol buffers otherwise. */
  readonly json: boolean;
  /** Whether `body` is compressed. */
  readonly gzipped: boolean;
  /** Spans, records or points in it. */
  readonly itemCount: number;
  /** When it was made, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The same by the monotonic clock of this process; undefined when another process made it. */
  readonly monotonicMs?: number | undefined;
}

/** When the items of a batch were gathered, by both clocks. */
export type Moment = Required<Pick<Batch, "timeMs" | "monotonicMs">>;

/** Where the items of batches come from: a queue, or a collection. */
export interface BatchSource<T> {
  readonly ledger: Ledger;
  /** Spans, records or points that were not taken yet. */
  readonly waiting: number;
  /** When they were gathered; undefined for items that wait one by one. */
  readonly gathered?: Moment | undefined;
  /** Called when a batch is due. */
  onReady: () => void;
  /** Gathers what is due, for a source where that takes time. Never rejects. */
  prepare?(): Promise<void>;
  /** The items of the next batch that is due; empty when none is. */
  take(): readonly T[];
  /** Gathers what it can without waiting: the process is ending. */
  gather?(): void;
  /** Makes everything that waits due. */
  hurry(): void;
  /** Stops its timers, takes nothing more, and returns how many items were left. */
  close(): number;
}

/** Where batches wait besides memory: a disk. */
export interface Store {
  /** A batch older than this is dropped. */
  readonly maxAgeMs: number;
  /** Items of all its batches. */
  readonly items: number;
  /** Whether a batch may be written; not for a while after one could not be. */
  readonly isOpen: boolean;
  /** Called when there is a batch to send. */
  onReady: () => void;
  /**
   * Writes and adds a batch; `onAdded` is called in the step that adds it. False when it can't be
   * written, or `writeSync` was called meanwhile.
   */
  write(batch: Batch, onAdded: () => void): Promise<boolean>;
  /** Writes and adds a batch before it returns; false when it can't. Ends a `write` that is under way. */
  writeSync(batch: Batch): boolean;
  /** The batch whose turn it is, which stays until `shift`; rejects when it can't be read now, but may be later. */
  first(): Promise<Batch | undefined>;
  /** Removes the batch that `first` gave; false when it is gone already. */
  shift(): boolean;
}

/** How the items of one signal become requests. */
export interface Encoding<T> {
  /** Whether requests are JSON; protocol buffers otherwise. */
  readonly json: boolean;
  /** One request of these items; may throw. */
  readonly encode: (items: readonly T[]) => Uint8Array<ArrayBuffer>;
  /** How many spans, records or points one item is. @default 1 */
  readonly countOf?: ((item: T) => number) | undefined;
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

/** Plain numbers of one signal: `accepted` is `exported`, what was dropped and what is queued. */
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
