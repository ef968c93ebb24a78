/**
 * The queues of spans and log records in front of the sender, whose code may still be loading.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { DropReason } from "../batch/batch.ts";
import { Batcher } from "../batch/batcher.ts";
import type { OtlpSettings, OtlpSignal } from "./settings.ts";
import type { ExportedSpan } from "./wire/traces.ts";

/** Plain numbers of one signal; `accepted` is `exported`, `queued` and all that was dropped. */
export interface OtlpCounts {
  /** Items taken in, those that an earlier process left in the spool included. */
  readonly accepted: number;
  /** Items that the receiver has. */
  readonly exported: number;
  /** Items that it will never have, by reason. */
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Items that are neither. */
  readonly queued: number;
  /** Items that are on their way now. */
  readonly inFlight: number;
  /** The most items that wait in memory; 0 for metrics, which do not queue. */
  readonly capacity: number;
}

/** About what a span occupies that does not say. */
const SPAN_SIZE = 1024;

/** One queue for each signal that is exported; metrics need none. */
export class OtlpQueues {
  readonly traces: Batcher<ExportedSpan> | undefined;
  readonly logs: Batcher<LogRecord> | undefined;
  readonly #settings: OtlpSettings;

  constructor(settings: OtlpSettings, clock: Clock) {
    this.#settings = settings;
    const { traces, logs } = settings;
    if (traces !== undefined) this.traces = new Batcher<ExportedSpan>(traces, sizeOf, clock);
    if (logs !== undefined) {
      this.logs = new Batcher<LogRecord>(logs, ({ sizeBytes }) => sizeBytes, clock);
    }
  }

  /** Items of all queues. */
  get waiting(): number {
    return (this.traces?.waiting ?? 0) + (this.logs?.waiting ?? 0);
  }

  /** The numbers of a signal as long as there is no sender. */
  counts(signal: OtlpSignal): OtlpCounts | undefined {
    const queue = signal === "metrics" ? undefined : this[signal];
    if (queue === undefined) return undefined;
    const { ledger: { accepted, exported, dropped }, waiting } = queue;
    const capacity = this.#settings[signal]!.maxItems;
    return { accepted, exported, dropped, queued: waiting, inFlight: 0, capacity };
  }

  /** Drops all that waits, and what comes: there will be no sender. */
  close(): void {
    for (const queue of [this.traces, this.logs]) queue?.ledger.drop("shutdown", queue.close());
  }
}

function sizeOf(span: ExportedSpan): number {
  return "size" in span ? span.size ?? SPAN_SIZE : SPAN_SIZE;
}
