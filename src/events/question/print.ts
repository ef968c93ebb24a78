/**
 * Conditions as they are written in a question.
 *
 * @module
 */
import { literal } from "./literal.ts";
import { isKeyword } from "./reader.ts";

const PLAIN_NAME = /^[^\s\p{C}:=<>~?!(),"-][^\s\p{C}:=<>~?!(),"]*$/u;
const PLAIN_VALUE = /^[^\s\p{C}:=<>~?!(),"][^\s\p{C}(),"]*$/u;

/** The name of a field, in quotes where it needs them. */
export function printName(name: string): string {
  return PLAIN_NAME.test(name) && !isKeyword(name) ? name : quoted(name);
}

/** A value, in quotes if it would mean something else without them. */
export function printValue(value: string | number | boolean): string {
  if (typeof value !== "string") return String(value);
  const isPlain = PLAIN_VALUE.test(value) && !isKeyword(value) && standsForItself(value);
  return isPlain ? value : quoted(value);
}

/** A text that is a number, such as the version `2.7`, is found with and without quotes. */
function standsForItself(text: string): boolean {
  const { kind } = literal(text);
  return kind === "text" || kind === "number" && String(Number(text)) === text;
}

/** The text as JSON, with all control characters escaped, so that a terminal does not obey them. */
function quoted(text: string): string {
  return JSON.stringify(text).replace(
    /\p{C}/gu,
    (found) =>
      found.replace(/[^]/g, (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0")),
  );
}
