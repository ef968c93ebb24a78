/**
 * What becomes of records that are not out when the process ends or the log is closed.
 *
 * @module
 */
import { beforeExit, whenIdle } from "../../core/exit.ts";
import type { Faults } from "../../core/faults.ts";
import { JsonEncoder } from "../format/json.ts";
import type { LevelTable } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import type { RecordRing } from "../record/ring.ts";
import type { LogSink } from "./sink.ts";
import { writeError } from "./writer.ts";

/** Lines that are shown at most: the last ones say why the process ends. */
const MAX_LINES = 256;

/** Why nothing more can be done for a line. */
export type End = "the process was about to end" | "the log was closed";

/** Reports records the sinks had not written when the process ended or the log was closed. */
export class Unsent {
  readonly #sinks: readonly LogSink[];
  readonly #ring: RecordRing;
  readonly #levels: LevelTable;
  /** The number of the first record that nothing was said of yet. */
  #saidTo = 0;

  constructor(sinks: readonly LogSink[], ring: RecordRing, levels: LevelTable) {
    this.#sinks = sinks;
    this.#ring = ring;
    this.#levels = levels;
  }

  /** The sinks with records that are not out. */
  get late(): LogSink[] {
    return this.#sinks.filter(({ waiting = 0 }) => waiting > 0);
  }

  /**
   * A line for each late sink, and the records themselves as JSON if no other sink has them; empty
   * when all is out, or was said before.
   */
  text(end: End): string {
    const { next } = this.#ring;
    if (this.#saidTo === next) return "";
    const { late } = this;
    let text = late.map(({ name = "sink", waiting }) =>
      `telltale: ${waiting} log ${waiting === 1 ? "line" : "lines"} may be lost: ` +
      `${name} had not taken all when ${end}\n`
    ).join("");
    if (late.length > 0 && late.length === this.#sinks.length) text += this.#lines(late);
    this.#saidTo = next;
    return text;
  }

  /** What any of these sinks may lack: the last records that it takes. */
  #lines(late: readonly LogSink[]): string {
    const lost = new Set<LogRecord>();
    const records = this.#ring.since(this.#saidTo);
    for (const { level, waiting } of late) {
      const from = level === undefined ? 0 : this.#levels.threshold(level);
      const taken = records.filter((record) => record.severity >= from);
      for (const record of taken.slice(-waiting!)) lost.add(record);
    }
    const json = new JsonEncoder();
    const shown = records.filter((record) => lost.has(record)).slice(-MAX_LINES);
    return shown.map((record) => json.encode(record) + "\n").join("");
  }
}

/** What the end of the process brings out. */
export interface Flushed {
  /** Whether records wait for the sinks. */
  readonly isBehind: boolean;
  flush(): Promise<void>;
  flushSync(): void;
  /** Logs what is kept in case it is needed. */
  dump(): void;
}

/** Brings out a log's records when the process ends, and says what could not be brought out. */
export class ExitFlush {
  readonly #log: Flushed;
  readonly #unsent: Unsent;
  readonly #faults: Faults;
  #takeBack: readonly (() => void)[] = [];
  #isSaying = false;

  constructor(log: Flushed, unsent: Unsent, faults: Faults) {
    this.#log = log;
    this.#unsent = unsent;
    this.#faults = faults;
  }

  /** Whether a sink has records that are not out. */
  get isLate(): boolean {
    return this.#faults.guard("log sink", () => this.#unsent.late.length > 0) ?? false;
  }

  /** Installs the hooks. With `signals`, SIGTERM and SIGINT are listened to while records wait. */
  watch(signals: boolean): void {
    const pending = signals ? () => this.#log.isBehind || this.isLate : undefined;
    this.#takeBack = [
      whenIdle(() => this.#takeTime()),
      beforeExit(() => this.sayLast(), { pending }),
    ];
  }

  /** Removes the hooks. */
  unwatch(): void {
    for (const takeBack of this.#takeBack) takeBack();
    this.#takeBack = [];
  }

  /** Says what is not out on standard error. */
  say(end: End): void {
    this.#faults.guard("log sink", () => writeError(this.#unsent.text(end)));
  }

  /** Brings out everything: the process ends with its requests open. */
  sayLast(): void {
    if (this.#isSaying) return; // A sink logs.
    this.#isSaying = true;
    try {
      this.#log.dump();
      this.#log.flushSync();
      this.say("the process was about to end");
    } finally {
      this.#isSaying = false;
    }
  }

  /** The process ends because nothing is left to do: sinks that need time can have it. */
  #takeTime(): void {
    this.#log.flushSync();
    if (this.isLate) void this.#log.flush();
  }
}
