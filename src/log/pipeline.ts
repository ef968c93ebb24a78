/**
 * What a logger and all its children share.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { clip } from "../core/text.ts";
import { errorText } from "../core/redact/error.ts";
import { beforeExit, heedSignals, isEnding, whenIdle } from "../core/exit.ts";
import { Faults } from "../core/faults.ts";
import { type Known, refuseUnknown, requireObject } from "../core/check.ts";
import { emptyCounts } from "./sink/output_queue.ts";
import { environment } from "../core/platform.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { writeError } from "./sink/writer.ts";
import { RecordRing } from "./record/ring.ts";
import { Delivery } from "./sink/delivery.ts";
import { FieldCopier } from "./fields.ts";
import { FlightRecorder } from "./gate/flight.ts";
import { FunctionSink } from "./sink/function.ts";
import { ERROR, LevelTable, WARN } from "./record/level.ts";
import { RateLimit } from "./gate/limit.ts";
import { StdoutSink } from "./sink/line.ts";
import type { LoggerOptions } from "./options.ts";
import type { Fields, LogRecord } from "./record/record.ts";
import { type End, Remains } from "./sink/unsent.ts";
import type { LogSampler } from "./gate/sample.ts";
import type { LogSink, Sink } from "./sink/sink.ts";
import { Thresholds } from "./gate/thresholds.ts";

/** What a record occupies besides its message and fields. */
export const RECORD_BYTES = 144;

