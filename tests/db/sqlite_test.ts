import { deepEqual, equal, match, ok, throws } from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { setRoute, telltale } from "../../mod.ts";
import { run } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";
import { instrumentSqlite, type SqliteOptions, uninstrument } from "../../src/db/mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { skipWhen } from "../tool.ts";
import { counts } from "./told.ts";

const isBun = "Bun" in globalThis;
const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
const BUN_ONLY = { skip: skipWhen(!isBun, "bun:sqlite is Bun's") };

/** A module of Bun, which nobody else can load. */
// deno-lint-ignore no-explicit-any -- Bun's types change those of Deno
function bunSqlite(): Promise<any> {
  const name = "bun:sqlite";
  return import(name);
}

function setUp(options: SqliteOptions = {}) {
  const clock = new ManualClock();
  const t = telltale({ service: "db", log: { sinks: [] }, clock, metrics: { runtime: false } });
  const db = instrumentSqlite(t, new DatabaseSync(":memory:"), options);
  db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
  // Queries take no time here, but for those that call this.
  db.function("wait", { varargs: false }, (ms: unknown) => {
    clock.advance(Number(ms));
    return 1;
  });
  return { clock, t, db };
}

type Parts = ReturnType<typeof setUp>;
const spans = ({ t }: Parts) => [...t.tracer.finished].map((span) => span.name);
const last = ({ t }: Parts) => [...t.tracer.finished].at(-1);

test("instrumentSqlite() times every query, and has a span for a slow one", async () => {
  const parts = setUp(), { db } = parts;
  const insert = db.prepare("INSERT INTO orders (name) VALUES (?)");
  equal(insert.run("a").changes, 1);
  insert.run("b");
  deepEqual(spans(parts), []);
  equal(db.prepare("SELECT wait(1.5) AS w, id FROM orders WHERE name = ?").get("b")?.id, 2);
  equal(db.prepare("SELECT * FROM orders").all().length, 2);
  deepEqual(spans(parts), ["SELECT orders"]);
  const { kind, durationMs, attributes } = last(parts)!;
  deepEqual([kind, durationMs, attributes], ["client", 1.5, {
    "db.system.name": "sqlite",
    "db.query.summary": "SELECT orders",
    "db.query.text": "SELECT wait(?) AS w, id FROM orders WHERE name = ?",
  }]);
  deepEqual(await counts(parts.t), {
    "CREATE TABLE orders": 1,
    "INSERT orders": 2,
    "SELECT orders": 2,
  });
});

test("instrumentSqlite() tells of failures without their values", async () => {
  const parts = setUp(),
    { db } = parts,
    insert = db.prepare("INSERT INTO orders (name) VALUES (?)");
  insert.run("secret");
  throws(() => insert.run("secret"), /UNIQUE constraint failed/);
  const { status, statusMessage, attributes } = last(parts)!;
  deepEqual([status, statusMessage], ["error", "UNIQUE constraint failed: orders.name"]);
  deepEqual([attributes["error.type"], attributes["db.response.status_code"]], ["2067", "2067"]);
  throws(() => db.prepare("SELECT secret FROM orders"), /no such column/);
  equal(last(parts)!.statusMessage, "no such column …");
  throws(() => db.prepare("SELEC 'secret'"), /syntax error/);
  ok(!JSON.stringify([...parts.t.tracer.finished]).includes("secret'"));
  deepEqual(await counts(parts.t), {
    "CREATE TABLE orders": 1,
    "INSERT orders": 1,
    "INSERT orders 2067": 1,
    "SELECT orders 1": 1,
    "1": 1,
  });
});

test("instrumentSqlite() tells nothing of what a function of the application throws", () => {
  const parts = setUp(), { db } = parts, mine = new RangeError("no user alice");
  db.function("find", () => {
    throw mine;
  });
  db.exec("INSERT INTO orders (name) VALUES ('a')");
  // Not `all()`, which collects rows without end there on Deno, observed or not.
  throws(() => db.prepare("SELECT find() FROM orders").get(), mine);
  throws(() => [...db.prepare("SELECT find() FROM orders").iterate()], mine);
  for (const { statusMessage, attributes } of [...parts.t.tracer.finished]) {
    deepEqual([statusMessage, attributes["error.type"]], ["", "RangeError"]);
  }
  equal(spans(parts).length, 2);
});

