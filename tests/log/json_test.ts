import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../src/core/context.ts";
import { JsonEncoder } from "../../src/log/format/json.ts";
import { Logger } from "../../src/log/logger.ts";
import { ManualClock } from "../manual_clock.ts";

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);
const TIME = '{"time":"2026-01-01T00:00:00.000Z"';
const context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "req-1",
};

/** The lines that `use` logs. */
function lines(use: (log: Logger) => void, service?: string): string[] {
  const log = new Logger({ level: "trace", service, sinks: [], clock: new ManualClock() });
  use(log);
  const json = new JsonEncoder();
  return log.ring.since(0).map((record) => json.encode(record));
}

const TABLE: readonly [title: string, use: (log: Logger) => void, rest: string][] = [
  ["a message alone", (log) => log.info("ready"), `"level":"info","msg":"ready","service":"s"}`],
  [
    "fields in their order",
    (log) => log.warn("slow", { ms: 12.5, ok: false, to: null, who: "é" }),
    `"level":"warn","msg":"slow","service":"s","ms":12.5,"ok":false,"to":null,"who":"é"}`,
  ],
  [
    "what it belongs to",
    (log) => run(context, () => log.trace("in", { a: 1 })),
    `"level":"trace","msg":"in","service":"s","request_id":"req-1",` +
    `"trace_id":"0af7651916cd43dd8448eb211c80319c","span_id":"b7ad6b7169203331","a":1}`,
  ],
  [
    "a request without a trace",
    (log) => run({ ...context, traceId: "", spanId: "" }, () => log.info("in")),
    `"level":"info","msg":"in","service":"s","request_id":"req-1"}`,
  ],
  [
    "the context's fields, which give way to others",
    (log) =>
      run(
        { ...context, traceId: "", requestId: "", fields: { a: 1, b: 1, c: 1 } },
        () => log.with({ b: 2, c: 2 }).info("in", { c: 3 }),
      ),
    `"level":"info","msg":"in","service":"s","a":1,"b":2,"c":3}`,
  ],
  [
    "bound fields before those of the call",
    (log) => log.with({ a: 1 }).with({ b: [2] }).debug("x", { c: 3 }),
    `"level":"debug","msg":"x","service":"s","a":1,"b":[2],"c":3}`,
  ],
  [
    "a bound field that the call overrides, once",
    (log) => log.with({ a: 1, b: 1 }).info("x", { a: 2 }),
    `"level":"info","msg":"x","service":"s","a":2,"b":1}`,
  ],
  [
    "a bound field where the call's is undefined",
    (log) => log.with({ a: 1 }).info("x", { a: undefined, b: 2 }),
    `"level":"info","msg":"x","service":"s","a":1,"b":2}`,
  ],
  [
    "reserved keys under other names, never twice",
    (log) =>
      log.info("x", { msg: "forged", level: 1, time_: 2, time: 3, trace_id: "t", spanid: 4 }),
    `"level":"info","msg":"x","service":"s","msg_":"forged","level_":1,"time__":2,"time_":3,` +
    `"trace_id_":"t","spanid":4}`,
  ],
  [
    "fields without a name under one, never twice",
    (log) => log.with({ "": 0 }).info("x", { _: 1, __: 2, _a: 3, m: { "": 4 } }),
    `"level":"info","msg":"x","service":"s","_":0,"__":1,"___":2,"_a":3,"m":{"":4}}`,
  ],
  [
    "numbers and values that JSON lacks",
    (log) =>
      log.info("x", { a: NaN, b: -Infinity, c: undefined, d: 5n, e: Symbol("s"), f: new Set([1]) }),
    `"level":"info","msg":"x","service":"s","a":"NaN","b":"-Infinity","d":"5","e":"Symbol(s)","f":[1]}`,
  ],
  [
    "secrets hidden at any depth",
    (log) => log.with({ Cookie: "c" }).info("x", { password: "p", a: { "api-key": "k", b: 1 } }),
    `"level":"info","msg":"x","service":"s","Cookie":"[REDACTED]","password":"[REDACTED]",` +
    `"a":{"api-key":"[REDACTED]","b":1}}`,
  ],
  [
    "__proto__ as a key like any other",
    (log) => log.info("x", JSON.parse('{"__proto__":{"a":1},"constructor":2}')),
    `"level":"info","msg":"x","service":"s","__proto__":{"a":1},"constructor":2}`,
  ],
  [
    "line breaks and controls escaped in message, key and value",
    (log) => log.fatal("a\nb\u2028\x1b", { "k\r": "v\x85", n: { "\n": "\x7f" } }),
    `"level":"fatal","msg":"a\\nb\\u2028\\u001b","service":"s","k\\r":"v\\u0085","n":{"\\n":"\\u007f"}}`,
  ],
];

