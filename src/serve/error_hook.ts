/**
 * The application's error hook: answers when a handler throws.
 *
 * @module
 */
import type { Handler } from "../http/request/handler.ts";
import { setError } from "../http/server/route.ts";

type Answer = Response | undefined;
type AnyHandler = Handler<unknown[], Answer | Promise<Answer>>;

/** `onError` on Deno and Node, `error` on Bun. */
export type Hook = (this: unknown, error: never) => Answer | Promise<Answer>;

/** The problem of a handler that returned no response. */
export const NO_RESPONSE = "Handler must return a Response, got something else";
/** The problem of a handler that returned a network error. */
export const ERROR_RESPONSE = "Handler must return a Response to send, got Response.error()";

/**
 * Calls the hook inside the observed handler, not outside: so metric, span and log line have the
 * status that the client gets, and what the hook logs belongs to the request.
 */
export class ErrorHook {
  readonly #hook: Hook | undefined;
  readonly #mustAnswer: boolean;
  /** Errors that the hook did not answer, or threw: the runtime must not ask it a second time. */
  readonly #left = new WeakSet<object>();

  /** @param mustAnswer whether a handler must return a response; on Bun it need not */
  constructor(hook: Hook | undefined, mustAnswer: boolean) {
    this.#hook = hook;
    this.#mustAnswer = mustAnswer;
  }

  /** The handler with its errors answered by the hook; the same handler without a hook. */
  watch(handler: AnyHandler): AnyHandler {
    const hook = this.#hook;
    if (hook === undefined) return handler;
    const ask = (self: unknown, request: Request, error: unknown) =>
      this.#ask(hook, self, request, error);
    const checked = (self: unknown, request: Request, answer: Answer) => {
      const reason = this.#unsendable(answer);
      return reason === undefined ? answer : ask(self, request, new TypeError(reason));
    };
    return function (this: unknown, request, ...rest) {
      try {
        const answer = handler.call(this, request, ...rest);
        if (answer instanceof Response || !isThenable(answer)) {
          return checked(this, request, answer as Answer);
        }
        return Promise.resolve(answer).then(
          (answer) => checked(this, request, answer),
          (error) => ask(this, request, error),
        );
      } catch (error) {
        return ask(this, request, error);
      }
    };
  }

  /**
   * Whether the hook was asked about an error already. For a primitive it was: only handlers throw
   * those.
   */
  wasAsked(error: unknown): boolean {
    if (this.#hook === undefined) return false;
    return typeof error !== "object" || error === null || this.#left.has(error);
  }

  async #ask(hook: Hook, self: unknown, request: Request, error: unknown): Promise<Response> {
    setError(request, error);
    let answer: unknown;
    try {
      answer = await hook.call(self, error as never);
    } catch (thrown) {
      throw this.#leave(thrown);
    }
    if (answer instanceof Response) return answer;
    throw this.#leave(error);
  }

  #leave(error: unknown): unknown {
    if (typeof error === "object" && error !== null) this.#left.add(error);
    return error;
  }

  #unsendable(answer: unknown): string | undefined {
    if (!(answer instanceof Response)) {
      return this.#mustAnswer ? NO_RESPONSE : undefined;
    }
    if (answer.status === 0) return ERROR_RESPONSE;
    return answer.bodyUsed ? "Handler must return a Response whose body is unread" : undefined;
  }
}

function isThenable(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "then" in answer &&
    typeof answer.then === "function";
}