test("instrumentSqlite() ends the query of an iterator with its last row", async () => {
  const parts = setUp({ spanMinMs: 0 }), { db, clock } = parts;
  db.exec("INSERT INTO orders (name) VALUES ('a'), ('b'), ('c')");
  const select = db.prepare("SELECT name FROM orders");
  const names: unknown[] = [];
  for (const row of select.iterate()) {
    names.push(row.name);
    clock.advance(1);
    equal(spans(parts).at(-1), "INSERT orders");
  }
  deepEqual(names, ["a", "b", "c"]);
  deepEqual([last(parts)!.durationMs, last(parts)!.attributes["db.response.returned_rows"]], [
    3,
    3,
  ]);
  for (const _ of select.iterate()) break;
  equal(last(parts)!.attributes["db.response.returned_rows"], 1);
  select.iterate();
  equal((await counts(parts.t))["SELECT orders"], 2, "one that nobody reads has not ended");
  // A wrong parameter fails at the call, as it does without us.
  throws(() => select.iterate({ nobody: 1 }));
  equal(last(parts)!.status, "error");
});

test("instrumentSqlite() sees the queries of tag stores", async () => {
  const parts = setUp({ spanMinMs: 0 }), { db } = parts;
  const store = db.createTagStore();
  equal(store.run`INSERT INTO orders (name) VALUES (${"secret"})`.changes, 1);
  equal(store.get`SELECT * FROM orders WHERE name = ${"secret"}`?.id, 1);
  deepEqual(spans(parts).slice(1), ["INSERT orders", "SELECT orders"]);
  equal(last(parts)!.attributes["db.query.text"], "SELECT * FROM orders WHERE name = ?");
  equal((await counts(parts.t))["SELECT orders"], 1);
});

test("instrumentSqlite() gives back the same database, which behaves as before", () => {
  const { t } = setUp(), plain = new DatabaseSync(":memory:"), bare = new DatabaseSync(":memory:");
  const db = instrumentSqlite(t, plain);
  equal(db, plain);
  equal(instrumentSqlite(t, db), plain, "once is enough");
  deepEqual(Object.keys(db), Object.keys(bare));
  ok(db instanceof DatabaseSync);
  const sql = "SELECT :a AS a", statement = db.prepare(sql), other = bare.prepare(sql);
  deepEqual(Object.keys(statement), Object.keys(other));
  equal(Object.getPrototypeOf(statement), Object.getPrototypeOf(other));
  for (const verb of ["get", "all", "run", "iterate"] as const) {
    deepEqual([statement[verb].name, statement[verb].length], [
      other[verb].name,
      other[verb].length,
    ]);
  }
  deepEqual({ ...statement.get({ a: 1 }) }, { a: 1 });
  equal(statement.sourceSQL, sql);
  throws(() => db.prepare("SELECT"), (error: Error) => !/telltale|src\/db/.test(error.message));
  db.close();
  throws(() => db.prepare(sql), /not open/);
});

test("uninstrument() undoes it", async () => {
  const parts = setUp(), { db } = parts, statement = db.prepare("SELECT 1");
  equal(uninstrument(db), db);
  equal(Object.hasOwn(db, "prepare") || Object.hasOwn(db, "exec"), false);
  db.prepare("SELECT 2 FROM orders").get();
  statement.get();
  deepEqual(await counts(parts.t), { "CREATE TABLE orders": 1 });
  equal(uninstrument(db), db);
  instrumentSqlite(parts.t, db).prepare("SELECT 3").get();
  equal((await counts(parts.t)).SELECT, 1);
});

