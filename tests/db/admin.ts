/**
 * A second connection to a server, which nobody observes: it ends queries and connections of the first.
 *
 * @module
 */
import { Redis } from "ioredis";
import mysql from "mysql2/promise";
import pg from "pg";
import type { DatabaseServer } from "../peers/databases.ts";

/** Rules a server. */
export interface Admin {
  run(command: string): Promise<unknown>;
  /** The rows of a table. */
  count(table: string): Promise<number>;
  /** Ends the slow query of another connection, when it has reached the server. */
  cancel(): Promise<unknown>;
  /** Ends the connection of the slow query. */
  kill(): Promise<unknown>;
  /** Calls back when the slow query has reached the server. */
  whileSlow(fn: () => void): Promise<void>;
  close(): Promise<unknown>;
}

/** Rules this server. */
export async function adminOf(kind: string, server: DatabaseServer): Promise<Admin> {
  if (kind === "PostgreSQL") return await ofPostgres(server.port);
  if (kind === "MariaDB") return await ofMariadb(server.port);
  return ofRedis(server.port);
}

/** Asks until there is an answer. */
async function found<T>(ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function adminWith<T>(
  own: Pick<Admin, "run" | "count" | "close">,
  victim: () => Promise<T | undefined>,
  cancel: (victim: T) => string,
  kill: (victim: T) => string,
): Admin {
  return {
    ...own,
    cancel: async () => await own.run(cancel(await found(victim))),
    kill: async () => await own.run(kill(await found(victim))),
    whileSlow: async (fn) => {
      await found(victim);
      fn();
    },
  };
}

async function ofPostgres(port: number): Promise<Admin> {
  const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  const slow = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(100)' " +
    "AND state = 'active'";
  return adminWith(
    {
      run: (sql) => client.query(sql),
      count: async (table) =>
        Number((await client.query(`SELECT count(*) AS n FROM ${table}`)).rows[0].n),
      close: () => client.end(),
    },
    async () => (await client.query(slow)).rows[0]?.pid as number | undefined,
    (pid) => `SELECT pg_cancel_backend(${pid})`,
    (pid) => `SELECT pg_terminate_backend(${pid})`,
  );
}

async function ofMariadb(port: number): Promise<Admin> {
  const address = { host: "127.0.0.1", port, user: "root", database: "mysql" };
  const client = await mysql.createConnection(address);
  client.on("error", () => {});
  const first = async (sql: string) => (await client.query(sql) as Row[][])[0]![0];
  const slow = "SELECT id FROM information_schema.processlist WHERE info = 'SELECT SLEEP(100)'";
  return adminWith(
    {
      run: (sql) => client.query(sql),
      count: async (table) => Number((await first(`SELECT count(*) AS n FROM ${table}`))!.n),
      close: () => Promise.resolve(client.destroy()),
    },
    async () => (await first(slow))?.id as number | undefined,
    (id) => `KILL QUERY ${id}`,
    (id) => `KILL ${id}`,
  );
}
type Row = Readonly<Record<string, unknown>>;

function ofRedis(port: number): Admin {
  const client = new Redis(port, "127.0.0.1", { retryStrategy: () => 10 });
  client.on("error", () => {});
  return adminWith(
    {
      run: (command) => client.call(...command.split(" ") as [string, ...string[]]),
      count: () => Promise.resolve(0),
      close: () => Promise.resolve(client.disconnect()),
    },
    async () => {
      const list = String(await client.client("LIST"));
      return /\bid=(\d+) .*\bcmd=blpop\b/.exec(list)?.[1];
    },
    (id) => `CLIENT UNBLOCK ${id} ERROR`,
    (id) => `CLIENT KILL ID ${id}`,
  );
}
