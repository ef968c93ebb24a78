// deno-lint-ignore-file require-await -- what an async function does is what is tried
import { deepEqual, equal, rejects, throws } from "node:assert/strict";
import { execFile } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { current } from "../../src/core/context.ts";
import { runtime } from "../../src/core/platform.ts";
import { alwaysOff, parentBased } from "../../src/trace/sampling/sampler.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { skipWhen } from "../tool.ts";

const ended = (tracer: Tracer) =>
  tracer.finished.since(0).map(({ name, status }) => [name, status]);
const traceIds = (tracer: Tracer) => tracer.finished.since(0).map(({ traceId }) => traceId);

/** What a generated SDK gives: eager, its body read once, by whichever verb comes first. */
class ApiPromise<T> extends Promise<T> {
  static made = 0;
  readonly #response: Promise<{ status: number; read(): T }>;
  readonly reads: string[];
  constructor(response: Promise<{ status: number; read(): T }>, reads: string[] = []) {
    super((resolve) => resolve(undefined as T));
    ApiPromise.made++;
    this.#response = response;
    this.reads = reads;
  }
  asResponse() {
    return this.#response.then(({ status }) => status);
  }
  async withResponse() {
    const [data, status] = await Promise.all([this.parse(), this.asResponse()]);
    return { data, status };
  }
  parse(): Promise<T> {
    this.reads.push(current()?.spanId ?? "nowhere");
    return this.#response.then((response) => response.read());
  }
  override then<A, B>(
    onValue?: ((value: T) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    return this.parse().then(onValue, onError);
  }
  override catch<B>(onError?: ((error: unknown) => B | PromiseLike<B>) | null): Promise<T | B> {
    return this.parse().catch(onError);
  }
  override finally(onEnd?: (() => void) | null): Promise<T> {
    return this.parse().finally(onEnd);
  }
}
const answer = () => new ApiPromise(Promise.resolve({ status: 200, read: () => "hi" }));

/** A query as database drivers have it: sent when somebody asks for its end. */
class Query extends Promise<string[]> {
  readonly sent: (string | undefined)[] = [];
  #settle: { resolve(rows: string[]): void; reject(error: unknown): void };
  #error: unknown;
  constructor(error?: unknown) {
    let settle = {} as { resolve(rows: string[]): void; reject(error: unknown): void };
    super((resolve, reject) => settle = { resolve, reject });
    this.#settle = settle;
    this.#error = error;
  }
  values(): this {
    return this;
  }
  execute(): this {
    if (this.sent.length > 0) return this;
    this.sent.push(current()?.spanId);
    const { resolve, reject } = this.#settle;
    queueMicrotask(() => this.#error === undefined ? resolve(["row"]) : reject(this.#error));
    return this;
  }
  override then<A, B>(
    onValue?: ((value: string[]) => A | PromiseLike<A>) | null,
    onError?: ((error: unknown) => B | PromiseLike<B>) | null,
  ): Promise<A | B> {
    this.execute();
    return super.then(onValue, onError);
  }
  static override get [Symbol.species]() {
    return Promise;
  }
}

/** A client's promise that is none: each verb sends for itself. */
function plainQuery(log: (string | undefined)[], outcome: () => Promise<unknown>) {
  const send = () => {
    log.push(current()?.spanId);
    return outcome();
  };
  return {
    then: (a?: (value: unknown) => unknown, b?: (error: unknown) => unknown) => send().then(a, b),
    catch: (a: (error: unknown) => unknown) => send().catch(a),
    finally: (a: () => void) => send().finally(a),
  };
}

test("Tracer.span() returns the same object, of any kind", async () => {
  class Special extends Promise<number> {}
  const results: [what: string, result: object, end?: () => unknown][] = [
    ["a promise", Promise.resolve(1)],
    ["one that waits", new Promise((resolve) => setTimeout(resolve, 0))],
    ["a subclass", Special.resolve(1)],
    ["an SDK's", answer()],
    ["a query", new Query()],
    ["a thenable", { then: (resolve: (value: number) => void) => resolve(1) }],
    ["a frozen promise", Object.freeze(Promise.resolve(1))],
    ["a generator", (function* () {})()],
    ["an async generator", (async function* () {})()],
    ["a null prototype", Object.create(null)],
    ["what only inherits", Object.create(Promise.prototype)],
    ["a proxy", new Proxy(Promise.resolve(1), {})],
  ];
  for (const [what, result] of results) {
    const tracer = new Tracer(), keys = Object.keys(result);
    const given = tracer.span(what, () => result);
    equal(given, result, what);
    deepEqual(Object.keys(given), keys, what);
    if (Symbol.iterator in result) { for (const _ of result as Iterable<unknown>); }
    if (Symbol.asyncIterator in result) { for await (const _ of result as AsyncIterable<unknown>); }
    if (!what.endsWith("generator") && what !== "a proxy" && what !== "what only inherits") {
      await given;
    }
    deepEqual(ended(tracer), [[what, "unset"]]);
  }
});

test("Tracer.span() does not change a promise, and constructs none of its class", async () => {
  let made = 0;
  class Counted extends Promise<string> {
    constructor(executor: ConstructorParameters<typeof Promise<string>>[0]) {
      super(executor);
      made++;
    }
    both() {
      return this.then((data) => ({ data, status: 200 }));
    }
  }
  const tracer = new Tracer(), promise = Counted.resolve("hi") as Counted;
  equal(tracer.span("chat", () => promise), promise);
  equal(made, 1);
  equal(promise.constructor, Counted);
  equal(Object.getPrototypeOf(promise), Counted.prototype);
  deepEqual(await promise.both(), { data: "hi", status: 200 });
  const dropped = Promise.resolve(2);
  tracer.span("dropped", () => dropped);
  await null;
  await null;
  equal(Object.getPrototypeOf(dropped), Promise.prototype);
  const assigned = Promise.resolve(3);
  tracer.span("assigned", () => assigned);
  assigned.constructor = Counted;
  equal(Object.getOwnPropertyDescriptor(assigned, "constructor")?.value, Counted);
  equal(tracer.counts.finished, 2);
});

test("Tracer.span() does not start an SDK's lazy promise", async () => {
  const cases: [verb: string, read: (promise: ApiPromise<string>) => unknown, expected: unknown][] =
    [
      ["await", async (promise) => await promise, "hi"],
      ["withResponse", (promise) => promise.withResponse(), { data: "hi", status: 200 }],
      ["asResponse", (promise) => promise.asResponse(), 200],
      ["catch", (promise) => promise.catch(() => {}), "hi"],
      ["finally", (promise) => promise.finally(() => {}), "hi"],
    ];
  for (const [verb, read, expected] of cases) {
    const tracer = new Tracer(), made = ApiPromise.made;
    let spanId = "";
    const promise = tracer.span("chat", (span) => {
      spanId = span.spanId;
      return answer();
    });
    await null;
    deepEqual([promise.reads, tracer.counts.finished], [[], 0], verb);
    deepEqual(await read(promise), expected, verb);
    deepEqual(promise.reads, verb === "asResponse" ? [] : [spanId], verb);
    deepEqual(ended(tracer), [["chat", "unset"]], verb);
    equal(ApiPromise.made, made + 1);
  }
});

test("a lazy query is sent in its span when it is awaited, and ends the span", async () => {
  const sends: [verb: string, send: (query: Query) => unknown][] = [
    ["await", async (query) => await query],
    ["then", (query) => query.then((rows) => rows)],
    ["catch", (query) => query.catch(() => [])],
    ["finally", (query) => query.finally(() => {})],
    ["values", async (query) => await query.values()],
    ["execute", (query) => query.execute()],
    ["Promise.all", async (query) => (await Promise.all([query]))[0]],
    ["given on", (query) => (async () => await (async () => query)())()],
  ];
  for (const [verb, send] of sends) {
    const tracer = new Tracer();
    let spanId = "";
    const query = tracer.span("q", (span) => {
      spanId = span.spanId;
      return new Query();
    });
    for (let i = 0; i < 3; i++) await null;
    deepEqual([query.sent, tracer.counts.finished], [[], 0], verb);
    deepEqual(await send(query), ["row"], verb);
    deepEqual(query.sent, [spanId], verb);
    deepEqual(ended(tracer), [["q", "unset"]], verb);
    deepEqual(await query, ["row"]);
    deepEqual([tracer.counts.finished, tracer.counts.misuse], [1, 0], verb);
  }
});

test("a lazy query that fails fails its span, and its error is passed on unchanged", async () => {
  const error = new TypeError("no such table");
  const sends: [verb: string, send: (query: PromiseLike<unknown> & Query) => unknown][] = [
    ["await", async (query) => await query],
    ["then", (query) => query.then((rows) => rows)],
    ["finally", (query) => query.finally(() => {})],
    ["catch", (query) => query.catch((caught) => Promise.reject(caught))],
  ];
  const log: string[] = [];
  for (const [verb, send] of sends) {
    for (
      const make of [
        () => new Query(error),
        () => plainQuery(log as [], () => Promise.reject(error)),
      ]
    ) {
      const tracer = new Tracer(), query = tracer.span("q", make) as Query;
      await rejects(send(query) as Promise<unknown>, (thrown) => thrown === error);
      deepEqual(ended(tracer), [["q", "error"]], verb);
    }
  }
  const tracer = new Tracer();
  const broken = tracer.span("q", () => ({
    then() {
      throw error;
    },
  }));
  throws(() => broken.then(), (thrown) => thrown === error);
  deepEqual(ended(tracer), [["q", "error"]]);
});

test("each method of a thenable runs in the span, its callbacks in the context of the caller", async () => {
  for (const verb of ["then", "catch", "finally"] as const) {
    const tracer = new Tracer(), sent: (string | undefined)[] = [];
    let spanId = "";
    const query = tracer.span("q", (span) => {
      spanId = span.spanId;
      return plainQuery(sent, () => verb === "catch" ? Promise.reject(1) : Promise.resolve(1));
    });
    let where: unknown = "not called";
    await tracer.span("caller", async (span) => {
      await query[verb](() => where = current());
      equal(where, span, verb);
      equal(current(), span, verb);
    });
    deepEqual(sent, [spanId], verb);
    deepEqual(ended(tracer), [["q", verb === "catch" ? "error" : "unset"], ["caller", "unset"]]);
  }
});

test("a span lasts until the thenable that its thenable resolves to settles", async () => {
  const tracer = new Tracer();
  let resolve = (_value: number) => {};
  const inner = new Promise<number>((settle) => resolve = settle);
  const outer = tracer.span("q", () => ({
    then: (onValue: (value: Promise<number>) => void) => onValue(inner),
  }));
  const read = (async () => await (outer as unknown as Promise<number>))();
  for (let i = 0; i < 5; i++) await null;
  equal(tracer.counts.finished, 0);
  resolve(7);
  equal(await read, 7);
  equal(tracer.counts.finished, 1);
});

test("a lazy query and a generator of an unrecorded span are in its trace", async () => {
  const tracer = new Tracer({
    sampler: (...given) =>
      given[1] === "root" ? parentBased(alwaysOff)(...given) : { sampled: true },
  });
  let traceId = "";
  const query = tracer.span("root", (span) => {
    traceId = span.traceId;
    return { then: (resolve: (value: number) => void) => tracer.span("inner", () => resolve(1)) };
  });
  equal(await (query as unknown as Promise<number>), 1);
  const steps = tracer.span("root", function* (span) {
    traceId = span.traceId;
    yield tracer.span("inner", () => 2);
  });
  deepEqual(traceIds(tracer).length, 1);
  deepEqual([...steps], [2]);
  equal(traceIds(tracer)[1], traceId);
});

test("Bun's shell and its methods work inside a span", {
  skip: skipWhen(runtime.name !== "bun", "the shell is Bun's"),
}, async () => {
  // deno-lint-ignore no-explicit-any -- only Bun has it
  const { $ } = (globalThis as any).Bun;
  const tracer = new Tracer();
  equal(await tracer.span("text", () => $`echo hi`).text(), "hi\n");
  equal((await tracer.span("quiet", () => $`exit 3`).nothrow().quiet()).exitCode, 3);
  await rejects(tracer.span("fails", () => $`exit 4`.quiet()) as Promise<unknown>);
  deepEqual(ended(tracer), [["text", "unset"], ["quiet", "unset"], ["fails", "error"]]);
});

test("a span does not change unhandled rejections", {
  skip: skipWhen(runtime.name === "node", "its child runs on Deno and Bun"),
}, async () => {
  const child = fileURLToPath(new URL("./unhandled_child.ts", import.meta.url));
  const args = runtime.name === "bun" ? [child] : ["run", "-A", "--no-check", child];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const table = JSON.parse(stdout) as Record<string, Record<string, string[]>>;
  equal(Object.values(table).filter(({ bare }) => bare!.length > 0).length > 20, true);
  for (const [what, { bare, ...spans }] of Object.entries(table)) {
    for (const [how, events] of Object.entries(spans)) deepEqual(events, bare, `${what}: ${how}`);
  }
});
