/**
 * Conditions in words, for the sentence above an answer.
 *
 * @module
 */
import type { Condition } from "../../src/events/question/question.ts";
import type { Literal } from "../../src/events/question/literal.ts";
import { clock, ms, shown } from "../text/format.ts";

/** A condition as the end of "requests …": `to /orders`, `that took more than 250 ms`. */
export function worded(condition: Condition): string {
  switch (condition.kind) {
    case "all":
      return condition.of.map(worded).filter((words) => words !== "").join(" ")
        .replace(/ that (.*?) that /g, " that $1 and ");
    case "any":
      return condition.of.map(worded).join(" or ");
    case "not":
      return `that are not: ${worded(condition.of)}`;
    case "has":
      return `with ${shown(condition.field)}`;
    case "text":
      return `with “${shown(condition.text)}”`;
    case "is":
      return comparison(condition);
  }
}

const RELATIONS: Readonly<Record<string, string>> = {
  ":": "=",
  "!=": "≠",
  ">=": "≥",
  "<=": "≤",
  "~": "~",
  ">": ">",
  "<": "<",
};

function comparison({ field, op, values }: Condition & { kind: "is" }): string {
  const [first] = values;
  if (values.length === 1 && first !== undefined) {
    if (field === "ms" && first.kind === "number") {
      if (op === ">") return `that took more than ${ms(first.value)}`;
      if (op === ">=") return `that took ${ms(first.value)} or more`;
      if (op === "<" || op === "<=") return `that took at most ${ms(first.value)}`;
    }
    if (field === "ms" && first.kind === "range") {
      return `that took ${between(first, ms, "any time")}`;
    }
    if (field === "time" && first.kind === "range") return `from ${between(first, clock, "now")}`;
    if (field === "status" && op === ">=" && first.kind === "number" && first.value === 500) {
      return "that failed";
    }
    if (field === "route" && op === ":" && first.kind !== "range") return `to ${shown(first.text)}`;
  }
  return `with ${shown(field)} ${RELATIONS[op]} ${
    values.map(({ text }) => shown(text)).join(" or ")
  }`;
}

function between(
  { from, to }: Literal & { kind: "range" },
  say: (value: number) => string,
  end: string,
): string {
  return `${from === -Infinity ? say(0) : say(from)} to ${to === Infinity ? end : say(to)}`;
}
