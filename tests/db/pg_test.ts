import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { once } from "node:events";
import { after, before, test } from "node:test";
import pg from "pg";
import Cursor from "pg-cursor";
import QueryStream from "pg-query-stream";
import { telltale } from "../../mod.ts";
import { current } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";
import { databaseCheck, instrumentPg, type PgOptions, uninstrument } from "../../src/db/mod.ts";
import { type DatabaseServer, startPostgres, withoutPostgres } from "../peers/databases.ts";
import { HANG_MS } from "../tool.ts";
import { counts, eventually, spans, valueOf } from "./told.ts";

const OPTIONS = { skip: withoutPostgres(), timeout: HANG_MS };
let server: DatabaseServer;
before(async () => {
  if (!OPTIONS.skip) server = await startPostgres("log_statement=all");
}, { timeout: HANG_MS });
after(async () => await server?.close());

const address = () => ({
  host: "127.0.0.1",
  port: server.port,
  user: "postgres",
  database: "postgres",
});

async function withPool<T>(
  fn: (pool: pg.Pool, t: ReturnType<typeof telltale>) => Promise<T>,
  config: pg.PoolConfig = {},
  options: PgOptions = {},
): Promise<T> {
  const t = telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
  const pool = instrumentPg(t, new pg.Pool({ ...address(), max: 2, ...config }), options);
  pool.on("error", () => {});
  const result = await fn(pool, t);
  // Not after a failure: it waits for clients that were not given back.
  await pool.end();
  return result;
}

test(
  "instrumentPg() tells a pool's query once, with what came back",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const tally = new Tally();
      const { rows } = await t.tracer.span("request", { tally }, () =>
        pool.query("SELECT n AS a FROM generate_series(1, $1) n WHERE 'secret' <> $2", [
          3,
          "other",
        ]));
      deepEqual(rows, [{ a: 1 }, { a: 2 }, { a: 3 }]);
      const [span, request] = [...t.tracer.finished];
      equal(span!.parentSpanId, request!.spanId);
      deepEqual([span!.name, span!.kind, span!.attributes], ["SELECT", "client", {
        "db.system.name": "postgresql",
        "db.namespace": "postgres",
        "db.query.summary": "SELECT",
        "db.query.text": "SELECT n AS a FROM generate_series(?, $1) n WHERE ? <> $2",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "db.response.returned_rows": 3,
      }]);
      deepEqual(await counts(t), { SELECT: 1 });
      equal(tally.queries?.count, 1);
      ok(tally.queries!.ms > 0);
    }),
);

test("instrumentPg() sees every form of a query once", OPTIONS, () =>
  withPool(async (pool, t) => {
    const client = await pool.connect();
    const forms: (() => Promise<unknown>)[] = [
      () => client.query("SELECT 1 AS a"),
      () => client.query("SELECT $1::int AS a", [1]),
      () => client.query({ text: "SELECT $1::int AS a", values: [1], name: "named" }),
      () =>
        new Promise((resolve) =>
          client.query("SELECT 1 AS a", (_: Error, result: pg.QueryResult) => resolve(result))
        ),
      () =>
        new Promise((resolve) =>
          client.query("SELECT $1::int AS a", [1], (_: Error, result: pg.QueryResult) =>
            resolve(result))
        ),
      () =>
        new Promise((resolve) => {
          const callback = (_: Error, result: pg.QueryResult) =>
            resolve(result);
          client.query({ text: "SELECT 1 AS a", callback } as pg.QueryConfig);
        }),
      () =>
        pool.query("SELECT 1 AS a"),
      () =>
        new Promise((resolve) =>
          pool.query("SELECT 1 AS a", (_: Error, result: pg.QueryResult) => resolve(result))
        ),
    ];
    for (const [i, form] of forms.entries()) {
      deepEqual((await form() as pg.QueryResult).rows, [{ a: 1 }], `form ${i}`);
      deepEqual(await counts(t), { SELECT: i + 1 }, `form ${i}`);
    }
    // The pool observes it already.
    equal(instrumentPg(t, client), client);
    await client.query("SELECT 1 AS a");
    client.release();
    await pool.query("SELECT 1; SELECT 2");
    throws(() => client.query(null as unknown as string), TypeError);
    equal(spans(t).length, forms.length + 2);
  }));

