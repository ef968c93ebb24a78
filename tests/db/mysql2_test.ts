import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { AsyncLocalStorage } from "node:async_hooks";
import { after, before, test } from "node:test";
import mysql from "mysql2";
import promised from "mysql2/promise";
import { telltale } from "../../mod.ts";
import { Tally } from "../../src/core/tally.ts";
import {
  databaseCheck,
  instrumentMysql2,
  type SqlOptions,
  uninstrument,
} from "../../src/db/mod.ts";
import { type DatabaseServer, startMariadb, withoutMariadb } from "../peers/databases.ts";
import { HANG_MS } from "../tool.ts";
import { counts, eventually, spans, valueOf } from "./told.ts";

const OPTIONS = { skip: withoutMariadb(), timeout: HANG_MS };
let server: DatabaseServer;
before(async () => {
  if (!OPTIONS.skip) server = await startMariadb();
}, { timeout: HANG_MS });
after(async () => await server?.close());

const address = () => ({ host: "127.0.0.1", port: server.port, user: "root", database: "mysql" });
const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });

async function withPool<T>(
  fn: (pool: promised.Pool, t: ReturnType<typeof telltale>) => Promise<T>,
  config: promised.PoolOptions = {},
  options: SqlOptions = {},
): Promise<T> {
  const t = parts();
  const pool = instrumentMysql2(
    t,
    promised.createPool({ ...address(), connectionLimit: 2, ...config }),
    options,
  );
  const result = await fn(pool, t);
  await pool.end();
  return result;
}

test(
  "instrumentMysql2() tells a pool's query once, without its values",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const tally = new Tally();
      const [rows] = await t.tracer.span(
        "request",
        { tally },
        () => pool.query('SELECT ? AS a, "secret" AS b FROM user', ["secret"]),
      );
      const [span, request] = [...t.tracer.finished];
      equal(span!.parentSpanId, request!.spanId);
      deepEqual([span!.name, span!.attributes], ["SELECT user", {
        "db.system.name": "mariadb",
        "db.namespace": "mysql",
        "db.query.summary": "SELECT user",
        "db.query.text": "SELECT ? AS a, ? AS b FROM user",
        "server.address": "127.0.0.1",
        "server.port": server.port,
        "db.response.returned_rows": (rows as unknown[]).length,
      }]);
      equal(tally.queries?.count, 1);
      deepEqual(await counts(t), { "SELECT user": 1 });
    }),
);

test("instrumentMysql2() sees every form of a query once", OPTIONS, async () => {
  await withPool(async (pool, t) => {
    const connection = await pool.getConnection(), sql = "SELECT ? + 0 AS a";
    const forms: (() => Promise<unknown>)[] = [
      () => pool.query(sql, [1]),
      () => pool.query({ sql, values: [1] }),
      () => pool.execute(sql, [1]),
      () => connection.query(sql, [1]),
      () => connection.execute(sql, [1]),
    ];
    for (const [i, form] of forms.entries()) {
      equal(Number((await form() as [{ a: unknown }[]])[0][0]!.a), 1);
      deepEqual(await counts(t), { SELECT: i + 1 }, `form ${i}`);
    }
    // The pool observes it already.
    equal(instrumentMysql2(t, connection), connection);
    await connection.query(sql, [1]);
    deepEqual(await counts(t), { SELECT: forms.length + 1 });
    connection.release();
  });
  const t = parts(), pool = instrumentMysql2(t, mysql.createPool(address()));
  await new Promise((resolve) => pool.query("SELECT 1", resolve));
  await new Promise((resolve) => pool.query({ sql: "SELECT 1", values: [] }, resolve));
  await new Promise((resolve) => pool.execute("SELECT 1", resolve));
  deepEqual(await counts(t), { SELECT: 3 });
  instrumentMysql2(t, pool.promise());
  const seen: unknown[] = [];
  const emitter = pool.query("SELECT 1 AS a UNION SELECT 2").on("result", (row) => seen.push(row));
  await new Promise<void>((resolve) => emitter.on("end", () => resolve()));
  deepEqual([seen.length, await counts(t)], [2, { SELECT: 4 }]);
  const rows: unknown[] = [];
  for await (const row of pool.query("SELECT 1 AS a UNION SELECT 2").stream()) rows.push(row);
  deepEqual([rows.length, await counts(t)], [2, { SELECT: 5 }]);
  await new Promise<void>((resolve) => pool.end(() => resolve()));
});

