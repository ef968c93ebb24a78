/**
 * Answers the console's requests; loaded with the first of them.
 *
 * @module
 */
import { QuestionError } from "../events/question/question.ts";
import { answerAsk } from "./api/ask.ts";
import { answerGuide } from "./api/guide.ts";
import { BadRequest } from "./api/parameters.ts";
import { json, refused } from "./api/reply.ts";
import { answerRows } from "./api/rows.ts";
import type { ConsolePath } from "./paths.ts";
import type { ConsoleParts } from "./api/parts.ts";

/** The routes of one console. Callers were admitted before. */
export class Routes {
  readonly #parts: ConsoleParts;
  readonly #base: string;
  /** Tells a reader whether its numbers are of this process. */
  readonly #run: string = crypto.randomUUID().slice(0, 8);

  /** @param base the path of the console, with `/` at its end */
  constructor(parts: ConsoleParts, base: string) {
    this.#parts = parts;
    this.#base = base;
  }

  /** The answer; a question or parameter that is wrong gives a 400 that says where. */
  async answer(path: ConsolePath, request: Request): Promise<Response> {
    try {
      return await this.#answer(path, request);
    } catch (error) {
      if (error instanceof BadRequest || error instanceof QuestionError) {
        return refused(error, request);
      }
      throw error;
    }
  }

  #answer(path: ConsolePath, request: Request): Response | Promise<Response> {
    const { events } = this.#parts;
    if (path === "api") return answerGuide(this.#parts, this.#base, request);
    if (events === undefined) return json({ error: "No rows are kept: events is false" }, 404);
    switch (path) {
      case "api/ask":
        return answerAsk(events, this.#parts.clock, this.#base, request);
      case "api/rows":
        return answerRows(events, this.#run, request);
    }
  }
}