for (const [title, use, rest] of TABLE) {
  test(`JsonEncoder writes ${title}`, () => {
    assert.deepEqual(lines(use, "s"), [`${TIME},${rest}`]);
  });
}

test("JsonEncoder leaves out an empty service", () => {
  assert.deepEqual(lines((log) => log.info("x")), [`${TIME},"level":"info","msg":"x"}`]);
});

test("JsonEncoder writes an error with type, message, stack and causes", () => {
  const error = new TypeError("bad", { cause: new Error("why") });
  const [caught, under] = lines((log) => {
    log.error("failed", error);
    log.error("failed", { order: 1, reason: error });
  }).map((line) => JSON.parse(line));
  assert.deepEqual(Object.keys(caught), ["time", "level", "msg", "error"]);
  assert.equal(caught.error.type, "TypeError");
  assert.equal(caught.error.message, "bad");
  assert.match(caught.error.stack, /json_test/);
  assert.equal(caught.error.cause.message, "why");
  assert.deepEqual(under.reason, caught.error);
});

test("JsonEncoder writes the time to the millisecond, and any clock's", () => {
  const json = new JsonEncoder();
  const record = new Logger({ level: "info", sinks: [] });
  record.info("x");
  const base = record.ring.at(0)!;
  const table: [number, string][] = [
    [0, "1970-01-01T00:00:00.000Z"],
    [1767225599999.9, "2025-12-31T23:59:59.999Z"],
    [1767225600007, "2026-01-01T00:00:00.007Z"],
    [1767225600070, "2026-01-01T00:00:00.070Z"],
    [-1, "1969-12-31T23:59:59.999Z"],
    [NaN, "1970-01-01T00:00:00.000Z"],
    [8.64e15 + 1000, "1970-01-01T00:00:00.000Z"],
  ];
  for (const [timeMs, text] of table) {
    assert.equal(JSON.parse(json.encode({ ...base, fields: {}, timeMs })).time, text);
  }
});

test("JsonEncoder gives every naughty string back, as message, key and value", () => {
  const encoded = lines((log) => {
    for (const text of NAUGHTY) {
      log.info(text, { [text]: text, list: [text], inner: { [text]: text } });
    }
  });
  assert.equal(encoded.length, NAUGHTY.length);
  encoded.forEach((line, i) => {
    const text = NAUGHTY[i]!;
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    const parsed = JSON.parse(line);
    assert.equal(parsed.msg, text);
    assert.equal(parsed[/^_*$/.test(text) ? text + "_" : text], text);
    assert.deepEqual(parsed.list, [text]);
    assert.equal(parsed.inner[text], text);
  });
});

test("JsonEncoder writes one line with unique keys for any fields", () => {
  const key = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom("time", "time_", "time__", "msg", "level", "span_id", "__proto__", "toJSON"),
  );
  const fields = fc.dictionary(
    key,
    fc.anything({ withBigInt: true, withMap: true, withSet: true }),
  );
  fc.assert(fc.property(fc.string({ unit: "binary" }), fields, fields, (message, bound, own) => {
    const [line] = lines((log) => log.with(bound).info(message, own));
    // deno-lint-ignore no-control-regex
    assert.doesNotMatch(line!, /[\x00-\x1f\x7f-\x9f\u2028\u2029]/);
    const parsed = JSON.parse(line!);
    assert.equal(parsed.msg, message);
    assert.equal(parsed.level, "info");
    const given = [...Object.entries(bound), ...Object.entries(own)];
    const keys = new Set(given.filter(([, value]) => value !== undefined).map(([name]) => name));
    assert.equal(Object.keys(parsed).length, keys.size + 3);
  }));
});

test("JsonEncoder keeps its keys apart after a flood of new ones", () => {
  const encoded = lines((log) => {
    for (let i = 0; i < 5000; i++) log.info("x", { [`k${i}`]: i });
  });
  assert.equal(encoded.at(-1), `${TIME},"level":"info","msg":"x","k4999":4999}`);
});

test("JsonEncoder writes a value that comes again as it wrote it first", () => {
  const encoded = lines((log) => {
    for (const value of ["a", "a", "a", "b\n", "b\n", "b\n", "a", 1, true, "a", "é\x85", "é\x85"]) {
      log.info("x", { k: value, msg: value });
    }
  });
  const written = (text: string) => `${TIME},"level":"info","msg":"x","k":${text},"msg_":${text}}`;
  const b = '"b\\n"', e = '"é\\u0085"';
  assert.deepEqual(
    encoded,
    ['"a"', '"a"', '"a"', b, b, b, '"a"', "1", "true", '"a"', e, e].map(written),
  );
});

test("JsonEncoder quotes a request id that is no trace id", () => {
  const [line] = lines((log) => run({ ...context, requestId: 'a"b' }, () => log.info("x")));
  assert.match(line!, /"request_id":"a\\"b","trace_id":"0af/);
});
