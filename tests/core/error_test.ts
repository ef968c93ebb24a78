import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { clip } from "../../src/core/text.ts";
import { describeError, type ErrorDescription, isError } from "../../src/core/redact/error.ts";

class PaymentError extends Error {}

function withoutStacks(description: ErrorDescription): unknown {
  return JSON.parse(
    JSON.stringify(description, (key, value) => key === "stack" ? undefined : value),
  );
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

const cyclic = new Error("a");
cyclic.cause = new Error("b", { cause: cyclic });

const TABLE: readonly [title: string, thrown: unknown, expected: unknown][] = [
  ["an error", new TypeError("bad"), { type: "TypeError", message: "bad" }],
  ["a class that inherits its name", new PaymentError("no"), {
    type: "PaymentError",
    message: "no",
  }],
  ["a DOMException", new DOMException("gone", "AbortError"), {
    type: "AbortError",
    message: "gone",
    code: 20,
  }],
  ["a system error's code", Object.assign(new Error("refused"), { code: "ECONNREFUSED" }), {
    type: "Error",
    message: "refused",
    code: "ECONNREFUSED",
  }],
  ["a cause", new Error("outer", { cause: new RangeError("inner") }), {
    type: "Error",
    message: "outer",
    cause: { type: "RangeError", message: "inner" },
  }],
  ["a cause that is no error", new Error("outer", { cause: "just text" }), {
    type: "Error",
    message: "outer",
    cause: { type: "string", message: "just text" },
  }],
  ["an aggregate", new AggregateError([new Error("1"), 2], "both"), {
    type: "AggregateError",
    message: "both",
    errors: [{ type: "Error", message: "1" }, { type: "number", message: "2" }],
  }],
  ["a cycle", cyclic, {
    type: "Error",
    message: "a",
    cause: { type: "Error", message: "b" },
  }],
  ["a string", "text", { type: "string", message: "text" }],
  ["undefined", undefined, { type: "undefined", message: "undefined" }],
  ["null", null, { type: "null", message: "null" }],
  ["a symbol", Symbol("s"), { type: "symbol", message: "Symbol(s)" }],
  ["a function", () => 1, { type: "Function", message: "[function]" }],
  ["a plain object", { status: 500, inner: {} }, {
    type: "Object",
    message: "{ status: 500, inner: [object] }",
  }],
  ["a getter that throws", {
    get message() {
      throw new Error("trap");
    },
  }, { type: "Object", message: "{ message: undefined }" }],
  ["a revoked proxy", revoked(), { type: "object", message: "[object that can't be read]" }],
];

for (const [title, thrown, expected] of TABLE) {
  test(`describeError() describes ${title}`, () => {
    assert.deepEqual(withoutStacks(describeError(thrown)), expected);
  });
}

test("describeError() keeps the stack and cuts a long one", () => {
  assert.match(describeError(new Error("here")).stack!, /error_test/);
  const error = new Error("long");
  error.stack = "x".repeat(10_000);
  assert.equal(describeError(error).stack, "x".repeat(8192) + "…[1808 cut]");
});

function count(description: ErrorDescription): number {
  const inner = [...description.errors ?? []];
  if (description.cause !== undefined) inner.push(description.cause);
  return inner.reduce((sum, each) => sum + count(each), 1);
}

test("describeError() is bounded for wide, deep and hostile aggregates", () => {
  let chain = new Error("end");
  for (let i = 0; i < 10_000; i++) chain = new Error("link", { cause: chain });
  assert.equal(count(describeError(chain)), 9);

  const wide = (depth: number): unknown =>
    depth === 0
      ? "leaf"
      : new AggregateError(Array.from({ length: 20 }, () => wide(depth - 1)), "wide");
  assert.ok(count(describeError(wide(3))) <= 32);

  const same = new Error("same");
  const endless = Object.assign(new Error("endless"), {
    errors: new Proxy([], { get: (_, key) => key === "length" ? 2 ** 32 - 1 : same }),
  });
  assert.ok(count(describeError(endless)) <= 32);
});

test("describeError() is fast for a huge bigint", () => {
  const { message } = describeError(1n << 1_000_000n);
  assert.equal(message.slice(0, 6), "0x1000");
  assert.equal(message.length, 4096 + "…[245907 cut]".length);
});

test("isError() recognizes errors and survives proxies", () => {
  assert.deepEqual([new PaymentError(), { message: "" }, revoked(), null].map(isError), [
    true,
    false,
    false,
    false,
  ]);
});

test("clip() does not split a surrogate pair", () => {
  assert.equal(clip("ab", 2), "ab");
  assert.equal(clip("a😀b", 2), "a…[3 cut]");
});

test("describeError() hides the usual secrets in thrown objects", () => {
  const thrown = new AggregateError([{ password: "hunter2", host: "db" }], "x");
  assert.deepEqual(describeError(thrown).errors, [
    { type: "Object", message: "{ password: [REDACTED], host: db }" },
  ]);
  const { message } = describeError({ token: 1, a: 2 }, new Redactor({ by: "remove" }));
  assert.equal(message, "{ a: 2 }");
});

test("describeError() hides by path, in the stack too, and below hidden errors", () => {
  const stackOf = (message: string) => `Error: ${message}\n    at f (file:///a.ts:1:1)`;
  const made = (message: string, more: object = {}) =>
    Object.assign(new Error(message), { stack: stackOf(message), code: "E_ONE", ...more });
  const cause = made("for ada", { cause: "deeper" });
  const errors = [made("one"), made("two")];
  const error = () => made("no ada", { cause, errors });
  const paths = ["error.cause.message", "error.errors[1]"];
  assert.deepEqual(describeError(error(), new Redactor({ paths })), {
    type: "Error",
    message: "no ada",
    stack: stackOf("no ada"),
    code: "E_ONE",
    cause: {
      type: "Error",
      message: "[REDACTED]",
      stack: stackOf("[REDACTED]"),
      code: "E_ONE",
      cause: { type: "string", message: "deeper" },
    },
    errors: [
      { type: "Error", message: "one", stack: stackOf("one"), code: "E_ONE" },
      { type: "Error", message: "[REDACTED]" },
    ],
  });
  const removing = new Redactor({
    by: "remove",
    paths: ["err.message", "err.cause", "err.code", "err.errors"],
  });
  assert.deepEqual(describeError(error(), removing, ["err"]), {
    type: "Error",
    message: "",
    stack: stackOf(""),
    errors: [],
  });
  const keyed = new Redactor({ keys: ["message", "stack"] });
  assert.deepEqual(describeError("text", keyed), { type: "string", message: "[REDACTED]" });
  const { message, stack } = describeError(error(), keyed);
  assert.deepEqual([message, stack], ["[REDACTED]", "[REDACTED]"]);
  assert.equal(
    describeError({ a: 1, pin: 2 }, new Redactor({ keys: [], paths: ["error.pin"] })).message,
    "{ a: 1, pin: [REDACTED] }",
  );
});
