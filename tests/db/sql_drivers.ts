/**
 * Drivers for PostgreSQL and MariaDB.
 *
 * @module
 */
import { equal, rejects } from "node:assert/strict";
import mysql from "mysql2/promise";
import pg from "pg";
import postgres from "postgres";
import {
  type DatabaseParts,
  instrumentBunSql,
  instrumentMysql2,
  instrumentPg,
  instrumentPostgresJs,
} from "../../src/db/mod.ts";
import type { DatabaseServer } from "../peers/databases.ts";
import {
  type Any,
  type Cell,
  type Driver,
  load,
  outcome,
  type Situation,
  type Told,
} from "./situation.ts";

/** What drivers for servers that read SQL do alike. */
interface Sql<C> {
  run(client: C, sql: string): Promise<unknown>;
  begin(
    client: C,
    fn: (run: (sql: string) => Promise<unknown>) => Promise<unknown>,
  ): Promise<unknown>;
  /** Takes the only connection; what it returns gives it back. */
  hold(client: C): Promise<() => unknown>;
}

interface Dialect {
  readonly slow: string;
  readonly timeout: readonly (readonly [sql: string, told: Told])[];
  readonly missing: string;
  readonly cancelled: string;
  readonly begin: string;
}

const POSTGRES: Dialect = {
  slow: "SELECT pg_sleep(100)",
  timeout: [["SET statement_timeout = 30", "SET"], ["SELECT pg_sleep(10)", "SELECT 57014"]],
  missing: "42P01",
  cancelled: "57014",
  begin: "BEGIN",
};
const MARIADB: Dialect = {
  slow: "SELECT SLEEP(100)",
  timeout: [["SET STATEMENT max_statement_time=0.03 FOR SELECT SLEEP(10)", "SET 1969"]],
  missing: "1146",
  cancelled: "1317",
  begin: "START",
};

function cellsOf<C>(
  { run, begin, hold }: Sql<C>,
  dialect: Dialect,
  lost: RegExp,
  refused: RegExp,
  cancel?: Cell<C>,
): Readonly<Record<Situation, Cell<C>>> {
  const { slow, timeout, missing, cancelled } = dialect;
  return {
    query: async (client) => {
      await run(client, "SELECT 'secret'");
      return ["SELECT"];
    },
    "error code": async (client) => {
      await rejects(run(client, "SELECT 'secret' FROM nowhere"));
      return [`SELECT nowhere ${missing}`];
    },
    timeout: async (client) => {
      const last = timeout.length - 1;
      for (const [i, [sql]] of timeout.entries()) {
        if (i < last) await run(client, sql);
        else await rejects(run(client, sql));
      }
      return timeout.map(([, told]) => told);
    },
    cancel: cancel ?? (async (client, { admin }) => {
      const result = outcome(run(client, slow));
      await admin.cancel();
      await result;
      return [`SELECT ${cancelled}`];
    }),
    rollback: async (client, { admin }) => {
      await admin.run("CREATE TABLE notes (text varchar(9))");
      try {
        await rejects(begin(client, async (run) => {
          await run("INSERT INTO notes VALUES ('secret')");
          await run("SELECT 1 FROM nowhere");
        }));
        equal(await admin.count("notes"), 0);
        await begin(client, (run) => run("INSERT INTO notes VALUES ('secret')"));
        equal(await admin.count("notes"), 1);
      } finally {
        await admin.run("DROP TABLE notes");
      }
      const failed = `SELECT nowhere ${missing}`;
      return [
        dialect.begin,
        "INSERT notes",
        failed,
        "ROLLBACK",
        dialect.begin,
        "INSERT notes",
        "COMMIT",
      ];
    },
    "pool exhausted": async (client, { count }) => {
      const release = await hold(client), queued = run(client, "SELECT 2");
      await new Promise((resolve) => setTimeout(resolve, 5));
      equal(count(), 0, "it waits for a connection");
      await release();
      await queued;
      return ["SELECT"];
    },
    "connection lost": async (client, { admin }) => {
      const result = outcome(run(client, slow));
      await admin.kill();
      await result;
      return [lost];
    },
    "server restart": async (client, { server }) => {
      await run(client, "SELECT 1");
      await server.stop("SIGKILL");
      await rejects(run(client, "SELECT 2"));
      await server.start();
      const tries: Told[] = ["SELECT", refused];
      while (await run(client, "SELECT 3").then(() => false, () => true)) tries.push(refused);
      return [...tries, "SELECT"];
    },
  };
}

const postgresOf = ({ port }: DatabaseServer) => ({
  host: "127.0.0.1",
  port,
  user: "postgres",
  database: "postgres",
  max: 1,
});

