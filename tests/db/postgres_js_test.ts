import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, test } from "node:test";
import postgres from "postgres";
import { telltale } from "../../mod.ts";
import { databaseCheck, instrumentPostgresJs, uninstrument } from "../../src/db/mod.ts";
import { type DatabaseServer, startPostgres, withoutPostgres } from "../peers/databases.ts";
import { HANG_MS } from "../tool.ts";
import { counts, eventually, spans } from "./told.ts";

const OPTIONS = { skip: withoutPostgres(), timeout: HANG_MS };
let server: DatabaseServer;
before(async () => {
  if (!OPTIONS.skip) server = await startPostgres();
}, { timeout: HANG_MS });
after(async () => await server?.close());

const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });

async function withSql<T>(
  fn: (sql: postgres.Sql, t: ReturnType<typeof telltale>) => Promise<T>,
  options: postgres.Options<Record<string, never>> = {},
): Promise<T> {
  const t = parts();
  const plain = postgres({
    host: "127.0.0.1",
    port: server.port,
    user: "postgres",
    database: "postgres",
    max: 2,
    onnotice: () => {},
    ...options,
  });
  const result = await fn(instrumentPostgresJs(t, plain), t);
  await plain.end();
  return result;
}

test(
  "instrumentPostgresJs() tells a query when it is sent, with its fragments and without its values",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      const condition = sql`n <> ${"9"} AND ${sql`n < ${100}`}`;
      const query = sql`SELECT n FROM generate_series(1, 3) ${
        sql("n")
      } WHERE ${condition} AND 'secret' <> 'x'`;
      await new Promise((resolve) => setTimeout(resolve, 5));
      deepEqual(spans(t), [], "nobody has awaited it");
      ok(query instanceof Promise);
      const rows = await t.tracer.span("request", () => query);
      deepEqual([...rows], [{ n: 1 }, { n: 2 }, { n: 3 }]);
      equal(rows.count, 3);
      const [span, request] = [...t.tracer.finished];
      equal(span!.parentSpanId, request!.spanId, "it belongs to who awaits it");
      deepEqual([span!.name, span!.attributes], ["SELECT", {
        "db.system.name": "postgresql",
        "db.namespace": "postgres",
        "db.query.summary": "SELECT",
        "db.query.text":
          'SELECT n FROM generate_series(?, ?) "n" WHERE n <> $1 AND n < $2 AND ? <> ?',
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "db.response.returned_rows": 3,
      }]);
      await query;
      deepEqual(await counts(t), { SELECT: 1 }, "fragments and a second await are no queries");
    }),
);

test(
  "instrumentPostgresJs() sees every way to run a query once",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      const seen: unknown[] = [], storage = new AsyncLocalStorage<string>();
      const ways: (() => unknown)[] = [
        () => sql`SELECT 1 AS a`,
        () => sql`SELECT 1 AS a`.values(),
        () => sql`SELECT 1 AS a`.execute(),
        () => sql`SELECT 1 AS a`.simple(),
        () => sql.unsafe("SELECT $1::int AS a", [1]),
        () =>
          storage.run("here", () =>
            sql`SELECT 1 AS a UNION SELECT 2`.forEach((row) =>
              seen.push([row.a, storage.getStore()])
            )),
        () =>
          sql`SELECT 1 AS a`.catch(() => {}),
        () =>
          sql`SELECT 1 AS a`.finally(() => {}),
        async () => {
          for await (const rows of sql`SELECT n FROM generate_series(1, 4) n`.cursor(2)) {
            seen.push(rows.length);
          }
        },
        async () => {
          for await (const _ of sql`SELECT n FROM generate_series(1, 4) n`.cursor(2)) break;
        },
        () =>
          sql`SELECT n FROM generate_series(1, 4) n`.cursor(
            2,
            (rows) => void seen.push(rows.length),
          ),
      ];
      for (const [i, way] of ways.entries()) {
        await way();
        await eventually(() => spans(t).length > i);
        deepEqual([i, await counts(t)], [i, { SELECT: i + 1 }]);
      }
      deepEqual(seen, [[1, "here"], [2, "here"], 2, 2, 2, 2]);
    }),
);

