/**
 * What the end of the process takes from sinks that need time.
 *
 * @module
 */
import type { RecordRing } from "../record/ring.ts";
import { JsonEncoder } from "../format/json.ts";
import type { LevelTable } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import type { LogSink } from "./sink.ts";

/** Lines that are shown at most: the last ones say why the process ends. */
const MAX_LINES = 256;

/** Why nothing more can be done for a line. */
export type End = "the process was about to end" | "the log was closed";

/** Says what sinks still had in hand when nothing more could be done, so that no line goes silently. */
export class Remains {
  readonly #sinks: readonly LogSink[];
  readonly #ring: RecordRing;
  readonly #levels: LevelTable;
  /** The number of the first record that nothing was said of yet. */
  #toldTo = 0;

  constructor(sinks: readonly LogSink[], ring: RecordRing, levels: LevelTable) {
    this.#sinks = sinks;
    this.#ring = ring;
    this.#levels = levels;
  }

  /** The sinks that have something in hand. */
  get late(): LogSink[] {
    return this.#sinks.filter(({ waiting = 0 }) => waiting > 0);
  }

  /**
   * A line for each sink with what it has in hand, and those records themselves as JSON where no other
   * sink has them; empty when all is out, or was said before.
   */
  text(end: End): string {
    const { next } = this.#ring;
    if (this.#toldTo === next) return "";
    const { late } = this;
    let text = late.map(({ name = "sink", waiting }) =>
      `telltale: ${waiting} log ${waiting === 1 ? "line" : "lines"} may be lost: ` +
      `${name} had not taken all when ${end}\n`
    ).join("");
    if (late.length > 0 && late.length === this.#sinks.length) text += this.#lines(late);
    this.#toldTo = next;
    return text;
  }

  /** What any of these sinks may lack: the last records that it takes. */
  #lines(late: readonly LogSink[]): string {
    const lost = new Set<LogRecord>();
    const records = this.#ring.since(this.#toldTo);
    for (const { level, waiting } of late) {
      const from = level === undefined ? 0 : this.#levels.threshold(level);
      const taken = records.filter((record) => record.level >= from);
      for (const record of taken.slice(-waiting!)) lost.add(record);
    }
    const json = new JsonEncoder();
    const shown = records.filter((record) => lost.has(record)).slice(-MAX_LINES);
    return shown.map((record) => json.encode(record) + "\n").join("");
  }
}
