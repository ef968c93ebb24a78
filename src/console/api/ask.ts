/**
 * Answers questions about the rows.
 *
 * @module
 */
import { askInSlices } from "../../events/slices.ts";
import type { Answer } from "../../events/ask/answer.ts";
import type { Clock } from "../../core/clock.ts";
import type { Rows } from "../../events/store/rows.ts";
import { askedMarkdown } from "./answer_markdown.ts";
import { cutAnswer } from "./cut.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { json, markdown, wantsMarkdown } from "../wire/reply.ts";

const MAX_LIMIT = 1000;

/** Answers `api/ask?q=&limit=`; a long question runs in slices, between which requests are served. */
export async function answerAsk(
  events: Rows,
  clock: Clock,
  base: string,
  request: Request,
): Promise<Response> {
  const parameters = new Parameters(request, ["q", "limit"]);
  const question = parameters.question(), limit = parameters.whole("limit", 1, MAX_LIMIT);
  if (question === undefined) {
    throw new BadRequest(`q must be a question, as in ${base}api/ask?q=status>=500+by+route`);
  }
  const answer = await askInSlices(events, question, { limit, now: clock.now() });
  return asked(answer, `${base}api/rows`, request);
}

/**
 * An answer as JSON or Markdown.
 *
 * @param all where everything is that was asked about
 */
export function asked(answer: Answer, all: string, request: Request): Response {
  return wantsMarkdown(request)
    ? markdown(askedMarkdown(answer, all))
    : json(cutAnswer(answer, all));
}
