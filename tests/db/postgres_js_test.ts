import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import postgres from "postgres";
import { telltale } from "../../mod.ts";
import {
  databaseCheck,
  instrumentPostgresJs,
  type PgOptions,
  uninstrument,
} from "../../src/db/mod.ts";
import { type DatabaseServer, startPostgres, withoutPostgres } from "../peers/databases.ts";
import { HANG_MS } from "../tool.ts";
import { counts, eventually, spans, statementsIn } from "./told.ts";

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
const FILE = fileURLToPath(new URL("./query.sql", import.meta.url));
const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });

async function withSql<T>(
  fn: (sql: postgres.Sql, t: ReturnType<typeof telltale>) => Promise<T>,
  options: postgres.Options<Record<string, never>> = {},
  own: PgOptions = {},
): Promise<T> {
  const t = parts();
  const plain = postgres({ ...address(), max: 2, onnotice: () => {}, ...options });
  const result = await fn(instrumentPostgresJs(t, plain, own), t);
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
  "instrumentPostgresJs() tells of transactions, savepoints and reserved connections what the server saw",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      const started = server.log.length;
      await sql`CREATE TABLE orders (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)`;
      // The server's log comes by a pipe, later than its answer.
      await eventually(() => server.log.includes("CREATE TABLE orders", started));
      const from = server.log.length;
      const result = await sql.begin("read write", async (tx) => {
        ok(tx !== (sql as unknown));
        await tx`INSERT INTO orders VALUES (1)`;
        await tx.savepoint(async (inner) => {
          await inner`INSERT INTO orders VALUES (2)`;
          throw new Error("back");
        }).catch(() => {});
        await tx.savepoint("kept", (inner) => inner`INSERT INTO orders VALUES (3)`);
        return await tx`SELECT * FROM orders`;
      });
      deepEqual([...result], [{ id: 1 }, { id: 3 }]);
      await rejects(
        sql.begin((tx) => [tx`INSERT INTO orders VALUES (4)`, tx`SELECT 1 / (id - 1) FROM orders`]),
      );
      // An error that the function swallows is the transaction's nevertheless.
      await rejects(sql.begin((tx) => tx`SELECT 1 / (id - 1) FROM orders`.catch(() => {})), {
        code: "22012",
      });
      await rejects(sql.begin((tx) => tx`INSERT INTO orders VALUES (1)`), { code: "23505" });
      await rejects(sql.begin(() => Promise.reject(new Error("mine"))), /mine/);
      const reserved = await sql.reserve();
      deepEqual([...await reserved`SELECT * FROM orders`], [{ id: 1 }, { id: 3 }]);
      reserved.release();
      await sql`DROP TABLE orders`;
      const told = spans(t).slice(1);
      deepEqual(told, [
        "BEGIN",
        "INSERT orders",
        "SAVEPOINT",
        "INSERT orders",
        "ROLLBACK",
        "SAVEPOINT",
        "INSERT orders",
        "SELECT orders",
        "COMMIT",
        "BEGIN",
        "INSERT orders",
        "SELECT orders 22012",
        "ROLLBACK",
        "BEGIN",
        "SELECT orders 22012",
        "ROLLBACK",
        "BEGIN",
        "INSERT orders",
        "COMMIT 23505",
        "BEGIN",
        "ROLLBACK",
        "SELECT orders",
        "DROP TABLE orders",
      ]);
      await eventually(() => server.log.includes("DROP TABLE orders", from));
      deepEqual(statementsIn(server.log.slice(from)), told.map((name) => name.split(" ")[0]));
    }, { max: 1 }),
);

test(
  "instrumentPostgresJs() tells a transaction that is prepared for a later commit as that",
  OPTIONS,
  () =>
    withSql(async (sql, t) => {
      const from = server.log.length;
      type Prepared = { prepare(name: string): Promise<unknown> };
      const prepare = (tx: unknown) => (tx as Prepared).prepare("secret");
      // A server as it comes has no place for them.
      await rejects(
        sql.begin(async (tx) => {
          await tx`SELECT 1`;
          prepare(tx);
        }),
        { code: "55000" },
      );
      await rejects(sql.begin((tx) => tx.savepoint((inner) => void prepare(inner))), {
        code: "55000",
      });
      await sql.begin((tx) => tx`SELECT 3`);
      const told = spans(t);
      deepEqual(told, [
        "BEGIN",
        "SELECT",
        "PREPARE 55000",
        "BEGIN",
        "SAVEPOINT",
        "PREPARE 55000",
        "BEGIN",
        "SELECT",
        "COMMIT",
      ]);
      ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
      await sql`SELECT * FROM pg_class LIMIT 1`;
      await eventually(() => server.log.includes("FROM pg_class", from));
      deepEqual(
        statementsIn(server.log.slice(from)).slice(0, told.length),
        told.map((name) => name.split(" ")[0]),
      );
    }, { max: 1 }),
);

