import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { HealthRegistry } from "../../src/health/registry.ts";
import { EMAILS, Logger, type RedactOptions, Redactor } from "../../src/log/mod.ts";
import { Tracer } from "../../src/trace/tracer.ts";

test("Faults counts by place and passes each key to the listener once", () => {
  const told: string[] = [];
  const faults = new Faults((where, error) => told.push(`${where}: ${error}`));
  faults.record("a", 1);
  faults.record("a", 2);
  faults.record("b", 3, "b one");
  faults.record("b", 4, "b two");
  faults.record("b", 5, "b one");
  assert.deepEqual(Object.fromEntries(faults.counts()), { a: 2, b: 3 });
  assert.deepEqual(told, ["a: 1", "b: 3", "b: 4"]);
});

test("Faults survives a listener that throws", () => {
  const faults = new Faults(() => {
    throw new Error("listener");
  });
  faults.record("a", 1);
  assert.equal(faults.counts().get("a"), 1);
});

test("Faults.guard gives the result, or undefined and a count", () => {
  const faults = new Faults();
  assert.equal(faults.guard("a", () => 7), 7);
  assert.equal(
    faults.guard("a", () => {
      throw new Error("x");
    }),
    undefined,
  );
  assert.equal(faults.counts().get("a"), 1);
});

test("Faults.guard counts a promise that rejects, and gives it all the same", async () => {
  const faults = new Faults(() => {});
  const given = faults.guard("a", () => Promise.reject(new Error("the pager is down")));
  await assert.rejects(given!, /the pager is down/);
  // Nobody waits for this one: unhandled, it would end the process and so the test.
  faults.guard("a", async () => {
    await null;
    throw new Error("x");
  });
  await new Promise((resolve) => setTimeout(resolve));
  assert.equal(faults.counts().get("a"), 2);
});

test("Faults remembers a bounded number of keys", () => {
  let told = 0;
  const faults = new Faults(() => told++);
  for (let i = 0; i < 5000; i++) faults.record("a", i, `key ${i}`);
  assert.equal(told, 1000);
  assert.equal(faults.counts().get("a"), 5000);
});

/** What is said on standard error while `fn` runs. */
function said(fn: () => void): string[] {
  const lines: string[] = [], warn = console.warn;
  console.warn = (...words) => lines.push(words.map(String).join(" "));
  try {
    fn();
  } finally {
    console.warn = warn;
  }
  return lines;
}

test("Faults writes one line that can't forge another, and cuts a long one", () => {
  const lines = said(() => {
    const faults = new Faults();
    faults.record("a", new Error("a\nFORGED \x1b[31m\u202e"));
    faults.record("b", new Error("x".repeat(5000)));
    faults.record("c\n", "text");
    faults.record("d", { password: "hunter2" });
    faults.record("e", undefined);
  });
  assert.equal(lines[0], "telltale: a: a\\nFORGED \\u001b[31m\\u202e");
  assert.match(lines[1]!, /^telltale: b: x+…\[\d+ cut\]$/);
  assert.ok(lines[1]!.length < 1020);
  assert.deepEqual(lines.slice(2), [
    "telltale: c\\n: text",
    "telltale: d: [object Object]",
    "telltale: e: [object Undefined]",
  ]);
});

test("Faults describes errors by its `describe`, and writes nothing when that throws", () => {
  const lines = said(() => {
    const faults = new Faults();
    faults.describe = (error) => `<${(error as Error).message.length}>`;
    faults.record("a", new Error("four"));
    faults.record("b", null);
  });
  assert.deepEqual(lines, ["telltale: a: <4>"]);
});

test("Faults hides matches of the application's patterns, by the part that shares it", () => {
  for (
    const make of [
      (faults: Faults, redactor: Redactor) => new HealthRegistry({ faults, redactor }),
      (faults: Faults, redactor: Redactor) => new Tracer({ faults, redactor }),
      (faults: Faults, redactor: Redactor) =>
        new Logger({ faults, redact: redactor as RedactOptions, sinks: [] }),
    ]
  ) {
    const lines = said(() => {
      const faults = new Faults();
      make(faults, new Redactor({ patterns: [EMAILS] }));
      const cause = new Error("for ada@example.org, token=abc");
      faults.record("check", new TypeError("fetch failed", { cause }));
    });
    assert.deepEqual(lines, [
      "telltale: check: TypeError: fetch failed (Error: for [REDACTED], token=[REDACTED])",
    ]);
  }
});
