/**
 * Describes for a person why something was not delivered.
 *
 * @module
 */
import { head } from "../../core/text.ts";
import { describeError, type ErrorDescription } from "../../core/redact/error.ts";

/** The longest text of a receiver that is shown. */
const MAX_WORDS = 200;
/** Controls, line breaks, bidirectional and invisible marks, replacement characters. */
const UNREADABLE =
  // deno-lint-ignore no-control-regex
  /[\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]+/g;
/** Deno puts the URL in front of what happened; it may hold a key, and its host is shown anyway. */
const DENO_PREFIX = /error sending request .*?: (?=client error)/;

/** Host and port of an http or https URL. The port is always shown: it is wrong most often. */
export function receiverOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** The text as one line for a terminal or a log, of at most 200 UTF-16 units. */
export function readable(text: string): string {
  return head(text.toWellFormed().replace(UNREADABLE, " ").trim(), MAX_WORDS);
}

/** The messages of an error and its causes: `fetch` says only that it failed, its causes say why. */
export function reasonOf(error: unknown): string {
  const said: string[] = [];
  let described: ErrorDescription | undefined = describeError(error);
  for (; described !== undefined; described = described.cause ?? described.errors?.[0]) {
    const { message, code } = described;
    said.push(message === "" && code !== undefined ? String(code) : message);
  }
  // Without messages that the next one says better.
  const words = said.filter((text, i) =>
    text !== "" && !(text === "fetch failed" && i < said.length - 1) && said.indexOf(text) === i
  );
  return readable(words.join(": ").replace(DENO_PREFIX, ""));
}
