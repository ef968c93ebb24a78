import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { telltale } from "../../mod.ts";
import { instrumentBunSql, uninstrument } from "../../src/db/mod.ts";
import {
  type DatabaseServer,
  startMariadb,
  startPostgres,
  withoutMariadb,
  withoutPostgres,
} from "../peers/databases.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { counts, eventually, spans, statementsIn } from "./told.ts";

const isBun = "Bun" in globalThis;
const BUN_ONLY = skipWhen(!isBun, "Bun's own clients");
const SQLITE = { skip: BUN_ONLY, timeout: HANG_MS };
const POSTGRES = { skip: BUN_ONLY || withoutPostgres(), timeout: HANG_MS };
const MARIADB = { skip: BUN_ONLY || withoutMariadb(), timeout: HANG_MS };
let postgres: DatabaseServer, mariadb: DatabaseServer;
before(async () => {
  if (!POSTGRES.skip) postgres = await startPostgres("log_statement=all");
  if (!MARIADB.skip) mariadb = await startMariadb();
}, { timeout: HANG_MS });
after(async () => {
  await postgres?.close();
  await mariadb?.close();
});

const FILE = fileURLToPath(new URL("./query.sql", import.meta.url));
const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
// deno-lint-ignore no-explicit-any -- Bun's types change those of Deno
async function bun(): Promise<any> {
  const name = "bun";
  return await import(name);
}

test("instrumentBunSql() tells a query of PostgreSQL when it is sent", POSTGRES, async () => {
  const t = parts(), { SQL } = await bun();
  const plain = new SQL(`postgres://postgres@127.0.0.1:${postgres.port}/postgres`, { max: 2 });
  const sql = instrumentBunSql(t, plain);
  ok(sql instanceof SQL);
  const condition = sql`n <> ${9} AND ${sql`n < ${100}`}`;
  const query = sql`SELECT n FROM generate_series(1, 3) ${
    sql("n")
  } WHERE ${condition} AND 'secret' <> 'x'`;
  await new Promise((resolve) => setTimeout(resolve, 5));
  deepEqual(spans(t), [], "nobody has awaited it");
  const rows = await t.tracer.span("request", () => query);
  equal(rows.length, 3);
  const [span, request] = [...t.tracer.finished];
  equal(span!.parentSpanId, request!.spanId);
  deepEqual(span!.attributes, {
    "db.system.name": "postgresql",
    "db.namespace": "postgres",
    "db.query.summary": "SELECT",
    "db.query.text": 'SELECT n FROM generate_series(?, ?) "n" WHERE n <> $1 AND n < $2 AND ? <> ?',
    "server.address": "127.0.0.1",
    "server.port": postgres.port,
    "db.response.returned_rows": 3,
  });
  await query;
  await sql.unsafe("SELECT $1::int AS a", [1]);
  await sql`SELECT 1`.values();
  await sql`SELECT 1`.execute();
  deepEqual(await counts(t), { SELECT: 4 }, "fragments and a second await are no queries");

  deepEqual([...await sql.file(FILE)], [{ "?column?": "secret" }]);
  equal(spans(t).at(-1), "SELECT pg_class");
  await t.tracer.span("request", () => sql.notify("channel", "secret"));
  equal(spans(t).at(-1), "SELECT");
  const reserved = await sql.reserve();
  deepEqual([...await reserved`SELECT 2 AS a`], [{ a: 2 }]);
  reserved.release();
  await rejects(async () => await sql`SELECT ${"secret"}::text::int`, { errno: "22P02" });
  equal(spans(t).at(-1), "SELECT 22P02");
  equal([...t.tracer.finished].at(-1)!.attributes["db.response.status_code"], "22P02");
  ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));

  equal(uninstrument(sql), plain);
  const before = spans(t).length;
  await sql`SELECT 1`;
  equal(spans(t).length, before);
  await plain.close({ timeout: 0 });
});

