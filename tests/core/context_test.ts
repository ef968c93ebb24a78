import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { type Context, current, run, runWith } from "../../src/core/context.ts";

const context = (requestId: string): Context => ({
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 3,
  tracestate: "",
  requestId,
});

test("current() is undefined outside any context", () => {
  equal(current(), undefined);
});

test("run() makes a context active for the call only, and nests", () => {
  const outer = context("outer"), inner = context("inner");
  const result = run(outer, () => {
    equal(current(), outer);
    run(inner, () => equal(current(), inner));
    equal(current(), outer);
    run(undefined, () => equal(current(), undefined));
    return 7;
  });
  equal(result, 7);
  equal(current(), undefined);
});

test("run() restores the context after a throw", () => {
  throws(() =>
    run(context("a"), () => {
      throw new Error("no");
    }), /^Error: no$/);
  equal(current(), undefined);
});

test("runWith() passes its argument", () => {
  const active = context("a");
  equal(runWith(active, (n: number) => current() === active ? n + 1 : -1, 41), 42);
});