export const ofPg: Driver<pg.Pool> = {
  name: "pg",
  server: "PostgreSQL",
  isBun: false,
  open: (t, server) => {
    const pool = instrumentPg(t, new pg.Pool(postgresOf(server)));
    pool.on("error", () => {});
    return Promise.resolve(pool);
  },
  close: (pool) => pool.end(),
  cells: cellsOf(
    {
      run: (pool, sql) => pool.query(sql),
      begin: async (pool, fn) => {
        const client = await pool.connect();
        try {
          await client.query("BEGIN");
          await fn((sql) => client.query(sql));
          await client.query("COMMIT");
        } catch (error) {
          await client.query("ROLLBACK");
          throw error;
        } finally {
          client.release();
        }
      },
      hold: async (pool) => {
        const client = await pool.connect();
        return () => client.release();
      },
    },
    POSTGRES,
    /^SELECT (57P01|ECONNRESET|Error)$/,
    /^SELECT (ECONNREFUSED|ECONNRESET|57P0[123]|Error)$/,
  ),
};

/** postgres.js and Bun cancel a query by a method of it. */
const cancelOwn = (query: (sql: Any) => Any): Cell<Any> => async (sql, { admin, count }) => {
  const sleeping = query(sql), result = outcome(sleeping.then());
  await admin.whileSlow(() => void sleeping.cancel());
  await result;
  const told = count(), unsent = query(sql);
  unsent.cancel();
  await rejects(async () => await unsent);
  equal(count(), told, "it was not sent");
  return ["SELECT 57014"];
};

/** The functions of postgres.js and Bun are used alike. */
const tagged: Sql<Any> = {
  run: async (sql, text) => await sql.unsafe(text),
  begin: (sql, fn) => sql.begin((tx: Any) => fn(async (text) => await tx.unsafe(text))),
  hold: async (sql) => {
    const reserved = await sql.reserve();
    return () => reserved.release();
  },
};

export const ofPostgresJs: Driver<postgres.Sql> = {
  name: "postgres.js",
  server: "PostgreSQL",
  isBun: false,
  open: (t, server) => {
    // On Bun, in one restart of eight, its connections to the new server time out eleven times before one is made,
    // instrumented or not.
    const own = { onnotice: () => {}, backoff: () => 0, connect_timeout: 5 };
    const options = { ...postgresOf(server), ...own };
    return Promise.resolve(instrumentPostgresJs(t, postgres(options)));
  },
  close: (sql) => sql.end({ timeout: 0 }),
  cells: cellsOf(
    tagged,
    POSTGRES,
    /^SELECT (57P01|CONNECTION_CLOSED|ECONNRESET)$/,
    /^SELECT (ECONNREFUSED|ECONNRESET|CONNECTION_CLOSED|CONNECT_TIMEOUT|57P0[123])$/,
    cancelOwn((sql) => sql`SELECT pg_sleep(100)`),
  ),
};

async function openBun(t: DatabaseParts, url: string): Promise<Any> {
  const { SQL } = await load("bun");
  return instrumentBunSql(t, new SQL(url, { max: 1 }));
}

export const ofBunPostgres: Driver<Any> = {
  name: "Bun.SQL",
  server: "PostgreSQL",
  isBun: true,
  open: (t, { port }) => openBun(t, `postgres://postgres@127.0.0.1:${port}/postgres`),
  close: (sql) => sql.close({ timeout: 0 }),
  cells: cellsOf(
    tagged,
    POSTGRES,
    /^SELECT (57P01|ERR_POSTGRES_CONNECTION_CLOSED)$/,
    /^SELECT (ERR_POSTGRES_CONNECTION_(REFUSED|CLOSED)|57P0[123])$/,
    cancelOwn((sql) => sql`SELECT pg_sleep(100)`),
  ),
};

export const ofBunMariadb: Driver<Any> = {
  name: "Bun.SQL",
  server: "MariaDB",
  isBun: true,
  open: (t, { port }) => openBun(t, `mysql://root@127.0.0.1:${port}/mysql`),
  close: (sql) => sql.close({ timeout: 0 }),
  cells: cellsOf(
    tagged,
    MARIADB,
    /^SELECT (1317|1927|ERR_MYSQL_CONNECTION_CLOSED)$/,
    /^SELECT ERR_MYSQL_CONNECTION_(REFUSED|CLOSED)$/,
  ),
};

export const ofMysql2: Driver<mysql.Pool> = {
  name: "mysql2",
  server: "MariaDB",
  isBun: false,
  open: (t, { port }) => {
    const address = { host: "127.0.0.1", port, user: "root", database: "mysql" };
    return Promise.resolve(
      instrumentMysql2(t, mysql.createPool({ ...address, connectionLimit: 1 })),
    );
  },
  close: (pool) => pool.end(),
  cells: cellsOf(
    {
      run: (pool, sql) => pool.query(sql),
      begin: async (pool, fn) => {
        const connection = await pool.getConnection();
        try {
          await connection.beginTransaction();
          await fn((sql) => connection.query(sql));
          await connection.commit();
        } catch (error) {
          await connection.rollback();
          throw error;
        } finally {
          connection.release();
        }
      },
      hold: async (pool) => {
        const connection = await pool.getConnection();
        return () => connection.release();
      },
    },
    MARIADB,
    /^SELECT (1317|1927|PROTOCOL_CONNECTION_LOST|ECONNRESET)$/,
    /^SELECT (ECONNREFUSED|ECONNRESET|EPIPE|PROTOCOL_CONNECTION_LOST|Error)$/,
  ),
};