test("instrumentBunSql() tells of transactions what the server saw", POSTGRES, async () => {
  const t = parts(), { SQL } = await bun();
  const plain = new SQL(`postgres://postgres@127.0.0.1:${postgres.port}/postgres`, { max: 1 });
  const sql = instrumentBunSql(t, plain);
  const started = postgres.log.length;
  await sql`CREATE TABLE orders (id int PRIMARY KEY DEFERRABLE INITIALLY DEFERRED)`;
  // The server's log comes by a pipe, later than its answer.
  await eventually(() => postgres.log.includes("CREATE TABLE orders", started));
  const from = postgres.log.length;
  await inTransactions(sql);
  // deno-lint-ignore no-explicit-any -- as above
  await rejects(sql.begin((tx: any) => tx`INSERT INTO orders VALUES (1)`), { errno: "23505" });
  await sql`DROP TABLE orders`;
  const told = spans(t).slice(1);
  deepEqual(told, [...TOLD, "BEGIN", "INSERT orders", "COMMIT 23505", "DROP TABLE orders"]);
  await eventually(() => postgres.log.includes("DROP TABLE orders", from));
  deepEqual(statementsIn(postgres.log.slice(from)), told.map((name) => name.split(" ")[0]));
  await plain.close({ timeout: 0 });
});

test("instrumentBunSql() tells of transactions what the server of MySQL saw", MARIADB, async () => {
  const t = parts(), { SQL } = await bun();
  const plain = new SQL(`mysql://root@127.0.0.1:${mariadb.port}/mysql`, { max: 1 });
  const sql = instrumentBunSql(t, plain);
  await plain`SET GLOBAL log_output = 'TABLE'`;
  await sql`CREATE TABLE orders (id int PRIMARY KEY) ENGINE=InnoDB`;
  await plain`SET GLOBAL general_log = 1`;
  await inTransactions(sql);
  await sql`DROP TABLE orders`;
  const told = spans(t).slice(1);
  deepEqual(told, [
    ...TOLD.map((name) => name === "BEGIN" ? "START" : name),
    "DROP TABLE orders",
  ]);
  await plain`SET GLOBAL general_log = 0`;
  const log = await plain`SELECT argument FROM general_log
    WHERE command_type IN ('Query', 'Execute') AND argument NOT LIKE '%general_log%'`;
  deepEqual(
    log.map(({ argument }: { argument: string }) => argument.split(" ")[0]),
    told.map((name) => name.split(" ")[0]),
  );
  await plain.close({ timeout: 0 });
});

/** The same on each database. */
// deno-lint-ignore no-explicit-any -- as above
async function inTransactions(sql: any): Promise<void> {
  // deno-lint-ignore no-explicit-any -- as above
  await sql.begin(async (tx: any) => {
    await tx`INSERT INTO orders ${tx({ id: 1 })}`;
    // deno-lint-ignore no-explicit-any -- as above
    await tx.savepoint(async (inner: any) => {
      await inner`INSERT INTO orders VALUES (2)`;
      throw new Error("back");
    }).catch(() => {});
    // deno-lint-ignore no-explicit-any -- as above
    await tx.savepoint((inner: any) => inner`INSERT INTO orders VALUES (3)`);
  });
  await rejects(sql.begin(() => Promise.reject(new Error("mine"))), /mine/);
}
const TOLD = [
  "BEGIN",
  "INSERT orders",
  "SAVEPOINT",
  "INSERT orders",
  "ROLLBACK",
  "SAVEPOINT",
  "INSERT orders",
  "RELEASE",
  "COMMIT",
  "BEGIN",
  "ROLLBACK",
];

test("instrumentBunSql() appends the trace to what is not prepared", POSTGRES, async () => {
  const t = parts(), { SQL } = await bun();
  const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
  const own = "SELECT query FROM pg_stat_activity WHERE pid = pg_backend_pid()";
  const kept = "SELECT count(*)::int AS n FROM pg_prepared_statements";
  const sql = instrumentBunSql(t, new SQL(url, { max: 1 }), { comment: true });
  const [{ query }] = await sql.unsafe(own), span = [...t.tracer.finished].at(-1)!;
  equal(query, `${own} /*traceparent='00-${span.traceId}-${span.spanId}-01'*/`);
  deepEqual([...await sql.unsafe("SELECT 1 AS a").values()], [[1]]);
  const [{ n: before }] = await sql.unsafe(kept);
  for (let n = 0; n < 5; n++) {
    const [row] = await sql`SELECT query, ${n}::int AS n FROM pg_stat_activity
      WHERE pid = pg_backend_pid()`;
    ok(!row.query.includes("traceparent"));
    await sql.unsafe("SELECT $1::int", [n]);
  }
  equal((await sql.unsafe(kept))[0].n - before, 2, "one for each text");
  await sql.close({ timeout: 0 });
  const unprepared = new SQL(url, { max: 1, prepare: false });
  const other = instrumentBunSql(t, unprepared, { comment: true });
  const [row] = await other`SELECT query, ${1}::int AS n FROM pg_stat_activity
    WHERE pid = pg_backend_pid()`;
  match(row.query, /\/\*traceparent='[-0-9a-f]{55}'\*\/$/);
  equal((await other.unsafe(kept))[0].n, 0);
  await other.close({ timeout: 0 });
});

