import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { after, before, test } from "node:test";
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
import { counts, spans } from "./told.ts";

const isBun = "Bun" in globalThis;
const BUN_ONLY = skipWhen(!isBun, "Bun's own clients");
const SQLITE = { skip: BUN_ONLY, timeout: HANG_MS };
const POSTGRES = { skip: BUN_ONLY || withoutPostgres(), timeout: HANG_MS };
const MARIADB = { skip: BUN_ONLY || withoutMariadb(), timeout: HANG_MS };
let postgres: DatabaseServer, mariadb: DatabaseServer;
before(async () => {
  if (!POSTGRES.skip) postgres = await startPostgres();
  if (!MARIADB.skip) mariadb = await startMariadb();
}, { timeout: HANG_MS });
after(async () => {
  await postgres?.close();
  await mariadb?.close();
});

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
    "db.query.text": 'SELECT n FROM generate_series(?, ?) "n" WHERE n <> ? AND n < ? AND ? <> ?',
    "server.address": "127.0.0.1",
    "server.port": postgres.port,
    "db.response.returned_rows": 3,
  });
  await query;
  await sql.unsafe("SELECT $1::int AS a", [1]);
  await sql`SELECT 1`.values();
  await sql`SELECT 1`.execute();
  deepEqual(await counts(t), { SELECT: 4 }, "fragments and a second await are no queries");

  await sql`CREATE TABLE orders (id int)`;
  // deno-lint-ignore no-explicit-any -- as above
  await sql.begin(async (tx: any) => {
    await tx`INSERT INTO orders ${tx({ id: 1 })}`;
    // deno-lint-ignore no-explicit-any -- as above
    await tx.savepoint(async (inner: any) => {
      await inner`INSERT INTO orders VALUES (2)`;
      throw new Error("back");
    }).catch(() => {});
  });
  const reserved = await sql.reserve();
  deepEqual([...await reserved`SELECT * FROM orders`], [{ id: 1 }]);
  reserved.release();
  deepEqual(spans(t).slice(4), [
    "CREATE TABLE orders",
    "INSERT orders",
    "INSERT orders",
    "SELECT orders",
  ]);

  await rejects(async () => await sql`SELECT ${"secret"}::text::int`, { errno: "22P02" });
  equal(spans(t).at(-1), "SELECT 22P02");
  equal([...t.tracer.finished].at(-1)!.attributes["db.response.status_code"], "22P02");
  const sleeping = sql`SELECT pg_sleep(100)`;
  // deno-lint-ignore no-explicit-any -- as above
  const result = sleeping.then(() => "done", (error: any) => error.errno);
  while (
    (await plain`SELECT count(*) AS n FROM pg_stat_activity WHERE query LIKE '%pg_sleep(100)' AND state = 'active'`)[
      0
    ].n < 1
  );
  sleeping.cancel();
  equal(await result, "57014");
  equal(spans(t).at(-1), "SELECT 57014");
  ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));

  const lost = sql`SELECT pg_sleep(100)`.then(() => "done", (error: unknown) => String(error));
  await new Promise((resolve) => setTimeout(resolve, 20));
  await postgres.stop("SIGQUIT");
  match(await lost, /clos|terminat/i);
  match(spans(t).at(-1)!, /^SELECT (57P0[12]|ERR_POSTGRES_CONNECTION_CLOSED)$/);
  await rejects(async () => await sql`SELECT 2`);
  match(spans(t).at(-1)!, /^SELECT ERR_POSTGRES_CONNECTION_(REFUSED|CLOSED)$/);
  await postgres.start();
  while (await sql`SELECT 3`.then(() => false, () => true));
  equal(spans(t).at(-1), "SELECT");

  equal(uninstrument(sql), plain);
  const before = spans(t).length;
  await sql`SELECT 1`;
  equal(spans(t).length, before);
  await plain.close({ timeout: 0 });
});

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
