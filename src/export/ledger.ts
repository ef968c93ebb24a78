/**
 * What became of everything that was to be exported.
 *
 * @module
 */

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
