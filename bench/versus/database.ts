/**
 * What observing a query costs: SQLite plain and observed, on any runtime; and on Node, where OpenTelemetry's
 * instrumentation of `pg` works, the same query of PostgreSQL plain, by it, and by ours.
 *
 *     deno run -A bench/versus/database.ts
 *     bun bench/versus/database.ts
 *     node bench/versus/database.ts
 *
 * All take turns in one process. A turn is counted in CPU time of the process, which waiting for the server and
 * other work on the machine do not change; *added* is the median, over the rounds, of a turn minus that of the
 * plain one in the same round.
 *
 * @module
 */
import { createRequire } from "node:module";
import process from "node:process";
import { telltale } from "../../mod.ts";
import { Tally } from "../../src/core/tally.ts";
import { instrumentPg, instrumentSqlite } from "../../src/db/mod.ts";
import { startPostgres } from "../../tests/peers/databases.ts";

/** Runs queries one after the other; returns when they are done. */
type Turn = (queries: number) => void | Promise<void>;

async function costUs(turn: Turn, queries: number): Promise<number> {
  const before = process.cpuUsage();
  await turn(queries);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / queries;
}

/** What each adds to the first, in µs a query, by turns. */
async function added(
  turns: Readonly<Record<string, Turn>>,
  queries: number,
  rounds: number,
): Promise<Record<string, number>> {
  const names = Object.keys(turns), all = new Map(names.map((name) => [name, [] as number[]]));
  for (const name of names) for (let n = 0; n < 3; n++) await turns[name]!(queries);
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed(), costs = new Map<string, number>();
    for (const name of order) costs.set(name, await costUs(turns[name]!, queries));
    const plain = costs.get(names[0]!)!;
    for (const name of names) {
      all.get(name)!.push(name === names[0] ? plain : costs.get(name)! - plain);
    }
  }
  return Object.fromEntries([...all].map(([name, costs]) => [name, median(costs)]));
}

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1]!;
}

function show(title: string, costs: Record<string, number>): void {
  console.log(`\n${title}`);
  for (const [i, [name, us]] of Object.entries(costs).entries()) {
    console.log(`  ${name.padEnd(20)} ${i === 0 ? " " : "+"}${us.toFixed(2)} µs`);
  }
}

const t = telltale({ service: "bench", log: { sinks: [] } });

/** Code that runs in a request, as it does in a service. */
const inRequest = <T>(fn: () => T): T =>
  t.tracer.span("request", { kind: "server", tally: new Tally() }, fn);

/** What is used of a database of `node:sqlite` or `bun:sqlite`. */
interface Database {
  exec(sql: string): void;
  prepare(sql: string): Statement;
  query?(sql: string): Statement;
}

interface Statement {
  get(id: number): unknown;
  all(id: number): unknown;
  run(id: number): unknown;
  iterate(id: number): Iterable<unknown>;
}

const SELECT = "SELECT * FROM orders WHERE id = ?",
  UPDATE = "UPDATE orders SET name = 'b' WHERE id = ?";

/** One query, in each of the ways that there are. */
const WAYS: Readonly<Record<string, (db: Database) => () => unknown>> = {
  "get()": (db) => {
    const statement = db.prepare(SELECT);
    return () => statement.get(1);
  },
  "all()": (db) => {
    const statement = db.prepare(SELECT);
    return () => statement.all(1);
  },
  "run()": (db) => {
    const statement = db.prepare(UPDATE);
    return () => statement.run(1);
  },
  "iterate()": (db) => {
    const statement = db.prepare(SELECT);
    return () => [...statement.iterate(1)];
  },
  "exec()": (db) => () => db.exec("SELECT * FROM orders WHERE id = 1"),
  "query() and get()": (db) => () => db.query!(SELECT).get(1),
  "prepare() and get()": (db) => () => db.prepare(SELECT).get(1),
};

async function sqlite(name: string, open: () => Database): Promise<void> {
  const make = (db: Database, way: (db: Database) => () => unknown): Turn => {
    db.exec("CREATE TABLE orders (id INTEGER PRIMARY KEY, name TEXT)");
    db.exec("INSERT INTO orders (name) VALUES ('a')");
    const query = way(db);
    return (queries) =>
      inRequest(() => {
        for (let n = 0; n < queries; n++) query();
      });
  };
  const other = open();
  for (const [what, way] of Object.entries(WAYS)) {
    if (what.startsWith("query") && other.query === undefined) continue;
    const turns: Record<string, Turn> = {
      plain: make(open(), way),
      observed: make(instrumentSqlite(t, open()), way),
    };
    show(`${name}, ${what} in a request`, await added(turns, 5000, 61));
  }
}

/** OpenTelemetry's instrumentation patches the classes of `pg`, ours a pool: it is on in its turns only. */
async function pg(): Promise<void> {
  const require = createRequire(import.meta.url);
  const { PgInstrumentation } = require("@opentelemetry/instrumentation-pg");
  const { BasicTracerProvider } = require("@opentelemetry/sdk-trace-base");
  const { AsyncLocalStorageContextManager } = require("@opentelemetry/context-async-hooks");
  const { context, trace } = require("@opentelemetry/api");
  let ended = 0;
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  // The cheapest of processors: its spans are made, and dropped.
  const provider = new BasicTracerProvider({
    spanProcessors: [{
      onStart() {},
      onEnd: () => void ended++,
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    }],
  });
  trace.setGlobalTracerProvider(provider);
  const theirs = new PgInstrumentation();
  theirs.setTracerProvider(provider);
  const { Pool } = require("pg");
  theirs.disable();

  const server = await startPostgres();
  const address = {
    host: "127.0.0.1",
    port: server.port,
    user: "postgres",
    database: "postgres",
    max: 1,
  };
  const pools = [new Pool(address), new Pool(address), instrumentPg(t, new Pool(address))];
  const run = (pool: { query(sql: string, values: unknown[]): Promise<unknown> }): Turn =>
  async (
    queries,
  ) => {
    for (let n = 0; n < queries; n++) await pool.query("SELECT $1::int AS a", [n]);
  };
  const turns: Record<string, Turn> = {
    plain: (queries) => inRequest(() => run(pools[0])(queries)) as Promise<void>,
    OpenTelemetry: async (queries) => {
      theirs.enable();
      await trace.getTracer("bench").startActiveSpan("request", async (span: { end(): void }) => {
        await run(pools[1])(queries);
        span.end();
      });
      theirs.disable();
    },
    Telltale: (queries) => inRequest(() => run(pools[2])(queries)) as Promise<void>,
  };
  const costs = await added(turns, 500, 31);
  show("PostgreSQL, query() of a pool", costs);
  console.log(
    `  Telltale adds ${
      (costs.Telltale! / costs.OpenTelemetry!).toFixed(2)
    } of what OpenTelemetry adds`,
  );
  if (ended === 0) throw new Error("OpenTelemetry's instrumentation saw no query");
  for (const pool of pools) await pool.end();
  await server.close();
}

const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
await sqlite("node:sqlite", () => new DatabaseSync(":memory:") as unknown as Database);
if ("Bun" in globalThis) {
  const name = "bun:sqlite", { Database } = await import(name);
  await sqlite(name, () => new Database(":memory:"));
}
if (!("Deno" in globalThis) && !("Bun" in globalThis)) await pg();