const KNOWN: Known<LoggerOptions> = {
  level: true,
  levels: true,
  customLevels: true,
  service: true,
  sinks: true,
  capacity: true,
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

/** Decides which records are made, keeps them in the ring and sees to their delivery. */
export class Pipeline {
  readonly levels: LevelTable;
  readonly thresholds: Thresholds;
  readonly ring: RecordRing;
  readonly flight: FlightRecorder;
  readonly delivery: Delivery;
  readonly clock: Clock;
  readonly service: string;
  readonly copier: FieldCopier;
  readonly redactor: Redactor;
  readonly faults: Faults;
  /** Whether records are sampled or limited: one look for who does neither. */
  readonly thins: boolean;
  /** Calls that could not be made a record of. */
  failed = 0;
  /** Records that a sampler left out. */
  sampled = 0;
  /** Records over the limit. */
  suppressed = 0;
  readonly #sample: LogSampler | undefined;
  readonly #limit: RateLimit | undefined;
  /** Severity from which nothing is left out. */
  readonly #spared: number;
  readonly #remains: Remains;
  readonly #takeBack: readonly (() => void)[] = [];
  #isSaying = false;

  /** @throws {RangeError} or {TypeError} when a setting can't work */
  constructor(options: LoggerOptions) {
    refuseUnknown("make logger", options, KNOWN);
    if (options.sinks !== undefined && !Array.isArray(options.sinks)) {
      throw new TypeError(
        `Cannot make logger: sinks must be an array, got ${typeof options.sinks}`,
      );
    }
    const { redact, flight, limit } = options;
    for (const name of ["levels", "customLevels", "redact", "limit", "flight"] as const) {
      const given = options[name];
      if (typeof given !== "boolean") requireObject("make logger", given, name);
    }
    this.redactor = redact instanceof Redactor ? redact : new Redactor(redact);
    this.faults = options.faults ?? new Faults();
    this.faults.describe ??= (error) => errorText(error, this.redactor);
    this.clock = options.clock ?? systemClock;
    this.service = options.service ?? "";
    this.levels = new LevelTable(options.customLevels);
    this.flight = new FlightRecorder(
      flight === true ? {} : flight === false ? undefined : flight,
      this.levels,
      this.clock,
      (record) => this.delivery.accept(record),
    );
    this.thresholds = this.#thresholds(options);
    this.ring = new RecordRing(options.capacity, options.maxBytes);
    this.copier = new FieldCopier(this.redactor);
    this.#sample = options.sample;
    this.#limit = limit === undefined
      ? undefined
      : new RateLimit(limit, this.clock, this.#suppressed);
    this.#spared = options.sampleErrors === true ? Infinity : ERROR;
    this.thins = this.#sample !== undefined || this.#limit !== undefined;
    const sinks = (options.sinks ?? [new StdoutSink({ clock: this.clock })]).map(sinkOf);
    this.delivery = new Delivery(
      this.ring,
      sinks,
      this.levels,
      this.clock,
      this.faults,
      this.#complain,
    );
    this.#remains = new Remains(sinks, this.ring, this.levels);
    if (sinks.some((sink) => sink.flushSync !== undefined || "waiting" in sink)) {
      const pending = options.signals === false ? undefined : () => this.#holds();
      this.#takeBack = [
        whenIdle(() => this.#takeTime()),
        beforeExit(() => this.#lastWords(), { pending }),
      ];
    }
  }

  /** Whether a record is not out yet. */
  #holds(): boolean {
    return this.delivery.isBehind || this.#remains.late.length > 0;
  }

  /** Whether a record of this severity and message is to be made. */
  admits(level: number, message: string): boolean {
    if (level >= this.#spared) return true;
    const sample = this.#sample;
    if (sample !== undefined && !this.#asks(sample, level, message)) {
      this.sampled++;
      return false;
    }
    if (this.#limit === undefined || this.#limit.admit(level, message)) return true;
    this.suppressed++;
    return false;
  }

  /** Takes a record. */
  accept(record: LogRecord): void {
    if (record.level >= this.flight.trigger && record.requestId !== "") {
      this.flight.dump(record.requestId);
    }
    this.delivery.accept(record);
    heedSignals();
    // What the application's own handlers of the end log comes after the last words.
    if (isEnding()) this.#lastWords();
  }

  /** Delivers what waits and resolves when every sink has it out. */
  flush(): Promise<void> {
    this.#limit?.settle(); // What was left out so far is told now.
    return this.delivery.flush();
  }

  /** Delivers what waits and brings it out before it returns. */
  flushSync(): void {
    this.#limit?.settle(); // What was left out so far is told now.
    this.delivery.flushSync();
  }

  /** Brings out what waits, lets go of the process's end and of the sinks. */
  close(): void {
    this.flushSync();
    this.#tellRemains("the log was closed");
    for (const takeBack of this.#takeBack) takeBack();
    this.delivery.close();
  }

  /** The process ends because nothing is left to do: sinks that need time can have it. */
  #takeTime(): void {
    this.flushSync();
    if (this.#remains.late.length > 0) void this.flush();
  }

  /** The process ends under its open requests. */
  #lastWords(): void {
    if (this.#isSaying) return; // A sink logs.
    this.#isSaying = true;
    try {
      this.flight.dumpAll();
      this.flushSync();
      this.#tellRemains("the process was about to end");
    } finally {
      this.#isSaying = false;
    }
  }

  #tellRemains(end: End): void {
    this.faults.guard("log sink", () => writeError(this.#remains.text(end)));
  }

  #asks(sample: LogSampler, level: number, message: string): boolean {
    try {
      return sample(level, message);
    } catch (error) {
      this.faults.record("log sampler", error);
      return true;
    }
  }

  #thresholds(options: LoggerOptions): Thresholds {
    const thresholds = new Thresholds(this.levels, this.flight.level);
    for (const wrong of thresholds.adopt(environment("LOG_LEVEL") ?? "")) {
      const error = new RangeError(`Cannot log at level ${JSON.stringify(wrong)}: it is left out`);
      this.faults.record("LOG_LEVEL", error);
    }
    if (options.level !== undefined) thresholds.adoptAll({ "": options.level });
    thresholds.adoptAll(options.levels ?? {});
    return thresholds;
  }

  /** A line of the logger's own. */
  #say(level: number, message: string, fields: Fields): void {
    if (level < this.thresholds.gate("").recorded) return;
    const size = JSON.stringify(fields).length + message.length;
    this.delivery.accept({
      time: this.clock.now(),
      level,
      levelName: "",
      message,
      service: this.service,
      category: "",
      traceId: "",
      spanId: "",
      requestId: "",
      fields,
      bound: undefined,
      sizeBytes: RECORD_BYTES + size,
    });
  }

  readonly #suppressed = (suppressed: number, level: number, of: string | undefined) => {
    const fields = of === undefined
      ? { suppressed }
      : { suppressed, of: clip(this.copier.text(of), 256) };
    this.#say(level, `suppressed ${suppressed} log lines`, fields);
  };

  readonly #complain = ({ name = "sink", counts }: LogSink, error: unknown) => {
    const reason = this.copier.text(errorText(error, this.redactor));
    const { droppedFull, droppedClosed, droppedFailed } = counts ?? emptyCounts();
    const dropped = droppedFull + droppedClosed + droppedFailed;
    this.#say(WARN, "log sink fails", { sink: name, reason, dropped });
  };
}

function sinkOf(sink: Sink): LogSink {
  return typeof sink === "function" ? new FunctionSink(sink) : sink;
}
