/**
 * What an explanation names, for a finding.
 *
 * @module
 */
import type { WhyAnswer } from "../../events/ask/answer.ts";
import type { Weighed } from "./finding.ts";

/** The causes and the sentences of an explanation. */
export function because(why: WhyAnswer): Pick<Weighed, "causes" | "evidence"> {
  return {
    causes: why.which.slice(0, 3).map(textOf),
    evidence: [...why.which.slice(0, 2), ...why.happened.slice(0, 2)].map(({ sentence }) =>
      sentence
    ),
  };
}

/** The terms of a cause, as written in a question. */
export function textOf({ terms }: WhyAnswer["which"][number]): string {
  return terms.map(({ text }) => text).join(" ");
}
