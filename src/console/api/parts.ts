/**
 * What the console shows: parts of the composition, by shape.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Resource } from "../../core/resource.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { RecordRing } from "../../log/record/ring.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { FinishedSpans } from "../../trace/span/finished.ts";
import type { FlagStore } from "./flags.ts";

/** The parts that the console reads. */
export interface ConsoleParts {
  /** One row for each request or job; undefined where none are kept. */
  readonly events: Rows | undefined;
  /** The lines of the log. */
  readonly ring: Pick<RecordRing, "first" | "next" | "at" | "bytes" | "maxBytes">;
  /** The spans that ended last. */
  readonly finished: Pick<FinishedSpans, "ofTrace"> & Iterable<SpanRecord>;
  /** The flags, which are made when they are first asked for. */
  readonly flags: () => FlagStore;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
  /** The service that the console belongs to. */
  readonly resource: Pick<Resource, "service" | "version">;
  /** Source of time. */
  readonly clock: Clock;
}
