/**
 * Thenables in a span: lazy queries, and promises of an SDK with methods of their own.
 *
 * @module
 */
import { type Context, current, run } from "../../core/context.ts";
import { observe } from "./observe.ts";

/** What ends with a result, such as a span; active while a generator or a lazy query runs. */
export interface Endable extends Context {
  /** Whether it has not ended. */
  readonly recording: boolean;
  /** Records an error. */
  fail(error: unknown): unknown;
  /** Ends it; only the first call counts. */
  end(): void;
}

type Verb = (this: unknown, ...given: unknown[]) => unknown;
/** Ends the span with the result of a thenable. */
type Follow = (result: object, span: Endable) => void;

/** Methods of a class that are replaced; more than an SDK's promise has. */
const MAX_VERBS = 64;
const VERBS = ["then", "catch", "finally"];

/** The `then` of a value; undefined unless it is a thenable. Never throws. */
export function thenOf(value: object): Verb | undefined {
  try {
    const { then } = value as { then?: unknown };
    return typeof then === "function" ? then as Verb : undefined;
  } catch {
    return undefined; // A getter that throws is the application's own affair.
  }
}

/**
 * Runs the methods of `target` in the context of `span`, wherever they are called: a lazy query is
 * sent when it is first awaited, and never by us. The span ends when the thenable settles. False when
 * that can't be observed.
 */
export function traceThenable(target: object, span: Endable, follow: Follow): boolean {
  const hook = new Hook(target, span, follow);
  try {
    const isPromise = target instanceof Promise;
    const names = isPromise ? verbsOf(target) : VERBS;
    for (const name of names) hook.replace(name);
    if (isPromise) hook.observe(target);
    return hook.isHeld;
  } catch {
    return hook.isHeld; // A proxy that refuses.
  }
}

/** The methods that a class of promises adds, and those of every thenable. */
function verbsOf(target: Promise<unknown>): Set<string> {
  const names = new Set(VERBS);
  let prototype = Object.getPrototypeOf(target);
  while (prototype !== null && prototype !== Promise.prototype) {
    for (const name of Object.getOwnPropertyNames(prototype)) {
      if (names.size < MAX_VERBS && name !== "constructor") names.add(name);
    }
    prototype = Object.getPrototypeOf(prototype);
  }
  return names;
}

class Hook {
  readonly #target: object;
  readonly #span: Endable;
  readonly #follow: Follow;
  /** Whether one method is calling another. */
  #busy = false;
  #settled = false;
  #isHeld = false;

  constructor(target: object, span: Endable, follow: Follow) {
    this.#target = target;
    this.#span = span;
    this.#follow = follow;
  }

  /** Whether `then` was replaced. */
  get isHeld(): boolean {
    return this.#isHeld;
  }

  /** Replaces a method, unless the property is something else or can't be redefined. */
  replace(name: string): void {
    const target = this.#target, descriptor = descriptorOf(target, name);
    const verb = name === "then" ? thenOf(target) : descriptor?.value as Verb | undefined;
    if (typeof verb !== "function") return;
    // deno-lint-ignore no-this-alias -- the method has its own `this`
    const hook = this;
    const value = function (this: unknown, ...given: unknown[]): unknown {
      return hook.#busy || hook.#settled
        ? verb.apply(this, given)
        : hook.#call(name, verb, this, given);
    };
    const enumerable = Object.hasOwn(target, name) && descriptor!.enumerable;
    Reflect.defineProperty(target, name, { value, enumerable, configurable: true, writable: true });
    if (name === "then") this.#isHeld = thenOf(target) === value;
  }

  /** Observes a promise that no code awaits, unless it had settled before. */
  observe(promise: Promise<unknown>): void {
    let isFirst = true;
    observe(promise, () => isFirst || this.#done(undefined), (error) => this.#fail(error));
    queueMicrotask(() => isFirst = false);
  }

  #call(name: string, verb: Verb, self: unknown, given: unknown[]): unknown {
    const bound = this.#bind(name, given, current());
    let result: unknown;
    this.#busy = true;
    try {
      result = run(this.#span, () => verb.apply(self, bound));
    } catch (error) {
      if (name === "then") this.#fail(error);
      throw error;
    } finally {
      this.#busy = false;
    }
    if (name !== "then" && result !== this.#target) this.#leadsOn(result);
    return result;
  }

  /** Callbacks run in the context of the caller. */
  #bind(name: string, given: unknown[], caller: Context | undefined): unknown[] {
    if (name === "then") {
      const [onValue, onError, ...rest] = given;
      return [this.#onValue(onValue, caller), this.#onError(onError, caller), ...rest];
    }
    if (name === "catch" && given.length === 1) return [this.#onError(given[0], caller)];
    if (name !== "finally" || typeof given[0] !== "function") return given;
    const onEnd = given[0] as () => unknown;
    return [() => run(caller, onEnd)];
  }

  #onValue(fn: unknown, caller: Context | undefined): (value: unknown) => unknown {
    return (value) => {
      this.#done(value);
      return typeof fn === "function" ? run(caller, () => fn(value)) : value;
    };
  }

  #onError(fn: unknown, caller: Context | undefined): (error: unknown) => unknown {
    return (error) => {
      this.#fail(error);
      if (typeof fn !== "function") throw error;
      return run(caller, () => fn(error));
    };
  }

  #done(value: unknown): void {
    if (this.#settled) return;
    this.#settled = true;
    if (!this.#leadsOn(value) && this.#span.recording) this.#span.end();
  }

  #fail(error: unknown): void {
    this.#settled = true;
    if (!this.#span.recording) return;
    this.#span.fail(error);
    this.#span.end();
  }

  /** A thenable that a promise resolves to, or a method returns, belongs to the same operation. */
  #leadsOn(result: unknown): boolean {
    if (typeof result !== "object" || result === null) return false;
    if (thenOf(result) === undefined) return false;
    this.#follow(result, this.#span);
    return true;
  }
}

function descriptorOf(target: object, name: string): PropertyDescriptor | undefined {
  for (let at: object | null = target; at !== null; at = Object.getPrototypeOf(at)) {
    const descriptor = Object.getOwnPropertyDescriptor(at, name);
    if (descriptor !== undefined) return descriptor;
  }
  return undefined;
}