test(
  "instrumentMysql2() tells MariaDB by its handshake, and rows in the caller's context",
  OPTIONS,
  async () => {
    const storage = new AsyncLocalStorage<string>(), t = parts(), told: unknown[] = [];
    const connection = instrumentMysql2(t, mysql.createConnection(address()));
    const pool = instrumentMysql2(t, mysql.createPool({ ...address(), connectionLimit: 1 }));
    const tell = () => void told.push(storage.getStore());
    for (const [i, client] of [connection, pool].entries()) {
      // The first is sent where the connection is made, the second after it.
      storage.run("another", () => client.query("SELECT 1", () => {}));
      await storage.run(`caller ${i}`, () => {
        const query = client.query("SELECT 1 AS a UNION SELECT 2");
        return new Promise<void>((resolve) =>
          query.on("fields", tell).on("result", tell).on("end", () => {
            tell();
            resolve();
          })
        );
      });
      await storage.run(`stream ${i}`, () => {
        const rows = client.query("SELECT 1 AS a UNION SELECT 2").stream().on("data", tell);
        return new Promise<void>((resolve) => rows.on("end", () => resolve(tell())));
      });
      deepEqual(told.splice(0), [
        ...Array(4).fill(`caller ${i}`),
        ...Array(3).fill(`stream ${i}`),
      ]);
    }
    const systems = [...t.tracer.finished].map(({ attributes }) => attributes["db.system.name"]);
    deepEqual([systems.length, new Set(systems)], [6, new Set(["mariadb"])]);
    const page = await (await t.metrics.scrape()).text();
    ok(!page.includes('system="mysql"') && page.includes('system="mariadb"'));
    connection.destroy();
    await new Promise<void>((resolve) => pool.end(() => resolve()));
  },
);

test(
  "instrumentMysql2() tells failures, and transactions that are rolled back",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      await pool.query(
        "CREATE TABLE IF NOT EXISTS test_orders (id int PRIMARY KEY, name varchar(20) UNIQUE) ENGINE=InnoDB",
      );
      const connection = await pool.getConnection();
      await connection.beginTransaction();
      await connection.query("INSERT INTO test_orders VALUES (1, 'secret')");
      await rejects(
        connection.query("INSERT INTO test_orders VALUES (2, ?)", ["secret"]),
        /Duplicate entry 'secret'/,
      );
      await connection.rollback();
      const [left] = await connection.query("SELECT * FROM test_orders");
      deepEqual(left, []);
      deepEqual(spans(t), [
        "CREATE TABLE test_orders",
        "START",
        "INSERT test_orders",
        "INSERT test_orders 1062",
        "ROLLBACK",
        "SELECT test_orders",
      ]);
      const failed = [...t.tracer.finished].find(({ status }) => status === "error")!;
      deepEqual([failed.statusMessage, failed.attributes["db.response.status_code"]], [
        "Duplicate entry …",
        "1062",
      ]);
      ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
      await rejects(connection.query({ sql: "SELECT SLEEP(10)", timeout: 30 }), {
        code: "PROTOCOL_SEQUENCE_TIMEOUT",
      });
      equal(spans(t).at(-1), "SELECT PROTOCOL_SEQUENCE_TIMEOUT");
      connection.destroy();
      const victim = await pool.getConnection();
      const sleeping = victim.query("SELECT SLEEP(100)").then(() => "done", (error) => error.code);
      await pool.query(`KILL ${victim.threadId}`);
      match(String(await sleeping), /PROTOCOL_CONNECTION_LOST|ER_CONNECTION_KILLED/);
      ok(spans(t).some((name) => /^SELECT (PROTOCOL_CONNECTION_LOST|1927|1317)$/.test(name)));
      victim.destroy();
    }),
);