test("instrumentSqlite() adds up what a request queries, and tells what it repeats", () => {
  const parts = setUp({ minRepeats: 3 }), { db, t, clock } = parts, tally = new Tally();
  const select = db.prepare("SELECT wait(0.5) FROM orders WHERE id = ? OR 1");
  db.exec("INSERT INTO orders (name) VALUES ('a')");
  const request = () =>
    t.tracer.span("GET /orders", { kind: "server", tally }, () => {
      for (let id = 0; id < 5; id++) select.get(id);
    });
  request();
  const { count, ms, repeats, slowest } = tally.queries!;
  deepEqual([count, ms, repeats, slowest], [5, 2.5, 5, "sqlite"]);
  const [span] = [...t.tracer.finished],
    fields = {
      "db.system.name": "sqlite",
      "db.query.summary": "SELECT orders",
      "db.repeat": 3,
    };
  deepEqual(span!.events.map(({ name, attributes }) => [name, attributes]), [[
    "db.repeated_query",
    fields,
  ]]);
  const lines = () =>
    [...t.log.ring].map(({ message, fields, traceId }) => [message, fields, traceId]);
  deepEqual(lines(), [["repeated query", fields, span!.traceId]]);
  const again = () =>
    t.tracer.span("GET /orders", { tally: new Tally() }, () => {
      for (let id = 0; id < 5; id++) select.get(id);
    });
  again();
  equal(lines().length, 1, "once an hour");
  clock.advance(3_600_000);
  again();
  equal(lines().length, 2);
});

test("a query is told as repeated outside of requests, too, for each span", () => {
  const { db, t } = setUp({ minRepeats: 3 }), select = db.prepare("SELECT id FROM orders");
  const times = (count: number) => {
    for (let n = 0; n < count; n++) select.all();
  };
  times(5);
  t.tracer.span("one", () => times(2));
  t.tracer.span("two", () => times(4));
  const told = [...t.tracer.finished].map(({ name, events }) => [name, events.length]);
  deepEqual(told, [["one", 0], ["two", 1]]);
  equal([...t.log.ring].length, 1);
});

test("a repeated query is told once a route and hour, also within a span of the request", async () => {
  const { db, t } = setUp({ minRepeats: 3 });
  const select = db.prepare("SELECT id FROM orders");
  const handler = t.instrument((request) => {
    setRoute(request, new URL(request.url).pathname === "/a" ? "/a" : "/b");
    t.tracer.span("load", () => {
      for (let i = 0; i < 4; i++) select.all();
    });
    return new Response("ok");
  });
  for (const path of ["a", "a", "b"]) await handler(new Request(`http://localhost/${path}`));
  const told = [...t.log.ring].filter(({ message }) => message === "repeated query");
  deepEqual(told.map(({ fields }) => fields["http.route"]), ["/a", "/b"]);
});

test("instrumentSqlite() logs slow queries with their plan, now and then", async () => {
  const parts = setUp({ slowMs: 100, explain: true, namespace: "shop" }), { db, t, clock } = parts;
  db.exec("INSERT INTO orders (name) VALUES ('a')");
  const select = db.prepare("SELECT wait(100) FROM orders WHERE name || 'secret' > id + 7");
  const lines = () => [...t.log.ring].map(({ message, fields }) => ({ message, ...fields }));
  for (let n = 0; n < 3; n++) select.get();
  await Promise.resolve();
  const line = {
    message: "slow query",
    "db.system.name": "sqlite",
    "db.query.summary": "SELECT orders",
    "db.namespace": "shop",
    "db.query.text": "SELECT wait(?) FROM orders WHERE name || ? > id + ?",
    "db.query.plan": "SCAN orders",
    duration_ms: 100,
  };
  deepEqual(lines(), [line]);
  clock.advance(10_000);
  select.get();
  await Promise.resolve();
  deepEqual(lines(), [line, { ...line, untold: 2 }]);
  ok(
    (await counts(parts.t))["SELECT orders"] === 4,
    "what we ask for the plan is no query of theirs",
  );
});

