/**
 * What became of lines.
 *
 * @module
 */

/** Plain numbers about lines that are written. */
export interface OutputCounts {
  /** Lines that the system took. */
  written: number;
  /** Bytes that the system took. */
  writtenBytes: number;
  /** Lines lost because the queue was full. */
  droppedFull: number;
  /** Lines lost because nobody reads any more. */
  droppedClosed: number;
  /** Lines lost because the process ended while they could not be written. */
  droppedFailed: number;
  /** Writes that failed. */
  failures: number;
}

/** Counts that start at nothing. */
export function emptyCounts(): OutputCounts {
  return {
    written: 0,
    writtenBytes: 0,
    droppedFull: 0,
    droppedClosed: 0,
    droppedFailed: 0,
    failures: 0,
  };
}
