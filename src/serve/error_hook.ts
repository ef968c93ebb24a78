/**
 * The application's own answer to what a handler throws.
 *
 * @module
 */
import type { Handler } from "../http/request/handler.ts";
import { setError } from "../http/server/route.ts";

type Answer = Response | undefined;
type AnyHandler = Handler<unknown[], Answer | Promise<Answer>>;

/** `onError` of Deno and of ours for Node, `error` of Bun. */
export type Hook = (this: unknown, error: never) => Answer | Promise<Answer>;

/**
 * Calls the hook inside the observed handler instead of outside, so that metric, span and line say
 * what the client was sent, and what the hook logs belongs to the request.
 */
export class ErrorHook {
  readonly #hook: Hook | undefined;
  readonly #mustAnswer: boolean;
  /** What the hook could not answer, or threw itself: the runtime must not ask it a second time. */
  readonly #left = new WeakSet<object>();

  /** @param mustAnswer whether the runtime takes what is no response for a failure; Bun does not */
  constructor(hook: Hook | undefined, mustAnswer: boolean) {
    this.#hook = hook;
    this.#mustAnswer = mustAnswer;
  }

  /** The handler, whose failures the hook answers; the same one without a hook. */
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
   * Whether the hook has had its chance with what a handler threw. So it has with every primitive: only
   * handlers throw those.
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
      return this.#mustAnswer ? "Handler gave no Response" : undefined;
    }
    if (answer.status === 0) return "Handler gave Response.error()";
    return answer.bodyUsed ? "Handler gave a Response whose body was read before" : undefined;
  }
}

function isThenable(answer: unknown): boolean {
  return typeof answer === "object" && answer !== null && "then" in answer &&
    typeof answer.then === "function";
}
