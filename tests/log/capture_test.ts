import assert from "node:assert/strict";
import { test } from "node:test";
import { captureConsole } from "../../src/log/console.ts";
import { FunctionSink } from "../../src/log/sink/function.ts";
import { Logger } from "../../src/log/logger.ts";
import { ManualClock } from "../manual_clock.ts";

function make() {
  return new Logger({ level: "trace", sinks: [], clock: new ManualClock() });
}

/** What `use` says with console, as level, message and fields. */
function captured(use: () => void): unknown[] {
  const log = make();
  const restore = captureConsole(log);
  try {
    use();
  } finally {
    restore();
  }
  return log.ring.since(0).map(({ severity, message, fields }) => [severity, message, fields]);
}

test("captureConsole() captures each method at its level, and restores it", () => {
  const before = { ...console };
  const records = captured(() => {
    console.trace("a");
    console.debug("b");
    console.log("c");
    console.info("d");
    console.warn("e");
    console.error("f");
  });
  assert.deepEqual(records, [
    [1, "a", {}],
    [5, "b", {}],
    [9, "c", {}],
    [9, "d", {}],
    [13, "e", {}],
    [
      17,
      "f",
      {},
    ],
  ]);
  for (const name of ["trace", "debug", "log", "info", "warn", "error"] as const) {
    assert.equal(console[name], before[name], name);
  }
});

test("captureConsole() keeps arguments structured", () => {
  const table: [unknown[], string, unknown][] = [
    [["%s has %d of %i%%, %f %o", "disk", "12", 3.7, "1.5", { a: 1 }], "disk has 12 of 3%, 1.5 …", {
      a: 1,
    }],
    [["100%", "sure"], "100% sure", {}],
    [["%c styled", "color: red"], " styled", {}],
    [["a", 1, null, undefined, 5n, Symbol("s")], "a 1 null undefined 5 Symbol(s)", {}],
    [["user", { id: 7 }], "user", { id: 7 }],
    [[{ id: 7 }, { id: 8 }], "", { args: [{ id: 7 }, { id: 8 }] }],
    [[[1, 2]], "", { value: [1, 2] }],
    [["%d %i %f", "42px", "12.9em", "3.14rad"], "42 12 3.14", {}],
    [["%d %i %f", 1.9, 10n, Symbol("s")], "1 10 NaN", {}],
    [["%s %c%s", Symbol("s"), "color: red", -0], "Symbol(s) 0", {}],
    [
      ["GET %s at %s", new URL("http://a.example/b"), new Date(NaN)],
      "GET http://a.example/b at Invalid Date",
      {},
    ],
    [["%s of %s", [1, 2], { id: 7 }], "1,2 of …", { id: 7 }],
    [["%s", Object.create(null)], "…", {}],
    [["%s", [1, { id: 7 }]], "…", { value: [1, { id: 7 }] }],
    [["%c styled", { color: "red" }], " styled", {}],
    [["%% and %s"], "%% and %s", {}],
    [["%s %O", 1, { id: 7 }], "1 …", { id: 7 }],
    [[() => 1], "", { args: ["[function]"] }],
    [[], "", {}],
  ];
  for (const [args, message, fields] of table) {
    assert.deepEqual(captured(() => console.log(...args)), [[9, message, fields]]);
  }
});

test("captureConsole() puts an error in for %s and under error", () => {
  const [[, message, fields]] = captured(() =>
    console.error("failed: %s", new TypeError("bad"))
  )! as [
    [number, string, { error: { type: string } }],
  ];
  assert.deepEqual([message, fields.error.type], ["failed: TypeError: bad", "TypeError"]);
});

test("captureConsole() puts errors under error", () => {
  const error = new Error("bad");
  error.stack = "stack";
  const description = { type: "Error", message: "bad", stack: "stack" };
  const records = captured(() => {
    console.error("failed:", error);
    console.error(error);
    console.error("failed", error, { id: 7 });
  });
  assert.deepEqual(records, [
    [17, "failed:", { error: description }],
    [17, "", { error: description }],
    [17, "failed", { error: description, args: { id: 7 } }],
  ]);
});

test("captureConsole() lets a sink use console itself", () => {
  const said: unknown[] = [];
  const original = console.log;
  console.log = (...args) => void said.push(args);
  try {
    const log = new Logger({
      level: "info",
      maxRecords: 1,
      sinks: [({ message }) => console.log(message)],
    });
    const restore = captureConsole(log);
    console.log("once");
    restore();
    assert.deepEqual(said, [["once"]]);
  } finally {
    console.log = original;
  }
});

test("captureConsole() lets a sink use console whenever it is called", async () => {
  const said: unknown[] = [];
  const original = console.log;
  console.log = (...args) => void said.push(args);
  try {
    const clock = new ManualClock();
    let release = () => {};
    const slow = (record: { message: string }) => {
      console.log("slow", record.message);
      return new Promise<void>((resolve) => release = resolve);
    };
    const log = new Logger({
      level: "info",
      clock,
      sinks: [({ message }) => console.log(message), new FunctionSink(slow), {
        write() {},
        flushSync: () => console.log("flushed"),
      }],
    });
    const restore = captureConsole(log);
    console.log("a");
    console.log("b");
    for (let i = 0; i < 5; i++) clock.advance(10);
    release();
    await new Promise((resolve) => setTimeout(resolve));
    log.close();
    restore();
    assert.deepEqual(said, [["a"], ["slow", "a"], ["b"], ["slow", "b"], ["flushed"]]);
    assert.equal(log.ring.next, 2);
  } finally {
    console.log = original;
  }
});

test("captureConsole() that somebody else has replaced since passes on after its end", () => {
  const said: unknown[] = [];
  const original = console.log;
  console.log = (...args) => void said.push(args);
  try {
    const log = make();
    const restore = captureConsole(log);
    const captured = console.log;
    const theirs = (...args: unknown[]) => captured("theirs:", ...args);
    console.log = theirs;
    restore();
    assert.equal(console.log, theirs);
    console.log("x");
    assert.deepEqual([said, log.ring.next], [[["theirs:", "x"]], 0]);
  } finally {
    console.log = original;
  }
});
