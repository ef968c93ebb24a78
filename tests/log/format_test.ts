import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { run } from "../../src/core/context.ts";
import { EcsEncoder } from "../../src/log/format/ecs.ts";
import { encoderOf as chosen, type LogEncoder } from "../../src/log/format/format.ts";
import { GelfEncoder } from "../../src/log/format/gelf.ts";
import { LogfmtEncoder } from "../../src/log/format/logfmt.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { ManualClock } from "../manual_clock.ts";

const ENCODERS = { ecs: EcsEncoder, gelf: GelfEncoder, logfmt: LogfmtEncoder };
type Format = "json" | "pretty" | keyof typeof ENCODERS;

function encoderOf(format: Format): LogEncoder {
  return chosen(format === "json" || format === "pretty" ? format : new ENCODERS[format]());
}

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);
/** Whatever ends a line somewhere, moves a cursor, or turns the reading direction. */
const UNSAFE =
  // deno-lint-ignore no-control-regex
  /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;
const context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "req-1",
};

function records(use: (log: Logger) => void): LogRecord[] {
  const log = new Logger({
    level: "trace",
    service: "s",
    sinks: [],
    clock: new ManualClock(),
    maxRecords: 4096,
  });
  use(log);
  return log.ring.since(0);
}

/** Pairs of a logfmt line, values as text: what is quoted is a JSON string. */
function parseLogfmt(line: string): [string, string][] {
  const pairs: [string, string][] = [];
  const pair = /([^\s="]+)=("(?:[^"\\]|\\.)*"|[^\s"]*)(?: |$)/y;
  while (pair.lastIndex < line.length) {
    const at = pair.lastIndex;
    const found = pair.exec(line);
    assert.ok(found, `no pair at ${at}: ${line}`);
    const [, key, value] = found;
    pairs.push([key!, value!.startsWith('"') ? JSON.parse(value!) : value!]);
  }
  return pairs;
}

/** What a line says: its message, its logger, and the values of its fields in order. */
interface Said {
  readonly message: unknown;
  readonly logger: unknown;
  readonly values: readonly unknown[];
}

const OWN = {
  json: ["time", "level", "msg", "service", "logger"],
  ecs: ["@timestamp", "log.level", "message", "ecs.version", "service.name", "log.logger"],
  logfmt: ["time", "level", "msg", "service", "logger"],
  gelf: [
    "version",
    "host",
    "short_message",
    "full_message",
    "timestamp",
    "level",
    "_level_name",
    "_logger",
  ],
} as const;

function parsed(format: keyof typeof OWN, line: string): Said {
  const pairs: [string, unknown][] = format === "logfmt"
    ? parseLogfmt(line)
    : Object.entries(JSON.parse(line));
  const all = Object.fromEntries(pairs);
  const own: readonly string[] = OWN[format];
  const values = pairs.filter(([key]) => !own.includes(key)).map(([, value]) => value);
  const message = format === "json" || format === "logfmt"
    ? all.msg
    : all.full_message ?? all.short_message ?? all.message;
  return { message, logger: all.logger ?? all._logger ?? all["log.logger"], values };
}

for (const format of ["json", "ecs", "logfmt", "gelf"] as const) {
  test(`${format}: every naughty string is given back as message, key, value and logger`, () => {
    const encoder = encoderOf(format);
    for (const text of NAUGHTY) {
      const [record] = records((log) =>
        log.category(text).info(text, { [text]: text, list: [text] })
      );
      const line = encoder.encode(record!);
      assert.doesNotMatch(line, UNSAFE);
      const { message, logger, values } = parsed(format, line);
      assert.equal(message, format === "gelf" && text === "" ? "-" : text);
      assert.equal(logger ?? "", text);
      const [own, list] = values;
      assert.equal(own, text);
      assert.deepEqual(typeof list === "string" ? JSON.parse(list) : list, [text]);
    }
  });
}

test("no format lets ids of a caller's own making forge a line", () => {
  const traceId = 'x"\n{"forged":1} y=1', spanId = "\n", requestId = traceId;
  const ids = { traceId, spanId, requestId, flags: 0, tracestate: "" };
  const [record] = records((log) => log.write(9, "x", {}, ids));
  for (const format of ["json", "ecs", "logfmt", "gelf", "pretty"] as const) {
    const encoder = encoderOf(format);
    const line = encoder.encode(record!);
    assert.doesNotMatch(line, UNSAFE, format);
    assert.equal(encoder.encode(record!), line);
    if (format === "pretty") continue;
    const values = parsed(format, line).values.toSorted();
    assert.deepEqual(values, [spanId, traceId, requestId].sort(), format);
    const ids = { traceId: "0".repeat(31) + "1", spanId: "123", requestId: "r" };
    const honest = { ...record!, fields: {}, ...ids };
    assert.deepEqual(
      parsed(format, encoder.encode(honest)).values.map(String).sort(),
      [honest.traceId, "123", "r"].sort(),
      format,
    );
  }
});

test("json keeps every naughty key that is a name, and ecs each that Elasticsearch takes", () => {
  for (const format of ["json", "ecs"] as const) {
    const encoder = encoderOf(format);
    for (const text of NAUGHTY) {
      const [record] = records((log) => log.info("x", { [text]: text }));
      const blank = text.split(".").some((part) => /^\s*_*$/.test(part));
      if (format === "json" ? !/^_*$/.test(text) : !blank) {
        assert.equal(JSON.parse(encoder.encode(record!))[text], text);
      }
    }
  }
});

/** Fields, and the names they have in a line of ECS: no two of them are one. */
const ECS_NAMES: readonly (readonly [key: string, name: string])[] = [
  ["_id", "_id_"],
  ["_id_", "_id__"],
  ["_source", "_source_"],
  ["_index", "_index_"],
  ["_routing", "_routing_"],
  ["_ids", "_ids"],
  ["", "_"],
  ["_", "__"],
  [" ", " _"],
  [".", "_._"],
  ["..", "_._._"],
  [".a", "_.a"],
  ["a.", "a._"],
  ["a._", "a.__"],
  ["a..b", "a._.b"],
  ["a.b", "a.b"],
  ["user", "user"],
];

test("EcsEncoder has no name that Elasticsearch refuses, and two fields never under one name", () => {
  const encoder = encoderOf("ecs");
  const fields = Object.fromEntries(ECS_NAMES.map(([key]) => [key, key]));
  for (const given of [fields, { ...fields, nested: { a: 1 } }]) {
    const [record] = records((log) => log.info("saved", given));
    const line = JSON.parse(encoder.encode(record!));
    for (const [key, name] of ECS_NAMES) assert.equal(line[name], key);
  }
  const deep = { "": 1, _id: 2, list: [{ ".": 3, b: { "a.": 4 } }, 5] };
  const [record] = records((log) => log.info("saved", { deep }));
  assert.deepEqual(JSON.parse(encoder.encode(record!)).deep, {
    _: 1,
    _id: 2, // Metadata is of the document, not of what is in it.
    list: [{ "_._": 3, b: { "a._": 4 } }, 5],
  });
});

test("pretty keeps every naughty string on one line, as message, key, value and logger", () => {
  const encoder = encoderOf("pretty");
  for (const text of NAUGHTY) {
    const [record] = records((log) =>
      log.category(text).info(text, { [text]: text, list: [text] })
    );
    const line = encoder.encode(record!);
    assert.doesNotMatch(line, UNSAFE);
    assert.doesNotMatch(line, /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/);
  }
});

const TABLE: readonly [format: Format, use: (log: Logger) => void, line: string][] = [
  [
    "logfmt",
    (log) =>
      run(context, () =>
        log.category("db").with({ a: 1 }).warn("order paid", {
          "paid by": "card",
          "paid=by": "true",
          paid_by_2: true,
          msg: null,
          n: -1.5,
          nested: { b: [1] },
          empty: "",
        })),
    'time=2026-01-01T00:00:00.000Z level=warn msg="order paid" service=s logger=db ' +
    "request_id=req-1 trace_id=0af7651916cd43dd8448eb211c80319c span_id=b7ad6b7169203331 a=1 " +
    'paid_by=card paid_by_2="true" paid_by_2_2=true msg_2=null n=-1.5 ' +
    'nested="{\\"b\\":[1]}" empty=""',
  ],
  [
    "gelf",
    (log) =>
      run(context, () =>
        log.category("db").error("order paid", {
          id: 7,
          "a b": "x",
          a_b: NaN,
          ok: true,
          none: null,
          trace_id: "forged",
          nested: { b: [1] },
        })),
    '{"version":"1.1","host":"s","short_message":"order paid","timestamp":1767225600,"level":3,' +
    '"_level_name":"error","_logger":"db","_request_id":"req-1",' +
    '"_trace_id":"0af7651916cd43dd8448eb211c80319c","_span_id":"b7ad6b7169203331","_id_2":7,' +
    '"_a_b":"x","_a_b_2":"NaN","_ok":"true","_none":"null","_trace_id_2":"forged",' +
    '"_nested":"{\\"b\\":[1]}"}',
  ],
  [
    "gelf",
    (log) => log.info(" \t"),
    '{"version":"1.1","host":"s","short_message":"-","full_message":" \\t",' +
    '"timestamp":1767225600,"level":6,"_level_name":"info"}',
  ],
  [
    "ecs",
    (log) =>
      run(context, () =>
        log.category("db").info("order paid", {
          message: "forged",
          trace: 1,
          "trace.id": "forged",
          "http.request.method": "GET",
          error: "text",
          error_: "other",
        })),
    '{"@timestamp":"2026-01-01T00:00:00.000Z","log.level":"info","message":"order paid",' +
    '"ecs.version":"8.11.0","service.name":"s","log.logger":"db","http.request.id":"req-1",' +
    '"trace.id":"0af7651916cd43dd8448eb211c80319c","span.id":"b7ad6b7169203331",' +
    '"message_":"forged","trace_":1,"trace.id_":"forged","http.request.method":"GET",' +
    '"error_":"text","error__":"other"}',
  ],
  [
    "json",
    (log) => log.category("db").category("pool").info("x", { logger: 1 }),
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"x","service":"s",' +
    '"logger":"db.pool","logger_":1}',
  ],
  [
    "pretty",
    (log) => log.category("db\n").info("x"),
    "00:00:00.000 INFO  [db\\n] x",
  ],
];

for (const [format, use, line] of TABLE) {
  test(`${format} writes a whole line: ${line.slice(-40)}`, () => {
    assert.deepEqual(records(use).map((record) => encoderOf(format).encode(record)), [line]);
  });
}

test("ecs writes an error in its own fields, with its causes", () => {
  const error = new TypeError("bad", { cause: new Error("why") });
  error.stack = "TypeError: bad\n    at here";
  const [record] = records((log) => log.error("failed", { error, order: 1 }));
  const line = JSON.parse(encoderOf("ecs").encode(record!));
  assert.equal(line.order, 1);
  const { cause, ...own } = line.error;
  assert.deepEqual(own, {
    type: "TypeError",
    message: "bad",
    stack_trace: "TypeError: bad\n    at here",
  });
  assert.equal(cause.message, "why");
});

const throwing = () => {
  throw new Error("trap");
};

/** Makers of values whose getters, methods and traps do what they can to hurt. */
const HOSTILE: readonly (() => unknown)[] = [
  () => ({
    get broken() {
      return throwing();
    },
  }),
  () => ({ toJSON: throwing, toString: throwing }),
  () => new Proxy({ a: 1 }, { get: throwing, getPrototypeOf: throwing, ownKeys: throwing }),
  () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    return proxy;
  },
  () => {
    const cycle: Record<string, unknown> = { n: 1 };
    return cycle["self"] = cycle;
  },
];

const anything = fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true });
const value = fc.oneof(
  fc.oneof(anything, fc.string({ unit: "binary" })).map((made) => () => made),
  fc.constantFrom(...HOSTILE),
);

function made(makers: Readonly<Record<string, () => unknown>>): object {
  return Object.fromEntries(Object.entries(makers).map(([key, make]) => [key, make()]));
}

for (const format of ["json", "ecs", "logfmt", "gelf", "pretty"] as const) {
  test(`${format} writes one line that can be read again for any values, getters and proxies`, () => {
    const encoder = encoderOf(format);
    const keys = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "time",
        "msg",
        "msg_",
        "id",
        "error",
        "a b",
        "a_b",
        "__proto__",
        "level_name",
      ),
    );
    const property = fc.property(
      fc.string({ unit: "binary" }),
      fc.dictionary(keys, value, { maxKeys: 8 }),
      fc.dictionary(keys, value, { maxKeys: 3 }),
      (message, fields, bound) => {
        const [record] = records((log) => log.with(made(bound)).info(message, made(fields)));
        const line = encoder.encode(record!);
        assert.doesNotMatch(line, UNSAFE);
        if (format === "pretty") return;
        const count = new Set(Object.keys(record!.fields)).size;
        assert.equal(parsed(format, line).values.length, count);
        const said = parsed(format, line).message;
        assert.equal(format === "gelf" && message.trim() === "" ? message : said, message);
      },
    );
    fc.assert(property, { numRuns: 300 });
  });
}

