/**
 * The console's responses: JSON, or Markdown where that is asked for.
 *
 * @module
 */
import { QuestionError } from "../../events/question/question.ts";

/** The body of a 400. */
export interface ErrorReply {
  /** What is wrong: `At 9: expected a value`. */
  readonly error: string;
  /** For a question, the character, from 1, where it can't be parsed. */
  readonly position?: number | undefined;
}

/**
 * The most bytes of an answer that is not paged: agents cut what is longer, and don't say so.
 */
export const MAX_ANSWER_BYTES = 16_384;

/** No other site may embed an answer, not even one that it can't read. */
const OWN = { "cross-origin-resource-policy": "same-origin" };

const encoder = /* @__PURE__ */ new TextEncoder();

/** The bytes of a text in UTF-8. */
export function bytesOf(text: string): number {
  return encoder.encode(text).length;
}

/** A response with headers that all answers of the console have. */
export function reply(
  body: BodyInit | null,
  type: string,
  { status = 200, headers = {} }: { status?: number; headers?: Record<string, string> } = {},
): Response {
  return new Response(body, { status, headers: { "content-type": type, ...OWN, ...headers } });
}

/** A JSON response. */
export function json(value: unknown, status = 200): Response {
  return reply(JSON.stringify(value) + "\n", "application/json", {
    status,
    headers: { vary: "accept" },
  });
}

/** A Markdown response. */
export function markdown(text: string, status = 200): Response {
  return reply(text, "text/markdown; charset=utf-8", { status, headers: { vary: "accept" } });
}

/** Whether a request asks for Markdown. */
export function wantsMarkdown({ headers }: Request): boolean {
  return headers.get("accept")?.toLowerCase().includes("text/markdown") === true;
}

/** The 400 for a request that can't be answered. */
export function refused(error: Error, request: Request): Response {
  const { message } = error;
  if (wantsMarkdown(request)) return markdown(message + "\n", 400);
  const position = error instanceof QuestionError ? error.position : undefined;
  return json({ error: message, position } satisfies ErrorReply, 400);
}
