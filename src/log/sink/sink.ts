/**
 * The interface of a sink: where a logger's records go.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { OutputCounts } from "./line_queue.ts";
import type { Threshold } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";

/** Takes records: each once, soon after it was logged and in order. */
export interface LogSink {
  /** What it is called in reports about it. @default `sink` */
  readonly name?: string | undefined;
  /** The lowest level it takes. @default all that the logger records */
  readonly level?: Threshold | undefined;
  /** Lines written and dropped, if the sink counts them. */
  readonly counts?: Readonly<OutputCounts> | undefined;
  /**
   * Records that were taken and are not out, if the sink knows. When the process is about to end
   * and flushSync did not help, the logger says on standard error what is left.
   */
  readonly waiting?: number | undefined;
  /** Called once, by the logger that it belongs to, before the first record. */
  start?(host: SinkHost): void;
  /** Takes one record; a throw is counted and ends nothing. */
  write(record: LogRecord): void;
  /** Resolves when what was taken is out. */
  flush?(): Promise<void>;
  /** Brings out what was taken before it returns: the process is ending. */
  flushSync?(): void;
  /** Releases what it holds. Called by `Logger.close()`, after a flush of at most five seconds. */
  close?(): void | Promise<void>;
}

/** What a logger does for its sinks. */
export interface SinkHost {
  /** The logger's time. */
  readonly clock: Clock;
  /** Counts a failure; a line about it is logged, one a minute for each sink. */
  report(error: unknown): void;
}

/** A sink, or just a function of a record. */
export type Sink = LogSink | ((record: LogRecord) => unknown);

/** How long the end of a logger or of a sink waits for lines to get out. */
export const CLOSE_MS = 5000;

let turns = 0;

/** Runs what calls sinks; inside it {@linkcode isSinkTurn} is true. */
export function sinkTurn<T>(fn: () => T): T {
  turns++;
  try {
    return fn();
  } finally {
    turns--;
  }
}

/** Whether a sink is called now: what it says with `console` would come back to it without end. */
export function isSinkTurn(): boolean {
  return turns > 0;
}
