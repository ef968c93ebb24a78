/**
 * The settings of a logger.
 *
 * @module
 */
import { check, type Known, refuseUnknown, requireObject } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { RedactOptions } from "../core/redact/options.ts";
import type { FlightRecorder } from "./gate/flight.ts";
import type { RateLimit } from "./gate/rate_limit.ts";
import type { ThresholdOptions } from "./gate/thresholds.ts";
import type { LogSampler } from "./gate/sample.ts";
import type { Sink } from "./sink/sink.ts";
import type { OutputCounts } from "./sink/line_queue.ts";

/** Settings of a {@linkcode Logger}. */
export interface LoggerOptions extends ThresholdOptions {
  /** Levels besides the six, by their severity: `{ notice: 10, audit: 18 }`. */
  readonly customLevels?: Readonly<Record<string, number>> | undefined;
  /** The `service` of each line. @default none */
  readonly service?: string | undefined;
  /** Where records go. @default one {@linkcode StdoutSink} */
  readonly sinks?: readonly Sink[] | undefined;
  /** How many records the ring keeps, besides as many lines of requests, 2048 at most. @default 2048 */
  readonly maxRecords?: number | undefined;
  /** About how many bytes they may occupy together. @default 4 MiB */
  readonly maxBytes?: number | undefined;
  /** What is hidden. @default a list of the usual secrets, by key */
  readonly redact?: RedactOptions | Redactor | undefined;
  /** Which records are left out. @default none */
  readonly sample?: LogSampler | undefined;
  /** How often one message may come; what is over is summed up in a line. @default no limit */
  readonly limit?: RateLimit | undefined;
  /** Whether `sample` and `limit` may leave out errors too. @default false */
  readonly sampleErrors?: boolean | undefined;
  /** Keeps lines below the level for each request, and writes them when it fails. @default none */
  readonly flight?: FlightRecorder | undefined;
  /**
   * Whether lines are brought out on SIGTERM and SIGINT too, before the signal does what it would have
   * done. For this the logger listens to both signals while records wait. If the application listens to
   * a signal, by whichever interface, the end is left to it; in a worker on Deno, signals are left to
   * the main thread. @default true
   */
  readonly signals?: boolean | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<LoggerOptions> = {
  level: true,
  levels: true,
  customLevels: true,
  service: true,
  sinks: true,
  maxRecords: true,
  maxBytes: true,
  redact: true,
  sample: true,
  limit: true,
  sampleErrors: true,
  flight: true,
  signals: true,
  clock: true,
  faults: true,
};

/**
 * Throws for options that are unknown or of another kind; the parts that read the rest check it.
 *
 * @throws {TypeError} for each of them
 */
export function checkLoggerOptions(options: LoggerOptions): void {
  refuseUnknown("make logger", options, KNOWN);
  const { sinks } = options;
  check(!sinks || Array.isArray(sinks), "make logger", "sinks must be an array", sinks, TypeError);
  for (const name of ["levels", "customLevels", "redact"] as const) {
    requireObject("make logger", options[name], name);
  }
  // Not by their classes, which a bundle has only if the application uses them.
  for (const [name, kind] of [["flight", "FlightRecorder"], ["limit", "RateLimit"]] as const) {
    const given = options[name], isRight = !given || typeof given.attach === "function";
    check(isRight, "make logger", `${name} must be a ${kind}`, given, TypeError);
  }
}

/** Plain numbers about a logger and its children. */
export interface LoggerCounts {
  /** Records made. */
  readonly records: number;
  /** Calls that could not be made a record of. */
  readonly failed: number;
  /** Records that were dropped before the sinks had them: a sink logged more than may wait. */
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
