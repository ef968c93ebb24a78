/**
 * What clients are told while a server drains.
 *
 * @module
 */
import type { Handler } from "../http/request/handler.ts";

type Answer = Response | undefined;
type AnyHandler = Handler<unknown[], Answer | Promise<Answer>>;

/**
 * From the beginning of a drain on, answers say `connection: close`: who keeps a connection sends its
 * next request over a new one, which reaches another instance, before this one ends.
 */
export class Farewell {
  #isLeaving = false;

  /** The drain has begun. */
  begin(): void {
    this.#isLeaving = true;
  }

  /** The same handler, whose answers say it. */
  watch(handler: AnyHandler): AnyHandler {
    const isLeaving = () => this.#isLeaving;
    return function (this: unknown, request, ...rest) {
      const answer = handler.call(this, request, ...rest);
      if (!isLeaving()) return answer;
      return answer instanceof Promise ? answer.then(closing) : closing(answer);
    };
  }
}

function closing(answer: Answer): Answer {
  // An upgraded connection is no longer one of requests.
  if (!(answer instanceof Response) || answer.status === 101) return answer;
  try {
    answer.headers.set("connection", "close");
  } catch {
    // Immutable, as those of what was fetched: the next answer says it.
  }
  return answer;
}
