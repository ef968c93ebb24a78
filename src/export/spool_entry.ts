/**
 * One file of the spool.
 *
 * @module
 */

/** A batch that waits on disk. */
export interface SpoolEntry {
  /** The file's path. */
  readonly path: string;
  /** Items of the batch. */
  readonly items: number;
  /** Size of the file. */
  readonly bytes: number;
  /** When the batch was made, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The same by the monotonic clock; undefined when another process made it. */
  readonly monotonicMs?: number | undefined;
  /** Whether another process wrote it, which has ended. */
  readonly adopted: boolean;
}