test("instrumentSqlite() asks for no plan of a text with two statements", async () => {
  const parts = setUp({ slowMs: 0, explain: true }), { db, t } = parts;
  db.exec("INSERT INTO orders (name) VALUES ('a'); DELETE FROM orders");
  await Promise.resolve();
  const [, line] = [...t.log.ring];
  equal(line!.fields["db.query.summary"], "INSERT orders DELETE orders");
  equal("db.query.plan" in line!.fields, false);
});

test("instrumentSqlite() tells the parameters that it is asked for", () => {
  const parts = setUp({ spanMinMs: 0, parameters: [1] }), { db } = parts;
  db.prepare("INSERT INTO orders (id, name) VALUES (?, ?)").run(7, "paid");
  const { attributes } = last(parts)!;
  equal(attributes["db.query.parameter.1"], "paid");
  equal("db.query.parameter.0" in attributes, false);
});

test("instrumentSqlite() observes nothing of Telltale's own checks", async () => {
  const parts = setUp({ spanMinMs: 0 }), { db } = parts;
  const { UNTRACED } = await import("../../src/core/context.ts");
  run(UNTRACED, () => db.prepare("SELECT 1").get());
  deepEqual(spans(parts), ["CREATE TABLE orders"]);
  equal((await counts(parts.t)).SELECT, undefined);
});

test("instrumentSqlite() refuses what can't be", () => {
  const { t } = setUp(), db = new DatabaseSync(":memory:");
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong = instrumentSqlite as any;
  const cases: readonly (readonly [unknown[], RegExp])[] = [
    [
      [t, {}],
      /^TypeError: Cannot instrument SQLite: db must be a database of node:sqlite or bun:sqlite, got object$/,
    ],
    [[t, undefined], /db must be a database/],
    [
      [db, t],
      /^TypeError: Cannot instrument SQLite: t must have a tracer, metrics and a log, got object$/,
    ],
    [[t, db, { slowMS: 1 }], /unknown option "slowMS", did you mean "slowMs"\?$/],
    [[t, db, { slowMs: -1 }], /^RangeError: .*slowMs must be at least 0, got -1$/],
    [[t, db, { spanMinMs: "1" }], /^TypeError: .*spanMinMs must be at least 0/],
    [[t, db, { minRepeats: 1 }], /^RangeError: .*minRepeats must be a whole number from 2, got 1$/],
    [[t, db, { explain: 1 }], /^TypeError: .*explain must be true or false, got 1$/],
    [[t, db, { parameters: "id" }], /^TypeError: .*parameters must be positions or names/],
  ];
  for (const [given, expected] of cases) {
    throws(() => wrong(...given), (error) => (match(String(error), expected), true));
  }
  equal(Object.hasOwn(db, "prepare"), false);
});

test("instrumentSqlite() works on a metric's name that the application has taken", () => {
  const t = telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
  t.faults.listener = () => {};
  t.metrics.counter("db_client_operation_duration_seconds", "Mine");
  const db = instrumentSqlite(t, new DatabaseSync(":memory:"), { spanMinMs: 0 });
  db.exec("CREATE TABLE a (b)");
  deepEqual([...t.tracer.finished].map(({ name }) => name), ["CREATE TABLE a"]);
  equal(t.faults.counts().get("database metrics"), 1);
});

