/**
 * A profile as plain data: frames, and stacks of them with their values.
 *
 * @module
 */

/** A place in the code. */
export interface Frame {
  /** The name of the function; `(anonymous)` without one. */
  readonly name: string;
  /** The path or URL of the source; empty for native code. */
  readonly file: string;
  /** The line of the place, from 1; 0 when it is not known. */
  readonly line: number;
  /** The line at which the function begins, from 1; 0 when it is not known. */
  readonly startLine: number;
}

/** A value that each stack has. */
export interface ValueType {
  /** Such as `cpu`. */
  readonly type: string;
  /** Such as `nanoseconds`. */
  readonly unit: string;
}

/** One stack, and what was seen of it. */
export interface Stack {
  /** Indexes of frames, the innermost first. */
  readonly frames: readonly number[];
  /** A whole number for each value type. */
  readonly values: readonly number[];
  /** What else is known, such as the route. */
  readonly labels?: Readonly<Record<string, string>> | undefined;
}

/** What a profile consists of. */
export interface ProfileData {
  /** What it is about. */
  readonly kind: "cpu" | "heap";
  /** The last one is shown unless another is asked for. */
  readonly types: readonly ValueType[];
  /** What the distance between samples is counted in. */
  readonly periodType: ValueType;
  /** The distance between samples that was asked for. */
  readonly period: number;
  /** When it began, in milliseconds since the Unix epoch. */
  readonly startMs: number;
  /** How long it took. */
  readonly durationMs: number;
  /** The distinct places. */
  readonly frames: readonly Frame[];
  /** The stacks, in no order. */
  readonly stacks: readonly Stack[];
  /** Remarks for the reader. */
  readonly comments: readonly string[];
}
