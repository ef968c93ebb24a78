import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { run } from "../../src/core/context.ts";
import { Logger } from "../../src/log/logger.ts";
import { PrettyEncoder, type PrettyOptions } from "../../src/log/format/pretty.ts";
import { ManualClock } from "../manual_clock.ts";

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

function texts(use: (log: Logger) => void, options?: PrettyOptions): string[] {
  const log = new Logger({ level: "trace", sinks: [], clock: new ManualClock() });
  use(log);
  const pretty = new PrettyEncoder(options);
  return log.ring.since(0).map((record) => pretty.encode(record));
}

const TABLE: readonly [title: string, use: (log: Logger) => void, expected: string][] = [
  ["a message alone", (log) => log.info("ready"), "INFO  ready"],
  [
    "fields",
    (log) =>
      log.with({ a: 1 }).error("x", { b: "two words", c: [1, { d: null }], e: undefined, f: NaN }),
    'ERROR x a=1 b="two words" c=[1,{"d":null}] f=NaN',
  ],
  [
    "an error and its cause on one line",
    (log) => log.error("x", new TypeError("bad", { cause: new Error("a\nb") })),
    "ERROR x error=TypeError: bad, caused by Error: a\\nb",
  ],
  [
    "the errors and the code of an error",
    (log) =>
      log.warn(
        "x",
        new AggregateError([Object.assign(new Error("refused"), { code: "E1" }), 5], "all"),
      ),
    "WARN  x error=AggregateError: all [Error: refused (E1); number: 5]",
  ],
  [
    "all of an object that is like an error",
    (log) => log.info("x", { event: { type: "order", message: "paid", id: 7 } }),
    'INFO  x event={"type":"order","message":"paid","id":7}',
  ],
  [
    "a key that would be two",
    (log) => log.info("x", { "a=1 admin": true, 'q"': 2 }),
    'INFO  x "a=1 admin"=true "q\\""=2',
  ],
  [
    "correlation last",
    (log) =>
      run(
        { traceId: "t", spanId: "s", flags: 1, tracestate: "", requestId: "r" },
        () => log.debug("x"),
      ),
    "DEBUG x trace_id=t request_id=r",
  ],
  [
    "a request id that is the trace id once",
    (log) =>
      run(
        { traceId: "t", spanId: "s", flags: 1, tracestate: "", requestId: "t" },
        () => log.debug("x"),
      ),
    "DEBUG x trace_id=t",
  ],
  [
    "forgeries escaped",
    (log) =>
      log.warn("a\n12:00:00.000 FATAL b\x1b[31m", { "k\n": "\u202e\x9b\r\t", v: 'a\\" b="c' }),
    'WARN  a\\n12:00:00.000 FATAL b\\u001b[31m "k\\n"="\\u202e\\u009b\\r\\t" v="a\\\\\\" b=\\"c"',
  ],
  ["lone surrogates escaped", (log) => log.info("\ud800 😀 \udc00"), "INFO  \\ud800 😀 \\udc00"],
];

for (const [title, use, expected] of TABLE) {
  test(`PrettyEncoder writes ${title}`, () => {
    assert.deepEqual(texts(use), [`00:00:00.000 ${expected}`]);
  });
}

test("PrettyEncoder colours its own text only", () => {
  const [text] = texts((log) => log.info("x\x1b[0m", { a: "b" }), { color: true });
  assert.equal(
    text,
    "\x1b[2m00:00:00.000\x1b[0m \x1b[32mINFO \x1b[0m x\\u001b[0m \x1b[2ma=\x1b[0mb",
  );
});

test("PrettyEncoder writes stacks on indented lines when asked to", () => {
  const error = new Error("bad");
  error.stack = "Error: bad\nFAKE line\n    at one (a.ts:1:2)\n    at two\x1b[1m (b.ts:3:4)";
  const [text] = texts((log) => log.error("x", error), { stacks: true });
  assert.equal(
    text,
    "00:00:00.000 ERROR x error=Error: bad\n    at one (a.ts:1:2)\n    at two\\u001b[1m (b.ts:3:4)",
  );
});

test("PrettyEncoder keeps every naughty string on one line, as message, key and value", () => {
  const all = texts((log) => {
    for (const text of NAUGHTY) {
      log.info(text, { [text]: text, list: [text], error: new Error(text) });
    }
  });
  assert.equal(all.length, NAUGHTY.length);
  for (const text of all) assert.doesNotMatch(text, UNSAFE);
});