test(
  "instrumentSqlite() observes bun:sqlite once, whichever way it is asked",
  BUN_ONLY,
  async () => {
    const { Database } = await bunSqlite(), { t } = setUp();
    const plain = new Database(":memory:");
    const db = instrumentSqlite(t, plain, { spanMinMs: 0 });
    ok(db === plain && db instanceof Database);
    db.run("CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT UNIQUE)");
    const select = db.query("SELECT * FROM users WHERE name = ?");
    equal(db.query("SELECT * FROM users WHERE name = ?"), select);
    db.run("INSERT INTO users (name) VALUES (?)", ["a"]);
    deepEqual(select.all("a"), [{ id: 1, name: "a" }]);
    deepEqual(select.values("a"), [[1, "a"]]);
    deepEqual([...select.iterate("a")], [{ id: 1, name: "a" }]);
    const both = db.transaction((names: string[]) => {
      for (const name of names) db.prepare("INSERT INTO users (name) VALUES (?)").run(name);
    });
    both.immediate(["b", "c"]);
    throws(() => both(["d", "a"]), /UNIQUE constraint failed/);
    equal(db.query("SELECT count(*) AS n FROM users").get()!.n, 3, "it was rolled back");
    deepEqual(await counts(t), {
      "CREATE TABLE orders": 1,
      "CREATE TABLE users": 1,
      BEGIN: 2,
      COMMIT: 1,
      ROLLBACK: 1,
      "INSERT users": 4,
      "INSERT users 2067": 1,
      "SELECT users": 4,
    });
    const failed = [...t.tracer.finished].find(({ status }) => status === "error")!;
    equal(failed.attributes["db.response.status_code"], "2067");
    const names = [...t.tracer.finished].map(({ name }) => name).filter((name) =>
      !/users/.test(name)
    );
    deepEqual(names, ["BEGIN", "COMMIT", "BEGIN", "ROLLBACK"]);
    class User {}
    ok(db.query("SELECT * FROM users").as(User).get() instanceof User);
  },
);

test("instrumentSqlite() tells of transactions of bun:sqlite as they run", BUN_ONLY, async () => {
  const { Database } = await bunSqlite(), { t } = setUp(), bare = new Database(":memory:");
  const db = instrumentSqlite(t, new Database(":memory:"), { spanMinMs: 0 });
  db.run("CREATE TABLE users (id INTEGER PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)");
  db.run("CREATE TABLE pets (owner INTEGER REFERENCES users DEFERRABLE INITIALLY DEFERRED)");
  db.run("PRAGMA foreign_keys = ON");
  const names = () =>
    [...t.tracer.finished].slice(3).map(({ name, status }) =>
      status === "error" ? `${name} failed` : name
    );
  const inner = db.transaction((fails: boolean) => {
    db.run("INSERT INTO users DEFAULT VALUES");
    if (fails) throw new Error("back");
  });
  const outer = db.transaction(function (this: unknown, ...given: unknown[]) {
    inner(false);
    try {
      inner.deferred(true);
    } catch {
      // Its savepoint alone is rolled back.
    }
    return [this, ...given];
  });
  const self = {};
  deepEqual(outer.exclusive.call(self, 1, 2), [self, 1, 2]);
  equal(db.query("SELECT count(*) AS n FROM users").get().n, 1);
  deepEqual(names(), [
    "BEGIN",
    "SAVEPOINT",
    "INSERT users",
    "RELEASE",
    "SAVEPOINT",
    "INSERT users",
    "ROLLBACK",
    "COMMIT",
    "SELECT users",
  ]);
  throws(() => db.transaction(() => db.run("INSERT INTO pets VALUES (99)"))(), /FOREIGN KEY/);
  deepEqual(names().slice(-3), ["BEGIN", "INSERT pets", "COMMIT failed"]);

  const theirs = bare.transaction(() => {});
  deepEqual(Reflect.ownKeys(inner).sort(), Reflect.ownKeys(theirs).sort());
  deepEqual([inner.name, inner.length, inner.database === db, inner.immediate.default === inner], [
    theirs.name,
    theirs.length,
    true,
    true,
  ]);
  throws(() => db.transaction(1), TypeError);
  uninstrument(db);
  const told = names().length;
  inner(false);
  equal(names().length, told);
});

test("Durations of queries leave over OTLP by the names of the conventions", async () => {
  const { t, db } = setUp({ namespace: "shop" });
  const { attributesOf, otlpName } = await import("../../src/export/otlp/wire/names.ts");
  db.prepare("SELECT * FROM orders").get();
  const family = (await t.metrics.collect()).find(({ name }) => name.startsWith("db_client"))!;
  const name = otlpName(family),
    told = family.samples.map(({ labels }) => attributesOf(labels, name));
  deepEqual([name.name, name.unit], ["db.client.operation.duration", "s"]);
  deepEqual(told.at(-1), [
    "db.system.name",
    "sqlite",
    "db.namespace",
    "shop",
    "db.query.summary",
    "SELECT orders",
  ]);
});