test(
  "instrumentPg() follows cursors, streams and queries with events to their end",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const client = await pool.connect(), text = "SELECT n FROM generate_series(1, 5) n";
      const cursor = client.query(new Cursor(text));
      ok(cursor instanceof Cursor);
      equal((await cursor.read(3)).length, 3);
      equal(spans(t).length, 0, "there are rows left");
      await cursor.read(3);
      await cursor.close();
      equal(spans(t).length, 1);

      const seen: number[] = [];
      for await (const row of client.query(new QueryStream(text, [], { batchSize: 2 }))) {
        seen.push(row.n);
      }
      deepEqual(seen, [1, 2, 3, 4, 5]);
      equal(spans(t).length, 2);

      const query = client.query(new pg.Query(text));
      await once(query, "end");
      await eventually(() => spans(t).length === 3);

      const failing = client.query(new Cursor("SELECT 1 / 0"));
      await rejects(failing.read(1), /division by zero/);
      await eventually(() => spans(t).length === 4);
      equal(spans(t).at(-1), "SELECT 22012");
      client.release();
    }),
);

test(
  "instrumentPg() tells failures by their code, and no value of theirs",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      // A pool throws a client away whose query failed.
      const client = await pool.connect();
      await client.query("CREATE TEMP TABLE users (id int PRIMARY KEY, name text)");
      const failing:
        readonly (readonly [sql: string, values: unknown[], told: string, message: string])[] = [
          [
            "INSERT INTO users VALUES (1), (1)",
            [],
            "INSERT users 23505",
            "duplicate key value violates unique constraint …",
          ],
          ["SELECT $1::int", ["secret"], "SELECT 22P02", "invalid input syntax for type integer …"],
          ["SELECT secret FROM users", [], "SELECT users 42703", "column …"],
          ["DO $$ BEGIN RAISE EXCEPTION 'secret'; END $$", [], "DO P0001", ""],
        ];
      for (const [sql, values, told, message] of failing) {
        await rejects(client.query(sql, values));
        equal(spans(t).at(-1), told);
        const span = [...t.tracer.finished].at(-1)!;
        deepEqual([span.statusMessage, span.attributes["db.response.status_code"]], [
          message,
          told.split(" ").at(-1),
        ]);
      }
      const told = [...t.tracer.finished].map((
        { statusMessage, events },
      ) => [statusMessage, events]);
      ok(!JSON.stringify(told).includes("secret"));
      client.release();
    }, { max: 1 }),
);

test(
  "instrumentPg() keeps the class of promises",
  OPTIONS,
  () =>
    withPool(async (_, t) => {
      class Own<T> extends Promise<T> {}
      const own = new pg.Pool({ ...address(), Promise: Own } as pg.PoolConfig);
      const promise = instrumentPg(t, own).query("SELECT 1");
      ok(promise instanceof Own);
      await promise;
      await own.end();
    }),
);

test(
  "instrumentPg() emits the rows of queries and streams in the context of the caller",
  OPTIONS,
  () =>
    withPool(async (pool) => {
      const storage = new AsyncLocalStorage<string>(), told: unknown[] = [];
      const tell = () => void told.push(storage.getStore());
      const client = await storage.run("another", () => pool.connect());
      const text = "SELECT generate_series(1, 3) AS n";
      await storage.run("stream", () => {
        const rows = client.query(new QueryStream(text, [], { batchSize: 2 })).on("data", tell);
        return new Promise<void>((resolve) => rows.on("end", () => resolve(tell())));
      });
      await storage.run("query", () => {
        const query = client.query(new pg.Query(text)).on("row", tell);
        return new Promise<void>((resolve) => query.on("end", () => resolve(tell())));
      });
      await storage.run("failed", () => {
        const query = client.query(new pg.Query("SELECT 1 / 0"));
        return new Promise<void>((resolve) => query.on("error", () => resolve(tell())));
      });
      client.release();
      deepEqual(told, [...Array(4).fill("stream"), ...Array(4).fill("query"), "failed"]);
    }, { max: 1 }),
);

