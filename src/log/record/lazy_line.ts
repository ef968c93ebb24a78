/**
 * A log line of which a record is made only when somebody reads it.
 *
 * @module
 */
import type { LogRecord } from "./record.ts";

/**
 * A line that a part of ours writes for each request, with fields that are always the same: for the
 * JSON format no record is made of it, and no object of its fields.
 */
export abstract class LazyLine {
  /** These are what they are in a {@linkcode LogRecord}. */
  abstract readonly timeMs: number;
  abstract readonly severity: number;
  abstract readonly level: string;
  abstract readonly message: string;
  abstract readonly service: string;
  abstract readonly category: string;
  abstract readonly traceId: string;
  abstract readonly spanId: string;
  abstract readonly requestId: string;
  abstract readonly sizeBytes: number;
  /** The record, made anew at each call. */
  abstract record(): LogRecord;
  /**
   * The fields as members of a JSON object on one line, each with a comma before it. None has a name that
   * the JSON format uses itself.
   */
  abstract members(): string;
}

/** What waits for the sinks. */
export type Line = LogRecord | LazyLine;
