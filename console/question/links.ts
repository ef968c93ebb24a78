/**
 * Questions that links ask: each link of the console is one.
 *
 * @module
 */
import { printName, printValue } from "../../src/events/question/print.ts";
import type { Question } from "../../src/events/question/question.ts";
import type { Finding } from "../../src/events/why/explanation.ts";
import type { Box } from "../picture/heat.tsx";

/** A condition that a field has a value. */
export function is(field: string, value: string | number | boolean | null): string {
  return value === null ? `-${printName(field)}?` : `${printName(field)}:${printValue(value)}`;
}

/** The requests of a route, or the runs of a job. */
export function ofRoute(method: string, route: string): string {
  if (method === "job") return is("job", route);
  const conditions = [is("route", route === "" ? null : route)];
  if (method !== "") conditions.unshift(is("method", method));
  return conditions.join(" ");
}

/** Why the requests in a box are as they are. */
export function ofBox({ fromMs, toMs, leastMs, mostMs }: Box): string {
  const least = Number(leastMs.toPrecision(3)), most = Number(mostMs.toPrecision(3));
  const ms = mostMs === Infinity
    ? `ms>=${least}`
    : leastMs === 0
    ? `ms<=${most}`
    : `ms:${least}..${most}`;
  return `why ${ms} time:${fromMs}..${toMs}`;
}

/** The conditions of a question, to which others can be added. */
export function whereOf({ where, whereText }: Question): string {
  return where.kind === "any" ? `(${whereText})` : whereText;
}

/** The links of a finding of `why`. */
export function ofFinding(question: Question, { terms }: Finding): {
  readonly only: string;
  readonly without: string;
  readonly by: string | undefined;
} {
  const where = whereOf(question), condition = terms.map(({ text }) => text).join(" ");
  const not = terms.length === 1 ? `-${condition}` : `-(${condition})`;
  // What is not there, negated, is there: no double minus.
  const without = not.startsWith("--") ? not.slice(2) : not;
  return {
    only: joined(where, condition),
    without: joined(where, without, `why ${question.whyText ?? ""}`),
    by: terms.length === 1 ? joined(where, `by ${printName(terms[0]!.field)}`) : undefined,
  };
}

/** The lines, or requests, of some traces. */
export function ofTraces(traces: readonly string[]): string {
  return `trace:${traces.map((trace) => printValue(trace)).join(",")}`;
}

/** Parts of a question; those that are empty are left out, and a condition that is there already. */
export function joined(...parts: readonly string[]): string {
  return parts.map((part) => part.trim()).reduce((text, part) =>
    text === "" || part === ""
      ? text + part
      : ` ${text} `.includes(` ${part} `) && !/ or /.test(text)
      ? text
      : `${text} ${part}`
  );
}