test(
  "instrumentPg() gives each query the request that sent it, however long it waits",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const storage = new AsyncLocalStorage<string>();
      const first = await pool.connect();
      const told: unknown[] = [];
      const queued = [1, 2, 3].map((n) =>
        storage.run(`request ${n}`, () =>
          t.tracer.span(`request ${n}`, () => {
            const ids = current()!.spanId;
            return new Promise<void>((resolve) => {
              const done = () => {
                told.push([storage.getStore(), current()?.spanId === ids]);
                resolve();
              };
              if (n === 1) void pool.query("SELECT 1").then(done);
              else if (n === 2) pool.query("SELECT 2", done);
              else {
                pool.connect((_, client, release) => {
                  equal(storage.getStore(), "request 3");
                  client!.query("SELECT 3", () => {
                    done();
                    release();
                  });
                });
              }
            });
          }))
      );
      await t.tracer.span("another", () => Promise.resolve(first.release()));
      await Promise.all(queued);
      deepEqual(told.sort(), [1, 2, 3].map((n) => [`request ${n}`, true]));
      const all = [...t.tracer.finished],
        parents = new Map(all.map((span) => [span.spanId, span.name]));
      const queries = all.filter(({ kind }) => kind === "client").map((span) =>
        parents.get(span.parentSpanId)
      );
      deepEqual(queries.sort(), ["request 1", "request 2", "request 3"]);
      ok(await valueOf(t, "db_client_connection_wait_time_seconds_count") >= 4);
    }, { max: 1 }),
);

test(
  "instrumentPg() shows how a pool is used, and who waited in vain",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const client = await pool.connect(), name = `127.0.0.1:${server.port}/postgres`;
      await rejects(pool.query("SELECT 1"), /timeout exceeded when trying to connect/);
      equal(spans(t).at(-1), "SELECT timeout");
      equal(await valueOf(t, `db_client_connection_count{pool="${name}",state="used"}`), 1);
      equal(await valueOf(t, `db_client_connection_max{pool="${name}"}`), 1);
      equal(await valueOf(t, `db_client_connection_timeouts_total{pool="${name}"}`), 1);
      client.release();
      equal(await valueOf(t, `db_client_connection_count{pool="${name}",state="idle"}`), 1);
    }, { max: 1, connectionTimeoutMillis: 50 }),
);

test(
  "instrumentPg() tells timeouts, cancelled queries and transactions that are rolled back",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const client = await pool.connect();
      await client.query("SET statement_timeout = 30");
      await rejects(client.query("SELECT pg_sleep(10)"), { code: "57014" });
      equal(spans(t).at(-1), "SELECT 57014");
      await client.query("SET statement_timeout = 0");
      const { rows: [{ pid }] } = await client.query("SELECT pg_backend_pid() AS pid");
      const sleeping = client.query("SELECT pg_sleep(100)").catch((error: { code: string }) =>
        error.code
      );
      await pool.query("SELECT pg_cancel_backend($1)", [pid]);
      equal(await sleeping, "57014");
      await client.query("CREATE TABLE orders (id int)");
      await client.query("BEGIN");
      await client.query("INSERT INTO orders VALUES (1)");
      await client.query("SAVEPOINT one");
      await rejects(client.query("SELECT 1 / 0"));
      await client.query("ROLLBACK TO SAVEPOINT one");
      await client.query("ROLLBACK");
      equal((await client.query("SELECT * FROM orders")).rowCount, 0);
      deepEqual(spans(t).slice(-7), [
        "BEGIN",
        "INSERT orders",
        "SAVEPOINT",
        "SELECT 22012",
        "ROLLBACK",
        "ROLLBACK",
        "SELECT orders",
      ]);
      await client.query("DROP TABLE orders");
      client.release();
    }),
);

test(
  "instrumentPg() tells the driver's own timeout of a query",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      await rejects(pool.query("SELECT pg_sleep(0.5)"), /Query read timeout/);
      equal(spans(t).at(-1), "SELECT timeout");
    }, { max: 1, query_timeout: 30 }),
);