test("instrumentPostgresJs() tells a query in a file by its text", OPTIONS, () =>
  withSql(
    async (sql, t) => {
      equal((await sql.file(FILE))[0]!["?column?"], "secret");
      equal(spans(t).at(-1), "SELECT pg_class");
      await sql.notify("channel", "secret");
      deepEqual(spans(t), ["SELECT pg_class", "SELECT"]);
      ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
    },
    {},
    { comment: true },
  ));

test("instrumentPostgresJs() tells a transaction that can't begin", OPTIONS, async () => {
  const t = parts(), plain = postgres({ host: "127.0.0.1", port: 1, max: 1, backoff: () => 0 });
  const sql = instrumentPostgresJs(t, plain);
  await rejects(sql.begin((tx) => tx`SELECT 1`), { code: "ECONNREFUSED" });
  deepEqual(spans(t), ["BEGIN ECONNREFUSED"]);
  await plain.end({ timeout: 0 });
});

test(
  "instrumentPostgresJs() appends the trace to what is not prepared, and keeps statements few",
  OPTIONS,
  async () => {
    const own = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
    const kept = "SELECT count(*)::int AS n FROM pg_prepared_statements";
    await withSql(
      async (sql, t) => {
        const [{ query }] = await sql.unsafe(own) as [{ query: string }];
        const span = [...t.tracer.finished].at(-1)!;
        equal(query, `${own} /*traceparent='00-${span.traceId}-${span.spanId}-01'*/`);
        match((await sql.unsafe(`${own} AND $1`, [true]))[0]!.query, /AND \$1 \/\*traceparent=/);
        const simple = sql`SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()`;
        match((await simple.simple())[0]!.query, /traceparent/);
        const [{ n: before }] = await sql.unsafe(kept) as [{ n: number }];
        for (let n = 0; n < 5; n++) {
          const [row] = await sql`SELECT query, ${n}::int AS n FROM pg_stat_activity
            WHERE pid = pg_backend_pid()`;
          ok(!row!.query.includes("traceparent"));
          await sql.unsafe("SELECT $1::int", [n]);
        }
        const [{ n: after }] = await sql.unsafe(kept) as [{ n: number }];
        equal(after - before, 1);
        await rejects(async () => await sql`SELECT ${"x"}::int`.simple());
        const names = spans(t);
        equal(names.at(-1)!.split(" ")[0], "SELECT");
      },
      { max: 1 },
      { comment: true },
    );
    await withSql(
      async (sql) => {
        const [row] = await sql`SELECT query, ${1}::int AS n FROM pg_stat_activity
          WHERE pid = pg_backend_pid()`;
        match(row!.query, /\/\*traceparent='[-0-9a-f]{55}'\*\/$/);
        equal((await sql.unsafe(kept))[0]!.n, 0);
      },
      { max: 1, prepare: false },
      { comment: true },
    );
  },
);

test(
  "instrumentPostgresJs() asks another connection for the plan of a slow query",
  OPTIONS,
  async () => {
    const explain = postgres({ ...address(), max: 1 });
    await withSql(
      async (sql, t) => {
        await sql`CREATE TABLE plans (id int PRIMARY KEY)`;
        await sql`SELECT * FROM plans WHERE id = ${1}`;
        const plans = () => [...t.log.ring].map(({ fields }) => fields["db.query.plan"]);
        await eventually(() => plans().some(Boolean));
        match(String(plans().find(Boolean)), /^Index Only Scan using plans_pkey on plans \(cost/);
        await sql`DROP TABLE plans`;
      },
      {},
      { slowMs: 0, explain },
    );
    await explain.end();
  },
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
