/**
 * Drivers for SQLite.
 *
 * @module
 */
import { equal, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { instrumentBunSql, instrumentSqlite } from "../../src/db/mod.ts";
import { type Any, type Cell, type Driver, load, type Situation } from "./situation.ts";

/** A database in a file, and a second connection to it. */
interface File<D> {
  readonly db: D;
  readonly other: D;
  readonly folder: string;
}

const IN_PROCESS = "it runs in the process, to its end";
const NO_POOL = "there is no pool";
const NO_SERVER = "there is no server";
/** What is told of a transaction that is rolled back, and of one that is not. */
const ROLLED_BACK = [
  "CREATE TABLE notes",
  "BEGIN",
  "INSERT notes",
  "ROLLBACK",
  "BEGIN",
  "INSERT notes",
  "COMMIT",
  "SELECT notes",
];

/** `node:sqlite` and `bun:sqlite` are used alike, but for transactions. */
function sqliteCells(
  begin: (db: Any, fn: () => void) => void,
): Readonly<Record<Situation, Cell<File<Any>>>> {
  return {
    query: ({ db }) => {
      db.prepare("SELECT 'secret'").get();
      return Promise.resolve(["SELECT"]);
    },
    "error code": async ({ db }) => {
      db.exec("CREATE TABLE notes (text TEXT UNIQUE)");
      const insert = db.prepare("INSERT INTO notes VALUES (?)");
      insert.run("secret");
      await rejects(async () => await insert.run("secret"), /UNIQUE/);
      return ["CREATE TABLE notes", "INSERT notes", "INSERT notes 2067"];
    },
    timeout: async ({ db, other }) => {
      db.exec("PRAGMA busy_timeout = 5");
      other.exec("BEGIN EXCLUSIVE");
      await rejects(async () => await db.exec("CREATE TABLE notes (text TEXT)"), /locked/);
      other.exec("ROLLBACK");
      // Deno leaves the number out where the text has no statement of its own.
      return ["PRAGMA busy_timeout", /^CREATE TABLE notes (5|ERR_SQLITE_ERROR)$/];
    },
    cancel: IN_PROCESS,
    rollback: async ({ db }) => {
      db.exec("CREATE TABLE notes (text TEXT)");
      const insert = db.prepare("INSERT INTO notes VALUES ('secret')");
      await rejects(async () =>
        await begin(db, () => {
          insert.run();
          throw new Error("back");
        }), /back/);
      begin(db, () => insert.run());
      equal(db.prepare("SELECT * FROM notes").all().length, 1);
      return ROLLED_BACK;
    },
    "pool exhausted": NO_POOL,
    "connection lost": async ({ db }) => {
      db.close();
      await rejects(async () => await db.prepare("SELECT 1").get());
      return [/^SELECT (ERR_INVALID_STATE|RangeError)$/];
    },
    "server restart": NO_SERVER,
  };
}

function openFile<D>(open: (path: string) => D, instrument: (db: D) => D): File<D> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-sqlite-")), path = join(folder, "db");
  return { db: instrument(open(path)), other: open(path), folder };
}

function closeFile({ db, other, folder }: File<Any>): Promise<void> {
  for (const one of [db, other]) {
    try {
      one.close();
    } catch {
      // It is closed.
    }
  }
  rmSync(folder, { recursive: true });
  return Promise.resolve();
}

export const ofNodeSqlite: Driver<File<Any>> = {
  name: "node:sqlite",
  server: "SQLite",
  isBun: false,
  checked: ({ db }) => db,
  open: (t) => {
    const { DatabaseSync } = process.getBuiltinModule("node:sqlite");
    const open = (path: string) => new DatabaseSync(path);
    return Promise.resolve(openFile(open, (db) => instrumentSqlite(t, db, { spanMinMs: 0 })));
  },
  close: closeFile,
  cells: sqliteCells((db, fn) => {
    db.exec("BEGIN");
    try {
      fn();
      db.exec("COMMIT");
    } catch (error) {
      db.exec("ROLLBACK");
      throw error;
    }
  }),
};

export const ofBunSqlite: Driver<File<Any>> = {
  name: "bun:sqlite",
  server: "SQLite",
  isBun: true,
  checked: ({ db }) => db,
  open: async (t) => {
    const { Database } = await load("bun:sqlite"), open = (path: string) => new Database(path);
    return openFile<Any>(open, (db) => instrumentSqlite(t, db, { spanMinMs: 0 }));
  },
  close: closeFile,
  cells: sqliteCells((db, fn) => db.transaction(fn)()),
};

export const ofBunSqlSqlite: Driver<File<Any>> = {
  name: "Bun.SQL",
  server: "SQLite",
  isBun: true,
  checked: ({ db }) => db,
  open: async (t) => {
    const { SQL } = await load("bun"), { Database } = await load("bun:sqlite");
    const folder = mkdtempSync(join(tmpdir(), "telltale-sqlite-")), path = join(folder, "db");
    return {
      db: instrumentBunSql(t, new SQL(`sqlite://${path}`)),
      other: new Database(path),
      folder,
    };
  },
  close: async ({ db, other, folder }) => {
    await db.close();
    other.close();
    rmSync(folder, { recursive: true });
  },
  cells: {
    query: async ({ db }) => {
      await db`SELECT ${"secret"}`;
      return ["SELECT"];
    },
    "error code": async ({ db }) => {
      await db`CREATE TABLE notes (text TEXT UNIQUE)`;
      await db`INSERT INTO notes VALUES (${"secret"})`;
      await rejects(async () => await db`INSERT INTO notes VALUES (${"secret"})`, /UNIQUE/);
      return ["CREATE TABLE notes", "INSERT notes", /^INSERT notes (2067|1)$/];
    },
    timeout: async ({ db, other }) => {
      await db`PRAGMA busy_timeout = 5`;
      other.run("BEGIN EXCLUSIVE");
      await rejects(async () => await db`CREATE TABLE notes (text TEXT)`, /locked/);
      other.run("ROLLBACK");
      return ["PRAGMA busy_timeout", "CREATE TABLE notes 5"];
    },
    cancel: async ({ db }, { count }) => {
      const query = db`SELECT 1`;
      query.cancel();
      await rejects(async () => await query, { code: "ERR_SQLITE_QUERY_CANCELLED" });
      equal(count(), 0, "it was not sent");
      return [];
    },
    rollback: async ({ db }) => {
      await db`CREATE TABLE notes (text TEXT)`;
      await rejects(
        db.begin(async (tx: Any) => {
          await tx`INSERT INTO notes VALUES (${"secret"})`;
          throw new Error("back");
        }),
        /back/,
      );
      await db.begin((tx: Any) => tx`INSERT INTO notes VALUES (${"secret"})`);
      equal((await db`SELECT * FROM notes`).length, 1);
      return ROLLED_BACK;
    },
    "pool exhausted": NO_POOL,
    "connection lost": async ({ db }) => {
      await db.close();
      await rejects(async () => await db`SELECT 1`);
      return ["SELECT ERR_SQLITE_CONNECTION_CLOSED"];
    },
    "server restart": NO_SERVER,
  },
};
