import { deepEqual, equal, throws } from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { PassThrough, Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { test } from "node:test";
import { current } from "../../src/core/context.ts";
import { Tracer } from "../../src/trace/tracer.ts";

const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 0));

/** The spans by name, each with the name of its parent. */
function tree(tracer: Tracer): Record<string, string> {
  const records = tracer.finished.since(0);
  const names = new Map(records.map((record) => [record.spanId, record.name]));
  return Object.fromEntries(
    records.map((record) => [record.name, names.get(record.parentSpanId) ?? ""]),
  );
}

test("a span stays active across await, timers and microtasks", async () => {
  const tracer = new Tracer();
  await tracer.span("root", async () => {
    await tick();
    tracer.start("after a timer").end();
    await Promise.resolve();
    queueMicrotask(() => tracer.start("in a microtask").end());
    await new Promise<void>((resolve) =>
      setTimeout(() => {
        tracer.start("in a timer").end();
        resolve();
      }, 0)
    );
    await Promise.resolve().then(() => tracer.start("in a then").end());
  });
  deepEqual(tree(tracer), {
    "after a timer": "root",
    "in a microtask": "root",
    "in a timer": "root",
    "in a then": "root",
    root: "",
  });
  equal(current(), undefined);
});

test("concurrent spans do not mix", async () => {
  const tracer = new Tracer();
  await tracer.span(
    "root",
    () =>
      Promise.all(["a", "b", "c"].map((name) =>
        tracer.span(name, async (span) => {
          for (let i = 0; i < 3; i++) {
            await tick();
            equal(current(), span);
            tracer.span(`${name}${i}`, () => {});
          }
        })
      )),
  );
  const expected: Record<string, string> = { root: "" };
  for (const name of ["a", "b", "c"]) {
    expected[name] = "root";
    for (let i = 0; i < 3; i++) expected[`${name}${i}`] = name;
  }
  deepEqual(tree(tracer), expected);
});

test("detached work stays in the span that started it, after its end", async () => {
  const tracer = new Tracer();
  let detached: Promise<void> | undefined;
  tracer.span("request", () => {
    detached = tick().then(() => tracer.span("later", () => {}));
  });
  equal(tracer.counts.finished, 1);
  await detached;
  deepEqual(tree(tracer), { request: "", later: "request" });
});

test("an event listener runs in the span that emits, a stream's pull in the one that reads", async () => {
  const tracer = new Tracer(), emitter = new EventEmitter();
  emitter.on("order", () => tracer.start("listener").end());
  tracer.span("emit", () => emitter.emit("order"));
  await tracer.span("read", async () => {
    const stream = new ReadableStream<number>({
      start(controller) {
        tracer.start("stream starts").end();
        controller.enqueue(1);
        controller.close();
      },
    });
    for await (const chunk of stream) tracer.start(`chunk ${chunk}`).end();
  });
  deepEqual(tree(tracer), {
    listener: "emit",
    emit: "",
    "stream starts": "read",
    "chunk 1": "read",
    read: "",
  });
});

test("a generator runs each step in its span, its consumer does not", () => {
  const tracer = new Tracer();
  const numbers = tracer.span("generate", function* (span) {
    equal(current(), span);
    const sent: string = yield 1;
    tracer.start("second step").end();
    yield sent.length;
    return 3;
  });
  equal(current(), undefined);
  deepEqual(numbers.next(), { value: 1, done: false });
  equal(current(), undefined);
  deepEqual(numbers.next("four"), { value: 4, done: false });
  equal(tracer.counts.finished, 1);
  deepEqual(numbers.next(), { value: 3, done: true });
  deepEqual(numbers.next(), { value: undefined, done: true });
  deepEqual(tree(tracer), { "second step": "generate", generate: "" });
  equal(tracer.counts.misuse, 0);
});

test("a generator's span ends when its loop is left, and when it throws", () => {
  const tracer = new Tracer();
  const endless = () =>
    tracer.span("endless", function* () {
      for (let i = 0;; i++) yield i;
    });
  for (const i of endless()) if (i === 2) break;
  equal(tracer.counts.finished, 1);
  const error = new Error("inside");
  const failing = tracer.span("failing", function* () {
    yield 1;
    throw error;
  });
  throws(() => [...failing], error);
  deepEqual(
    tracer.finished.since(0).map(({ name, status }) => [name, status]),
    [["endless", "unset"], ["failing", "error"]],
  );
  deepEqual([...endless().take(2)], [0, 1]);
});

