/**
 * Times as text.
 *
 * @module
 */

/** What a clock that says nonsense gives: it must not cost the line. */
const NO_TIME = "1970-01-01T00:00:00.000Z";

/** Writes times as RFC 3339 in UTC, to the millisecond; a second's text is made once. */
export class Timestamps {
  /** The second of the last time, and its text up to the milliseconds. */
  #second = NaN;
  #secondText = "";

  /** The text of a time in milliseconds since the Unix epoch. */
  text(time: number): string {
    const second = Math.floor(time / 1000);
    if (second !== this.#second && !this.#useSecond(second)) return NO_TIME;
    const ms = Math.floor(time - second * 1000);
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
