/**
 * Times as text.
 *
 * @module
 */

/** The time of a line whose clock gives nonsense: the line is not lost. */
const NO_TIME = "1970-01-01T00:00:00.000Z";

/** Writes times as RFC 3339 in UTC, to the millisecond; a second's text is made once. */
export class Timestamps {
  /** The second of the last time, and its text up to the milliseconds. */
  #second = NaN;
  #secondText = "";

  /** The text of a time in milliseconds since the Unix epoch. */
  text(timeMs: number): string {
    const second = Math.floor(timeMs / 1000);
    if (second !== this.#second && !this.#useSecond(second)) return NO_TIME;
    const ms = Math.floor(timeMs - second * 1000);
    return this.#secondText + (ms < 10 ? "00" : ms < 100 ? "0" : "") + ms + "Z";
  }

  #useSecond(second: number): boolean {
    const date = new Date(second * 1000);
    if (Number.isNaN(date.getTime())) return false;
    this.#second = second;
    this.#secondText = date.toISOString().slice(0, -4);
    return true;
  }
}