test("an async generator runs each step in its span", async () => {
  const tracer = new Tracer();
  const pages = tracer.span("pages", async function* (span) {
    for (let page = 1; page <= 2; page++) {
      await tick();
      equal(current(), span);
      tracer.start(`page ${page}`).end();
      yield page;
    }
  });
  const seen: number[] = [];
  await tracer.span("consumer", async (consumer) => {
    for await (const page of pages) {
      equal(current(), consumer);
      seen.push(page);
    }
  });
  deepEqual(seen, [1, 2]);
  deepEqual(tree(tracer), { "page 1": "pages", "page 2": "pages", pages: "", consumer: "" });
});

test("an async generator's span ends when its loop is left, and when it throws", async () => {
  const tracer = new Tracer();
  const pages = (fail: boolean) =>
    tracer.span("pages", async function* () {
      yield await Promise.resolve(1);
      if (fail) throw new Error("inside");
      yield 2;
    });
  for await (const _page of pages(false)) break;
  let caught = "";
  try {
    for await (const _page of pages(true));
  } catch (error) {
    caught = (error as Error).message;
  }
  equal(caught, "inside");
  deepEqual(tracer.finished.since(0).map(({ status }) => status), ["unset", "error"]);
});

test("a span stays active across intervals, immediates and aborts", async () => {
  const tracer = new Tracer(), controller = new AbortController();
  await tracer.span("root", async () => {
    await new Promise<void>((resolve) => {
      const interval = setInterval(() => {
        tracer.start("in an interval").end();
        clearInterval(interval);
        resolve();
      }, 1);
    });
    await new Promise<void>((resolve) =>
      setImmediate(() => {
        tracer.start("in an immediate").end();
        resolve();
      })
    );
    controller.signal.addEventListener("abort", () => tracer.start("on abort").end());
    tracer.span("who aborts", () => controller.abort());
  });
  const parents = tree(tracer);
  deepEqual([parents["in an interval"], parents["in an immediate"]], ["root", "root"]);
  // Listeners of an event target run where it is dispatched.
  equal(parents["on abort"], "who aborts");
});

test("a span stays active while streams are read and written", async () => {
  const tracer = new Tracer();
  const source = () =>
    new ReadableStream<number>({
      async pull(controller) {
        await tick();
        controller.enqueue(1);
        controller.close();
      },
    });
  await Promise.all(["a", "b"].map((name) =>
    tracer.span(name, async (span) => {
      const doubled = source().pipeThrough(
        new TransformStream<number, number>({
          transform: (chunk, controller) => controller.enqueue(chunk * 2),
        }),
      );
      for await (const chunk of doubled) {
        equal(current(), span);
        tracer.start(`${name} chunk ${chunk}`).end();
      }
      await source().pipeTo(new WritableStream<number>());
      equal(current(), span);
      for await (const chunk of Readable.from(["x"])) tracer.start(`${name} node ${chunk}`).end();
      await pipeline(Readable.from(["y"]), new PassThrough(), async (chunks) => {
        for await (const chunk of chunks) tracer.start(`${name} piped ${chunk}`).end();
      });
      equal(current(), span);
    })
  ));
  const expected: Record<string, string> = { a: "", b: "" };
  for (const name of ["a", "b"]) {
    for (const part of ["chunk 2", "node x", "piped y"]) expected[`${name} ${part}`] = name;
  }
  deepEqual(tree(tracer), expected);
});

test("the span that awaits race, any and allSettled is active afterwards", async () => {
  const tracer = new Tracer();
  const work = (name: string) => tracer.span(name, async () => await tick());
  await tracer.span("root", async (root) => {
    await Promise.race([work("a"), work("b")]);
    equal(current(), root);
    await Promise.any([work("c"), Promise.reject(new Error("no"))]);
    equal(current(), root);
    await Promise.allSettled([work("d"), Promise.reject(new Error("no"))]);
    equal(current(), root);
    const emitter = new EventEmitter();
    setTimeout(() => emitter.emit("done"), 0);
    await once(emitter, "done");
    equal(current(), root);
  });
});
