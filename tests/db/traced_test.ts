import { deepEqual, equal, match, rejects, throws } from "node:assert/strict";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { current } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";
import { traced } from "../../src/db/mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { counts } from "./told.ts";

function setUp() {
  const clock = new ManualClock();
  const t = telltale({ service: "db", log: { sinks: [] }, clock, metrics: { runtime: false } });
  return { clock, t };
}

const FIND = { system: "mongodb", operation: "find", collection: "orders", host: "db.internal" };

test("traced() runs a query in its span, times it and adds it to its request", async () => {
  const { t, clock } = setUp(), tally = new Tally();
  const result = await t.tracer.span("request", { tally }, async (request) => {
    return await traced(t, { ...FIND, port: 27017, batchSize: 3 }, async (span) => {
      equal(current(), span);
      span.set("mongodb.collation", "de");
      t.tracer.span("inner", () => {});
      await Promise.resolve();
      clock.advance(5);
      return [request.traceId, span.spanId];
    });
  });
  const [inner, span] = [...t.tracer.finished];
  deepEqual([span!.traceId, span!.spanId], result);
  equal(inner!.parentSpanId, span!.spanId);
  deepEqual([span!.name, span!.kind, span!.durationMs, span!.attributes], [
    "find orders",
    "client",
    5,
    {
      "db.system.name": "mongodb",
      "db.operation.name": "find",
      "db.collection.name": "orders",
      "server.address": "db.internal",
      "server.port": 27017,
      "mongodb.collation": "de",
      "db.operation.batch.size": 3,
    },
  ]);
  deepEqual(await counts(t), { find: 1 });
  const { count, ms, slowest } = tally.queries!;
  deepEqual([count, ms, slowest], [1, 5, "mongodb"]);
});

test("traced() passes on what fails, and tells it without values", async () => {
  const { t } = setUp();
  class MongoError extends Error {
    readonly code = 11000;
  }
  const error = new MongoError('E11000 duplicate key: { name: "secret" }');
  throws(() =>
    traced(t, FIND, () => {
      throw error;
    }), error);
  await rejects(traced(t, FIND, () => Promise.reject(error)), error);
  for (const { status, statusMessage, attributes, events } of t.tracer.finished) {
    deepEqual([status, statusMessage, attributes["error.type"]], [
      "error",
      "E? duplicate key …",
      "MongoError",
    ]);
    deepEqual(events, []);
  }
  deepEqual(await counts(t), { "find MongoError": 2 });
});

test("traced() starts no lazy query, and ends with it", async () => {
  const { t, clock } = setUp();
  let sent = 0;
  class Lazy extends Promise<number> {
    static override get [Symbol.species]() {
      return Promise;
    }
    override then<A, B>(
      a?: ((n: number) => A | PromiseLike<A>) | null,
      b?: ((error: unknown) => B | PromiseLike<B>) | null,
    ): Promise<A | B> {
      sent++;
      clock.advance(2);
      return Promise.resolve(7).then(a as () => A, b);
    }
  }
  const made = new Lazy(() => {});
  const query = traced(t, FIND, () => made);
  equal(query, made);
  await Promise.resolve();
  deepEqual([sent, [...t.tracer.finished].length], [0, 0]);
  equal(await query, 7);
  deepEqual([sent, [...t.tracer.finished].length], [1, 1]);
  equal([...t.tracer.finished][0]!.durationMs, 2);
});

test("traced() ends with the last row of a generator", () => {
  const { t } = setUp();
  const rows = traced(t, FIND, function* () {
    yield 1;
    yield 2;
  });
  equal([...t.tracer.finished].length, 0);
  deepEqual([...rows], [1, 2]);
  equal([...t.tracer.finished].length, 1);
});

test("traced() sums up SQL by the rules of its database", async () => {
  const { t } = setUp();
  traced(t, { system: "clickhouse", sql: "SELECT 1 FROM events WHERE name = 'secret'" }, () => 1);
  traced(t, { system: "mariadb", namespace: "shop", sql: 'SELECT "secret" FROM `a`' }, () => 1);
  const told = [...t.tracer.finished].map((
    { name, attributes },
  ) => [name, attributes["db.query.text"]]);
  deepEqual(told, [
    ["SELECT events", "SELECT ? FROM events WHERE name = ?"],
    ["SELECT `a`", "SELECT ? FROM `a`"],
  ]);
  deepEqual(await counts(t), { "SELECT events": 1, "SELECT `a`": 1 });
});

test("traced() refuses a wrong description", () => {
  const { t } = setUp();
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong = traced as any;
  const cases: readonly (readonly [unknown[], RegExp])[] = [
    [
      [t, "find", () => 1],
      /^TypeError: Cannot trace query: options must be an object, got string$/,
    ],
    [[t, {}, () => 1], /^TypeError: Cannot trace query: system must be a text, got undefined$/],
    [
      [t, { system: "a", operatoin: "b" }, () => 1],
      /unknown option "operatoin", did you mean "operation"\?$/,
    ],
    [
      [t, { system: "a", port: 0 }, () => 1],
      /^RangeError: .*port must be a whole number from 1 to 65535/,
    ],
    [[t, { system: "a" }], /^TypeError: Cannot trace query: fn must be a function, got undefined$/],
    [[{}, { system: "a" }, () => 1], /t must have a tracer, metrics and a log, got object$/],
  ];
  for (const [given, expected] of cases) {
    throws(() => wrong(...given), (error) => (match(String(error), expected), true));
  }
});