test(
  "instrumentPostgresJs() sees transactions, savepoints and reserved connections",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      await sql`CREATE TABLE orders (id int)`;
      const result = await sql.begin(async (tx) => {
        ok(tx !== (sql as unknown));
        await tx`INSERT INTO orders VALUES (1)`;
        await tx.savepoint(async (inner) => {
          await inner`INSERT INTO orders VALUES (2)`;
          throw new Error("back");
        }).catch(() => {});
        return await tx`SELECT * FROM orders`;
      });
      deepEqual([...result], [{ id: 1 }]);
      await rejects(sql.begin((tx) => [tx`INSERT INTO orders VALUES (3)`, tx`SELECT 1 / 0`]));
      const reserved = await sql.reserve();
      deepEqual([...await reserved`SELECT * FROM orders`], [{ id: 1 }]);
      reserved.release();
      deepEqual(spans(t), [
        "CREATE TABLE orders",
        "INSERT orders",
        "INSERT orders",
        "SELECT orders",
        "INSERT orders",
        "SELECT 22012",
        "SELECT orders",
      ]);
      await sql`DROP TABLE orders`;
    }),
);

test(
  "instrumentPostgresJs() tells failures, timeouts and cancelled queries",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      await rejects(async () => await sql`SELECT ${"secret"}::int`, { code: "22P02" });
      equal(spans(t).at(-1), "SELECT 22P02");
      await sql`SET statement_timeout = 30`;
      await rejects(async () => await sql`SELECT pg_sleep(10)`, { code: "57014" });
      equal(spans(t).at(-1), "SELECT 57014");
      await sql`SET statement_timeout = 0`;
      const sleeping = sql`SELECT pg_sleep(100)`;
      const result = sleeping.then(() => "done", (error) => error.code);
      await eventually(() => (sleeping as unknown as { active: boolean }).active);
      sleeping.cancel();
      equal(await result, "57014");
      const told = spans(t).length, unsent = sql`SELECT 1`;
      unsent.cancel();
      await rejects(async () => await unsent);
      equal(spans(t).length, told, "it was not sent");
      ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
    }, { max: 1 }),
);

test(
  "instrumentPostgresJs() tells a lost server, and goes on when it is back",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      await sql`SELECT 1`;
      const sleeping = sql`SELECT pg_sleep(100)`,
        result = sleeping.then(() => "done", (error) => error.code);
      await eventually(() => (sleeping as unknown as { active: boolean }).active);
      await server.stop("SIGQUIT");
      match(String(await result), /^(57P0[12]|CONNECTION_CLOSED|ECONNRESET)$/);
      equal(spans(t).at(-1), `SELECT ${await result}`);
      await rejects(async () => await sql`SELECT 2`, { code: "ECONNREFUSED" });
      equal(spans(t).at(-1), "SELECT ECONNREFUSED");
      await server.start();
      await eventually(() => true);
      while (await sql`SELECT 3`.then(() => false, () => true));
      equal(spans(t).at(-1), "SELECT");
    }, { max: 1, backoff: () => 0 }),
);

test(
  "instrumentPostgresJs() behaves as the function given, and can be undone",
  OPTIONS,
  async () => {
    const t = parts(),
      plain = postgres({ host: "127.0.0.1", port: server.port, user: "postgres", max: 1 });
    const sql = instrumentPostgresJs(t, plain);
    equal(instrumentPostgresJs(t, plain), sql);
    equal(instrumentPostgresJs(t, sql), sql);
    deepEqual(Object.keys(sql), Object.keys(plain));
    equal(sql.options, plain.options);
    equal(sql.PostgresError, plain.PostgresError);
    equal(sql.unsafe, sql.unsafe);
    const helper = sql(["a", "b"]);
    equal(Object.getPrototypeOf(helper), Object.getPrototypeOf(plain(["a", "b"])));
    deepEqual([...await sql`SELECT * FROM ${sql("pg_class")} WHERE relname IN ${helper}`], []);
    equal(spans(t).at(-1), 'SELECT "pg_class"');
    equal(uninstrument(sql), plain);
    await plain`SELECT 1`;
    await sql`SELECT 1`;
    equal(spans(t).length, 1);
    await plain.end();
    // deno-lint-ignore no-explicit-any -- wrong on purpose
    const wrong = instrumentPostgresJs as any;
    throws(
      () => wrong(t, () => {}),
      /^TypeError: Cannot instrument postgres\.js: sql must be what postgres\(\) gave, got function$/,
    );
  },
);

test(
  "databaseCheck() asks postgres.js, and tells nothing of it",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      t.health.check("database", databaseCheck(sql));
      equal((await t.health.refresh()).status, "UP");
      deepEqual([spans(t), await counts(t)], [[], {}]);
    }),
);