test("the JSON encoder keeps its lines apart by level, service and category", () => {
  const encoder = encoderOf("json");
  const [first, second, third] = records((log) => {
    log.info("same");
    log.category("a").info("same");
    log.warn("same");
  });
  const made = [first, second, third, { ...first!, fields: {}, service: "t" }, first].map(
    (record) => {
      const { level, logger, service } = JSON.parse(encoder.encode(record!));
      return [level, logger, service];
    },
  );
  assert.deepEqual(made, [
    ["info", undefined, "s"],
    ["info", "a", "s"],
    ["warn", undefined, "s"],
    ["info", undefined, "t"],
    ["info", undefined, "s"],
  ]);
});

test("encoderOf() takes a custom encoder and refuses anything else", () => {
  const own = { encode: (record: LogRecord) => record.message };
  assert.equal(chosen(own), own);
  for (const wrong of ["xml", "ecs", {}, undefined, EcsEncoder]) {
    assert.throws(() => chosen(wrong as "json"), {
      name: "TypeError",
      message:
        /^Cannot write logs as .*: format must be json, pretty or an encoder, such as new EcsEncoder\(\)$/,
    });
  }
});

test("logfmt has no bidi or invisible marks in its keys", () => {
  const marks = ["\u061c", "\u180e", "\u200f", "\u202e", "\u2066", "\ufeff"];
  const [record] = records((log) => log.info("x", Object.fromEntries(marks.map((m) => [m, 1]))));
  assert.match(
    encoderOf("logfmt").encode(record!),
    / msg=x service=s _=1 __2=1 __3=1 __4=1 __5=1 __6=1$/,
  );
});
