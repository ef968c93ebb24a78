/** The log records that every receiver is sent. */
import { run } from "../../src/core/context.ts";
import { systemClock } from "../../src/core/clock.ts";
import type { LogSink } from "../../src/log/mod.ts";
import { Logger } from "../../src/log/logger.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import { BASE_MS } from "./metric_cases.ts";

/** One case: what is logged, with the field `case` besides. */
export interface LogCase {
  /** What it is, for people. */
  readonly what: string;
  readonly log: (log: Logger, fields: { readonly case: string }) => void;
  /** When it is logged. @default at the beginning of the run */
  readonly timeMs?: number;
}

const CONTEXT = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "req-1",
};
const DAY_MS = 86_400_000;

/** Every type of body and field with its edges. */
export const LOG_CASES: Readonly<Record<string, LogCase>> = {
  plain: {
    what: "a line of a category, in a request",
    log: (log, fields) => run(CONTEXT, () => log.category("db.pool").warn("connected", fields)),
  },
  types: {
    what: "fields of every type",
    log: (log, fields) =>
      log.info("types", {
        ...fields,
        text: "a",
        whole: 7,
        negative: -1,
        part: 0.5,
        large: 9007199254740993n,
        yes: true,
        no: false,
        day: new Date("2026-01-02T03:04:05.678Z"),
      }),
  },
  other: {
    what: "fields of types that neither JSON nor OTLP has",
    log: (log, fields) =>
      log.info("other", {
        ...fields,
        bytes: new Uint8Array([0, 255]),
        url: new URL("http://a.example/?b=c"),
        set: new Set([1, "two"]),
        pairs: new Map([["a", 1]]),
        symbol: Symbol("s"),
        never: undefined,
        "no day": new Date(NaN),
      }),
  },
  nothing: {
    what: "fields that are null, empty, NaN or infinite",
    log: (log, fields) =>
      log.info("nothing", { ...fields, none: null, blank: "", nan: NaN, far: Infinity }),
  },
  nested: {
    what: "arrays and maps",
    log: (log, fields) =>
      log.info("nested", {
        ...fields,
        list: [1, "two", false],
        map: { a: { b: 1 }, "c.d": 2 },
        rows: [{ id: 1 }, { id: 2 }],
        hollow: {},
        bare: [],
      }),
  },
  error: {
    what: "an error with a cause",
    log: (log, fields) => {
      const error = new TypeError("failed", { cause: new RangeError("deep") });
      for (const one of [error, error.cause as Error]) one.stack = `${one.name}: at a line`;
      log.error("error", { ...fields, error });
    },
  },
  fatal: { what: "the highest level", log: (log, fields) => log.fatal("fatal", fields) },
  trace: { what: "the lowest level", log: (log, fields) => log.trace("trace", fields) },
  event: {
    what: "an event with a name",
    log: (log, fields) => log.info("event", { ...fields, "event.name": "order.placed" }),
  },
  blank: { what: "an empty message", log: (log, fields) => log.info("", fields) },
  json: {
    what: "a message that is JSON",
    log: (log, fields) => log.info('{"a":{"b":1},"level":"fatal"}', fields),
  },
  breaks: {
    what: "a message with line feeds, NUL and escapes",
    log: (log, fields) => log.info("a\nb\r\n\tc\u0000d\u001b[31m", fields),
  },
  half: {
    what: "lone surrogates",
    log: (log, fields) => log.info("half \ud800", { ...fields, note: "\udc00 b" }),
  },
  names: {
    what: "fields that are named like those of the receiver",
    log: (log, fields) =>
      log.info("names", {
        ...fields,
        _msg: "m",
        _time: "t",
        _stream: "s",
        msg: "n",
        level: "l",
        "a b": "blank",
        "é\"'": "quotes",
      }),
  },
  unnamed: {
    what: "a field without a name, and one that the resource has too",
    log: (log, fields) =>
      log.info("unnamed", { ...fields, "": "no name", _: "named", "process.pid": 9 }),
  },
  equal: {
    what: "equal lines of one millisecond",
    log: (log, fields) => {
      for (let i = 0; i < 3; i++) log.info("again", fields);
    },
  },
  many: {
    what: "200 fields",
    log: (log, fields) => {
      const more = Array.from({ length: 200 }, (_, i) => [`field_${i}`, i] as const);
      log.info("many", { ...fields, ...Object.fromEntries(more) });
    },
  },
  long: {
    what: "a line of 300 KB, of which Telltale keeps 256 KiB",
    log: (log, fields) => {
      const parts = Array.from({ length: 20 }, (_, i) => [`part_${i}`, "é".repeat(7500)] as const);
      log.info("long", { ...fields, ...Object.fromEntries(parts) });
    },
  },
  past: {
    what: "a line of 1 January 1970",
    timeMs: 1,
    log: (log, fields) => log.info("past", fields),
  },
  later: {
    what: "a line of tomorrow",
    timeMs: BASE_MS + DAY_MS,
    log: (log, fields) => log.info("later", fields),
  },
  end: {
    what: "a line of the year 2200",
    timeMs: Date.UTC(2200, 0),
    log: (log, fields) => log.info("end", fields),
  },
};

/** Logs every case to a sink and gives the records, by case. */
export async function logCases(service: string, sink: LogSink): Promise<Map<string, LogRecord[]>> {
  let timeMs = BASE_MS;
  const records = new Map<string, LogRecord[]>();
  const clock = { ...systemClock, now: () => timeMs };
  const keep = {
    name: "keep",
    write: (record: LogRecord) => {
      const name = String(record.fields.case);
      records.set(name, [...records.get(name) ?? [], record]);
    },
  };
  const log = new Logger({ service, level: "trace", signals: false, clock, sinks: [sink, keep] });
  for (const [name, one] of Object.entries(LOG_CASES)) {
    timeMs = one.timeMs ?? BASE_MS;
    one.log(log, { case: name });
  }
  await log.flush();
  await log.close();
  return records;
}
