/**
 * What kept something from being delivered, in words for a person.
 *
 * @module
 */
import { head } from "../../core/text.ts";
import { describeError, type ErrorDescription } from "../../core/redact/error.ts";

/** What a person reads of a receiver's words. */
const MAX_WORDS = 200;
/** Controls, line breaks, marks that turn or hide text, what was no UTF-8. */
const UNREADABLE =
  // deno-lint-ignore no-control-regex
  /[\s\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufffd]+/g;
/** Deno puts the address in front of what happened; it may hold a key, and is told elsewhere. */
const DENO_PREFIX = /error sending request .*?: (?=client error)/;

/** Host and port of an http or https URL, the port always: it is what is wrong most often. */
export function receiverOf(url: string): string {
  const { hostname, port, protocol } = new URL(url);
  return `${hostname}:${port || (protocol === "https:" ? 443 : 80)}`;
}

/** One line that a terminal and a log can show, at most 200 UTF-16 units. */
export function readable(text: string): string {
  return head(text.toWellFormed().replace(UNREADABLE, " ").trim(), MAX_WORDS);
}

/** What was thrown and what led to it. `fetch` says only that it failed; its causes say why. */
export function reasonOf(error: unknown): string {
  const said: string[] = [];
  let described: ErrorDescription | undefined = describeError(error);
  for (; described !== undefined; described = described.cause ?? described.errors?.[0]) {
    const { message, code } = described;
    said.push(message === "" && code !== undefined ? String(code) : message);
  }
  // What says nothing that the next does not say better is left out.
  const words = said.filter((text, i) =>
    text !== "" && !(text === "fetch failed" && i < said.length - 1) && said.indexOf(text) === i
  );
  return readable(words.join(": ").replace(DENO_PREFIX, ""));
}