test(
  "instrumentMysql2() gives each query the request that sent it, however long it waits",
  OPTIONS,
  async () => {
    const t = parts(),
      pool = instrumentMysql2(t, mysql.createPool({ ...address(), connectionLimit: 1 }));
    const storage = new AsyncLocalStorage<string>(), told: unknown[] = [];
    const first = await new Promise<mysql.PoolConnection>((resolve) =>
      pool.getConnection((_, client) => resolve(client))
    );
    const queued = [1, 2].map((n) =>
      storage.run(
        `request ${n}`,
        () =>
          t.tracer.span(`request ${n}`, () =>
            new Promise<void>((resolve) => {
              const done = () => {
                told.push(storage.getStore());
                resolve();
              };
              if (n === 1) pool.query("SELECT 1", done);
              else pool.execute("SELECT 2", done);
            })),
      )
    );
    await eventually(() => true);
    const name = `127.0.0.1:${server.port}/mysql`;
    equal(await valueOf(t, `db_client_connection_pending_requests{pool="${name}"}`), 2);
    equal(await valueOf(t, `db_client_connection_count{pool="${name}",state="used"}`), 1);
    t.tracer.span("another", () => first.release());
    await Promise.all(queued);
    deepEqual(told.sort(), ["request 1", "request 2"]);
    const all = [...t.tracer.finished],
      parents = new Map(all.map((span) => [span.spanId, span.name]));
    const queries = all.filter(({ kind }) => kind === "client").map((span) =>
      parents.get(span.parentSpanId)
    );
    deepEqual(queries.sort(), ["request 1", "request 2"]);
    await new Promise<void>((resolve) => pool.end(() => resolve()));
  },
);

test(
  "instrumentMysql2() tells a full queue",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const connection = await pool.getConnection(), waiting = pool.query("SELECT 1");
      await rejects(pool.query("SELECT 2"), /Queue limit reached/);
      equal(spans(t).at(-1), "SELECT Error");
      connection.release();
      await waiting;
    }, { connectionLimit: 1, queueLimit: 1 }),
);

test(
  "instrumentMysql2() appends the trace to texts, and not to prepared statements",
  OPTIONS,
  () =>
    withPool(
      async (pool, t) => {
        const sql = "SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID()";
        type Rows = [{ info: string }[], unknown];
        const infoOf = async (answer: Promise<unknown>) => (await answer as Rows)[0][0]!.info;
        const told = await infoOf(pool.query(`${sql};`)), span = [...t.tracer.finished].at(-1)!;
        equal(
          told.replace(/;$/, ""),
          `${sql} /*traceparent='00-${span.traceId}-${span.spanId}-01'*/`,
        );
        equal(span.attributes["db.query.text"], `${sql};`);
        const options = { sql: `${sql} AND ? = 1`, values: [1] };
        match(await infoOf(pool.query(options)), /1 = 1 \/\*traceparent=/);
        deepEqual(options, { sql: `${sql} AND ? = 1`, values: [1] });
        const connection = await pool.getConnection();
        const prepared = async () => {
          const [rows] = await connection.query("SHOW SESSION STATUS LIKE 'Com_stmt_prepare'");
          return Number((rows as { Value: string }[])[0]!.Value);
        };
        const before = await prepared();
        for (let n = 0; n < 3; n++) {
          ok(!(await infoOf(connection.execute(`${sql} AND ? = 1`, [1]))).includes("traceparent"));
        }
        equal(await prepared() - before, 1);
        ok(!(await infoOf(connection.query(`${sql} # mine`))).includes("traceparent"));
        connection.release();
      },
      {},
      { comment: true },
    ),
);

test(
  "instrumentMysql2() gives back the same object, and uninstrument() leaves it as it was",
  OPTIONS,
  async () => {
    const t = parts(), plain = promised.createPool(address()), pool = instrumentMysql2(t, plain);
    equal(pool, plain);
    equal(instrumentMysql2(t, pool), plain);
    equal(uninstrument(pool), plain);
    await pool.query("SELECT 1");
    deepEqual(await counts(t), {});
    await pool.end();
    const connection = instrumentMysql2(t, await promised.createConnection(address()));
    await connection.query("SELECT 1");
    deepEqual(await counts(t), { SELECT: 1 });
    await connection.end();
    // deno-lint-ignore no-explicit-any -- wrong on purpose
    const wrong = instrumentMysql2 as any;
    throws(
      () => wrong(t, {}),
      /^TypeError: Cannot instrument mysql2: it must be a pool or connection of mysql2, got object$/,
    );
  },
);

test(
  "databaseCheck() asks pools of both forms, and tells nothing of it",
  OPTIONS,
  () =>
    withPool(async (pool, t) => {
      const callbacks = mysql.createPool(address());
      t.health.check("promises", databaseCheck(pool));
      t.health.check("callbacks", databaseCheck(callbacks));
      equal((await t.health.refresh()).status, "UP");
      deepEqual([spans(t), await counts(t)], [[], {}]);
      await new Promise<void>((resolve) => callbacks.end(() => resolve()));
    }),
);