test(
  "instrumentBunSql() appends the trace to texts of MySQL that have no values",
  MARIADB,
  async () => {
    const t = parts(), { SQL } = await bun();
    const url = `mysql://root@127.0.0.1:${mariadb.port}/mysql`;
    const sql = instrumentBunSql(t, new SQL(url, { max: 1 }), { comment: true });
    const own = "SELECT info FROM information_schema.processlist WHERE id = CONNECTION_ID()";
    match((await sql.unsafe(`${own};`))[0].info, /\/\*traceparent='[-0-9a-f]{55}'\*\/;?$/);
    ok(!(await sql.unsafe(`${own} AND ? = 1`, [1]))[0].info.includes("traceparent"));
    await sql.close({ timeout: 0 });
  },
);

test(
  "instrumentBunSql() asks another connection for the plan of a slow query",
  POSTGRES,
  async () => {
    const t = parts(), { SQL } = await bun();
    const url = `postgres://postgres@127.0.0.1:${postgres.port}/postgres`;
    const explain = new SQL(url, { max: 1 });
    const sql = instrumentBunSql(t, new SQL(url, { max: 1 }), { slowMs: 0, explain });
    await sql`CREATE TABLE plans (id int PRIMARY KEY)`;
    await sql`SELECT * FROM plans WHERE id = ${1}`;
    const plans = () => [...t.log.ring].map(({ fields }) => fields["db.query.plan"]);
    await eventually(() => plans().some(Boolean));
    match(String(plans().find(Boolean)), /^Index Only Scan using plans_pkey on plans \(cost/);
    await sql.close({ timeout: 0 });
    await explain.close({ timeout: 0 });
  },
);

test("instrumentBunSql() knows MySQL and SQLite by their adapters", MARIADB, async () => {
  const t = parts(), { SQL } = await bun();
  const mysql = instrumentBunSql(t, new SQL(`mysql://root@127.0.0.1:${mariadb.port}/mysql`));
  equal(Number((await mysql`SELECT ${1} + 0 AS a, "secret" AS b FROM \`user\``)[0].a), 1);
  const [span] = [...t.tracer.finished];
  deepEqual([span!.name, span!.attributes["db.system.name"], span!.attributes["db.query.text"]], [
    "SELECT `user`",
    "mysql",
    "SELECT ? + ? AS a, ? AS b FROM `user`",
  ]);
  await rejects(async () => await mysql`SELECT * FROM nowhere`);
  equal(spans(t).at(-1), "SELECT nowhere 1146");
  await mysql.close({ timeout: 0 });
});

test("instrumentBunSql() observes SQLite, and refuses what is no Bun.SQL", SQLITE, async () => {
  const t = parts(), { SQL } = await bun(), sql = instrumentBunSql(t, new SQL("sqlite://:memory:"));
  await sql`CREATE TABLE a (b UNIQUE)`;
  await sql`INSERT INTO a VALUES (${"secret"})`;
  await rejects(async () => await sql`INSERT INTO a VALUES (${"secret"})`);
  deepEqual(spans(t).slice(0, 2), ["CREATE TABLE a", "INSERT a"]);
  match(spans(t).at(-1)!, /^INSERT a (2067|1|SQLITE_CONSTRAINT_UNIQUE)$/);
  equal([...t.tracer.finished][0]!.attributes["db.system.name"], "sqlite");
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong = instrumentBunSql as any;
  throws(
    () => wrong(t, {}),
    /^TypeError: Cannot instrument Bun\.SQL: sql must be a Bun\.SQL, got object$/,
  );
});