test(
  "instrumentPg() appends the trace where it is asked to, and not to named queries",
  OPTIONS,
  () =>
    withPool(
      async (pool, t) => {
        const text = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
        const { rows: [{ query }] } = await pool.query(text);
        const [, traceId, spanId] = /\/\*traceparent='00-([0-9a-f]{32})-([0-9a-f]{16})-01'\*\/$/
          .exec(query)!;
        const [span] = [...t.tracer.finished];
        deepEqual([span!.traceId, span!.spanId, span!.name], [
          traceId,
          spanId,
          "SELECT pg_stat_activity",
        ]);
        const named = { name: "activity", text };
        equal((await pool.query(named)).rows[0].query, text);
        deepEqual(named, { name: "activity", text });
        equal(spans(t).length, 2);
      },
      {},
      { comment: true },
    ),
);

test("instrumentPg() asks another connection for the plan of a slow query", OPTIONS, async () => {
  const explain = new pg.Pool(address());
  await withPool(
    async (pool, t) => {
      await pool.query("CREATE TABLE plans (id int PRIMARY KEY, name text)");
      await pool.query("SELECT * FROM plans WHERE id = $1 AND name <> 'secret'", [1]);
      await pool.query("SELECT 1; SELECT 2 FROM plans");
      const lines = () =>
        [...t.log.ring].map(({ fields }) => [fields["db.query.summary"], fields["db.query.plan"]]);
      await eventually(() => lines().length === 3);
      const plan = lines().find(([summary]) => summary === "SELECT plans")![1];
      match(String(plan), /^Index Scan using plans_pkey on plans \(cost [\d.]+, rows \d+\)$/);
      equal(
        lines().filter(([, plan]) => plan !== undefined).length,
        1,
        "neither of two statements nor of CREATE",
      );
    },
    {},
    { slowMs: 0, explain },
  );
  await explain.end();
});

test("uninstrument() leaves a pool as it was", OPTIONS, () =>
  withPool(async (pool, t) => {
    const client = await pool.connect();
    equal(uninstrument(pool), pool);
    deepEqual(["query", "connect"].filter((verb) => Object.hasOwn(pool, verb)), []);
    await client.query("SELECT 1");
    await pool.query("SELECT 1");
    client.release();
    deepEqual([spans(t), await counts(t)], [[], {}]);
    ok(!(await (await t.metrics.scrape()).text()).includes("db_client_connection_count{"));
  }));

test("instrumentPg() observes a client alone, and refuses what is neither", OPTIONS, async () => {
  const t = telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
  const client = instrumentPg(t, new pg.Client(address()));
  ok(client instanceof pg.Client);
  equal(instrumentPg(t, client), client);
  await client.connect();
  await client.query("SELECT 1");
  await client.end();
  deepEqual(await counts(t), { SELECT: 1 });
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong = instrumentPg as any;
  throws(
    () => wrong(t, {}),
    /^TypeError: Cannot instrument pg: it must be a Pool or Client of pg, got object$/,
  );
  throws(
    () => wrong(t, client, { coment: true }),
    /unknown option "coment", did you mean "comment"\?/,
  );
  throws(
    () => wrong(t, client, { explain: {} }),
    /explain must be a Pool or Client of pg, or a function of postgres.js or Bun, got object/,
  );
});

test(
  "databaseCheck() asks a pool, and tells nothing of it",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      t.health.check("database", databaseCheck(pool));
      equal((await t.health.refresh()).status, "UP");
      deepEqual([spans(t), await counts(t)], [[], {}]);
    }),
);

test(
  "An error of the server is told without its values, wherever the application takes it",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const failing = () => pool.query("SELECT $1::int", ["secret"]);
      await rejects(
        () => t.tracer.span("request", failing),
        /invalid input syntax for type integer: "secret"/,
      );
      const error = await failing().catch((error: unknown) => error);
      t.log.error("failed", error);
      t.log.error("failed", { error: new Error("no order", { cause: error }) });
      const told = JSON.stringify([[...t.tracer.finished], [...t.log.ring]]);
      ok(!told.includes("secret"), told);
      match(told, /invalid input syntax for type integer …/);
      const refused = await new pg.Pool({ ...address(), port: 1 }).query("SELECT 1").catch((
        error: unknown,
      ) => error);
      t.log.error("failed", refused);
      match(JSON.stringify([...t.log.ring].at(-1)), /ECONNREFUSED 127\.0\.0\.1:1/);
    }),
);
