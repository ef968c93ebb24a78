/** Every driver in every situation, against real servers: the table of `docs/databases.md`. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import { telltale } from "../../mod.ts";
import { databaseCheck } from "../../src/db/mod.ts";
import { Tally } from "../../src/core/tally.ts";
import {
  type DatabaseServer,
  startMariadb,
  startPostgres,
  startRedis,
  withoutMariadb,
  withoutPostgres,
  withoutRedis,
} from "../peers/databases.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { adminOf } from "./admin.ts";
import { ofBunRedis, ofIoredis, ofNodeRedis } from "./redis_drivers.ts";
import { type Any, type Cell, type Driver, SITUATIONS, type Told } from "./situation.ts";
import { ofBunMariadb, ofBunPostgres, ofMysql2, ofPg, ofPostgresJs } from "./sql_drivers.ts";
import { ofBunSqlite, ofBunSqlSqlite, ofNodeSqlite } from "./sqlite_drivers.ts";
import { counts, eventually, spans } from "./told.ts";

const DRIVERS: readonly Driver<Any>[] = [
  ofPg,
  ofPostgresJs,
  ofBunPostgres,
  ofMysql2,
  ofBunMariadb,
  ofIoredis,
  ofNodeRedis,
  ofBunRedis,
  ofNodeSqlite,
  ofBunSqlite,
  ofBunSqlSqlite,
];

const isBun = "Bun" in globalThis;
const NO_BUN = skipWhen(!isBun, "Bun's own clients");
const SERVERS = {
  PostgreSQL: { start: startPostgres, missing: withoutPostgres() },
  MariaDB: { start: startMariadb, missing: withoutMariadb() },
  Redis: { start: startRedis, missing: withoutRedis() },
  SQLite: { start: () => undefined, missing: false as const },
};
const started = new Map<string, Promise<DatabaseServer | undefined>>();
after(async () => {
  for (const server of started.values()) await (await server)?.close();
});

/** One server of each kind serves all tests. */
async function serverOf(kind: keyof typeof SERVERS): Promise<DatabaseServer> {
  let server = started.get(kind);
  if (server === undefined) started.set(kind, server = Promise.resolve(SERVERS[kind].start()));
  return await server as DatabaseServer;
}

async function play<C>(driver: Driver<C>, cell: Exclude<Cell<C>, string>): Promise<void> {
  const server = await serverOf(driver.server);
  const admin = driver.server === "SQLite" ? undefined : await adminOf(driver.server, server);
  const t = telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
  const client = await driver.open(t, server), tally = new Tally();
  const count = () => spans(t).length;
  let expected: readonly Told[] = [];
  await t.tracer.span("request", { tally }, async () => {
    expected = await cell(client, { server, admin: admin!, count });
  });
  await eventually(() => count() >= expected.length);
  await driver.close(client);
  await admin?.close();

  const told = spans(t);
  equal(told.length, expected.length, told.join());
  for (const [i, one] of expected.entries()) {
    if (typeof one === "string") equal(told[i], one, told.join());
    else match(told[i]!, one, told.join());
  }
  // Each is told alike in the metric, in the request's row, and as the request's own.
  const timed = Object.values(await counts(t)).reduce((sum, n) => sum + n, 0);
  deepEqual([timed, tally.queries?.count ?? 0], [told.length, told.length]);
  const all = [...t.tracer.finished], request = all.find(({ name }) => name === "request")!;
  for (const span of all) {
    if (span.kind === "client") equal(span.parentSpanId, request.spanId);
  }
  ok(!JSON.stringify([all, [...t.log.ring]]).includes("secret"));
}

for (const driver of DRIVERS) {
  const { name, server, isBun, cells } = driver;
  const OPTIONS = { skip: isBun && NO_BUN || SERVERS[server].missing, timeout: HANG_MS };
  for (const situation of SITUATIONS) {
    const cell = cells[situation];
    if (typeof cell === "string") continue;
    test(`${name} with ${server}: ${situation}`, OPTIONS, () => play(driver, cell));
  }
}

/** What waits for a server is DOWN at the registry's timeout. */
async function askHealth<C>(driver: Driver<C>): Promise<void> {
  const server = await serverOf(driver.server);
  const t = telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });
  const client = await driver.open(t, server);
  const check = databaseCheck(driver.checked?.(client) ?? client as object);
  const run = async () => await check(new AbortController().signal) as { status: string };
  equal((await run()).status, "UP");
  if (driver.server === "SQLite") await driver.close(client);
  else await server.stop("SIGKILL");
  const waited = new Promise((resolve) => setTimeout(resolve, 100, "waited"));
  match(String(await Promise.race([waited, run().catch(() => "failed")])), /^(failed|waited)$/);
  if (driver.server !== "SQLite") {
    await server.start();
    await driver.close(client);
  }
  deepEqual([spans(t), await counts(t)], [[], {}], "it is no query of the application");
}

for (const driver of DRIVERS) {
  const { name, server, isBun } = driver;
  const OPTIONS = { skip: isBun && NO_BUN || SERVERS[server].missing, timeout: HANG_MS };
  test(
    `databaseCheck() of ${name} with ${server} is UP, then DOWN`,
    OPTIONS,
    () => askHealth(driver),
  );
}

test("docs/databases.md shows what is tested, and why the rest is not", () => {
  const page = readFileSync(new URL("../../docs/databases.md", import.meta.url), "utf8");
  const told = page.split("\n").filter((line) => line.startsWith("| ")).map((line) =>
    line.split("|").slice(1, -1).map((cell) => cell.trim())
  );
  const reasons = new Map<string, number>();
  for (const { cells } of DRIVERS) {
    for (const situation of SITUATIONS) {
      const cell = cells[situation];
      if (typeof cell === "string" && !reasons.has(cell)) reasons.set(cell, reasons.size + 1);
    }
  }
  const rows = DRIVERS.map(({ name, server, isBun, cells }) => [
    name,
    server,
    isBun ? "Bun" : "Deno, Bun",
    ...SITUATIONS.map((situation) => {
      const cell = cells[situation];
      return typeof cell === "string" ? `– ${reasons.get(cell)}` : "✓";
    }),
  ]);
  const at = told.findIndex(([, second]) => second === "server");
  deepEqual(told[at], ["driver", "server", "runtimes", ...SITUATIONS]);
  deepEqual(told.slice(at + 2, at + 2 + rows.length), rows);
  for (const [reason, number] of reasons) ok(page.includes(`${number}. ${reason}`), reason);
});
