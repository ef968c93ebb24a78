/**
 * The settings of a logger.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { RedactOptions } from "../core/redact/options.ts";
import type { FlightOptions } from "./gate/flight.ts";
import type { Threshold } from "./record/level.ts";
import type { LimitOptions } from "./gate/limit.ts";
import type { LogSampler } from "./gate/sample.ts";
import type { Sink } from "./sink/sink.ts";
import type { OutputCounts } from "./sink/output_queue.ts";

/** Settings of a {@linkcode Logger}. */
export interface LoggerOptions {
  /** The lowest level that is recorded; else the environment's `LOG_LEVEL`, else `info`. */
  readonly level?: Threshold | undefined;
  /** Levels of categories: `{ db: "debug", "db.pool": "warn" }`; as `LOG_LEVEL=info,db=debug` says. */
  readonly levels?: Readonly<Record<string, Threshold>> | undefined;
  /** Levels besides the six, by their severity: `{ notice: 10, audit: 18 }`. */
  readonly customLevels?: Readonly<Record<string, number>> | undefined;
  /** The `service` of each line; without it the lines have none. */
  readonly service?: string | undefined;
  /** Where records go; one {@linkcode StdoutSink} unless given. */
  readonly sinks?: readonly Sink[] | undefined;
  /** Records that the ring keeps; 2048 by default. */
  readonly capacity?: number | undefined;
  /** About what they may occupy together; 4 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** What is hidden; a list of the usual secrets by key unless given. */
  readonly redact?: RedactOptions | Redactor | undefined;
  /** Which records are left out. */
  readonly sample?: LogSampler | undefined;
  /** How often one message may come; what is over is summed up in a line. */
  readonly limit?: LimitOptions | undefined;
  /** Whether `sample` and `limit` may leave out errors too; false by default. */
  readonly sampleErrors?: boolean | undefined;
  /** Keeps lines below the level for each request, and writes them when it fails; off by default. */
  readonly flight?: FlightOptions | boolean | undefined;
  /**
   * Whether lines are brought out on SIGTERM and SIGINT too, before the signal does what it would have
   * done; true by default. Where the application listens to the signal, by whichever interface, the
   * end is left to it; in a worker on Deno, signals are left to the main thread.
   */
  readonly signals?: boolean | undefined;
  /** Time and timers; the machine's unless given. */
  readonly clock?: Clock | undefined;
  /** Told of what goes wrong in sinks and settings. */
  readonly faults?: Faults | undefined;
}

/** Plain numbers about a logger and its children. */
export interface LoggerCounts {
  /** Records made. */
  readonly records: number;
  /** Calls that could not be made a record of. */
  readonly failed: number;
  /** Records that left the ring before the sinks had them. */
  readonly missed: number;
  /** Calls that a sampler left out. */
  readonly sampled: number;
  /** Records over the limit. */
  readonly suppressed: number;
  /** About what the ring occupies. */
  readonly ringBytes: number;
  /** About what the flight recorder holds. */
  readonly flightBytes: number;
  /** Lines that the flight recorder let go of because of a bound. */
  readonly flightDropped: number;
  /** Lines written and dropped by the sinks that count them, added up. */
  readonly output: Readonly<OutputCounts>;
}
