// deno-lint-ignore-file require-await -- what an async function does is what is tried
/**
 * Rejections of every kind and use, once bare and once in a span: prints which unhandled ones the
 * runtime saw. Run by `promise_test.ts`.
 */
import process from "node:process";
import { runtime } from "../../src/core/platform.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const later = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
const seen: string[] = [];
process.on("unhandledRejection", (error) => seen.push(`unhandled ${(error as Error).message}`));
// Bun tells of it for some promises only, whoever made them.
if (runtime.name !== "bun") process.on("rejectionHandled", () => seen.push("handled after all"));

class Special<T> extends Promise<T> {}
class Lazy extends Promise<never> {
  #reject: (error: Error) => void;
  constructor(
    executor?: (resolve: (value: never) => void, reject: (error: Error) => void) => void,
  ) {
    let reject = (_error: Error) => {};
    super(executor ?? ((_, no) => reject = no));
    this.#reject = reject;
  }
  execute(): this {
    queueMicrotask(() => this.#reject(new Error("lazy")));
    return this;
  }
  override then<A, B>(
    onValue?: ((value: never) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.execute();
    return super.then(onValue, onError);
  }
  static override get [Symbol.species]() {
    return Promise;
  }
}

const kinds: Record<string, () => unknown> = {
  "an async function that throws at once": async () => {
    throw new Error("at once");
  },
  "an async function that throws later": async () => {
    await later();
    throw new Error("later");
  },
  "a rejected promise": () => Promise.reject(new Error("rejected")),
  "a promise that rejects later": () =>
    later().then(() => {
      throw new Error("later");
    }),
  "a promise of a subclass": () =>
    new Special((_, reject) => setTimeout(() => reject(new Error("special")), 0)),
  "a lazy query": () => new Lazy(),
  "a lazy query that is sent": () => new Lazy().execute(),
  "a promise that two have": (() => {
    let shared: Promise<never> | undefined, calls = 0;
    return () => calls++ % 2 === 0 ? shared = Promise.reject(new Error("shared")) : shared;
  })(),
};

const ignore = () => {};
const uses: Record<string, (promise: Promise<unknown>) => unknown> = {
  dropped: ignore,
  "awaited at once": async (promise) => {
    await promise;
  },
  "caught": (promise) => promise.catch(ignore),
  "caught by then": (promise) => promise.then(ignore, ignore),
  "chained only": (promise) => void promise.then(ignore),
  "finally only": (promise) => void promise.finally(ignore),
  "in Promise.all": (promise) => Promise.all([promise]).catch(ignore),
  "in Promise.allSettled": (promise) => Promise.allSettled([promise]),
  "in Promise.race": (promise) => Promise.race([promise]).catch(ignore),
  "given on": (promise) => (async () => await (async () => promise)())().catch(ignore),
  "resolved with": (promise) => new Promise((resolve) => resolve(promise)).catch(ignore),
  "caught some microtasks later": async (promise) => {
    await null;
    await null;
    await promise;
  },
  "caught too late": async (promise) => {
    for (let i = 0; i < 4; i++) await later();
    await promise;
  },
  "caught twice": (promise) => (promise.catch(ignore), promise.catch(ignore)),
};

const tracer = new Tracer();
const ways: Record<string, (fn: () => unknown) => unknown> = {
  bare: (fn) => fn(),
  span: (fn) => tracer.span("span", fn),
  "span in a span": (fn) => tracer.span("outer", () => tracer.span("inner", fn)),
};

const table: Record<string, Record<string, string[]>> = {};
for (const [kind, fn] of Object.entries(kinds)) {
  for (const [use, apply] of Object.entries(uses)) {
    const row: Record<string, string[]> = table[`${kind}, ${use}`] = {};
    for (const [way, run] of Object.entries(ways)) {
      seen.length = 0;
      const isShared = kind === "a promise that two have";
      const result = run(fn) as Promise<unknown>;
      if (isShared) apply(run(fn) as Promise<unknown>);
      const used = apply(result);
      if (used instanceof Promise) used.catch(ignore);
      for (let i = 0; i < 8; i++) await later();
      row[way] = [...seen];
    }
  }
}
console.log(JSON.stringify(table));
