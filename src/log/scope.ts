/**
 * What one logger adds to each of its records.
 *
 * @module
 */
import type { Gate } from "./gate/thresholds.ts";
import type { BoundFields } from "./record/record.ts";

/** A logger's category and fields, and the gate that its calls pass. */
export class Scope {
  readonly gate: Gate;
  readonly category: string;
  readonly bound: BoundFields | undefined;
  /** What a record occupies besides its message and the fields of the call. */
  readonly baseBytes: number;

  constructor(gate: Gate, category: string, bound: BoundFields | undefined, baseBytes: number) {
    this.gate = gate;
    this.category = category;
    this.bound = bound;
    this.baseBytes = baseBytes;
  }
}
