/**
 * What the end of the process takes from sinks that need time.
 *
 * @module
 */
import type { RecordRing } from "./buffer.ts";
import { JsonEncoder } from "./json.ts";
import type { LogRecord } from "./record.ts";
import type { LogSink } from "./sink.ts";

/** Lines that are shown at most: the last ones say why the process ends. */
const MAX_LINES = 256;

/** Says what sinks still had in hand when nothing more could be done, so that no line goes silently. */
export class Remains {
  readonly #sinks: readonly LogSink[];
  readonly #ring: RecordRing;
  /** The number of the first record that nothing was said of yet. */
  #toldTo = 0;

  constructor(sinks: readonly LogSink[], ring: RecordRing) {
    this.#sinks = sinks;
    this.#ring = ring;
  }

  /**
   * A line for each sink with what it has in hand, and those records themselves as JSON where no other
   * sink has them; empty when all is out, or was said before.
   */
  text(): string {
    const { next } = this.#ring;
    if (this.#toldTo === next) return "";
    const late = this.#sinks.filter(({ waiting = 0 }) => waiting > 0);
    let text = late.map(({ name = "sink", waiting }) =>
      `telltale: ${waiting} log ${waiting === 1 ? "line" : "lines"} may be lost: ` +
      `${name} had not taken all when the process was about to end\n`
    ).join("");
    if (late.length > 0 && late.length === this.#sinks.length) {
      const most = Math.max(...late.map(({ waiting }) => waiting!));
      text += this.#lines(Math.max(this.#toldTo, next - Math.min(most, MAX_LINES)));
    }
    this.#toldTo = next;
    return text;
  }

  #lines(from: number): string {
    const json = new JsonEncoder();
    const line = (record: LogRecord) => json.encode(record) + "\n";
    return this.#ring.since(from).map(line).join("");
  }
}
