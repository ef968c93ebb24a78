/** PostgreSQL replaces the constants of its own statistics: by its own parser, which is the judge of ours. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import pg from "pg";
import { read } from "../../src/db/sql/reading.ts";
import { startPostgres, withoutPostgres } from "../peers/databases.ts";
import { HANG_MS } from "../tool.ts";

const OPTIONS = { skip: withoutPostgres(), timeout: HANG_MS };

/** Literals that are hard to find the end of; each with a word that must not be told. */
const noise = fc.string({
  unit: fc.constantFrom(
    "a",
    " ",
    "-",
    "/",
    "*",
    "$",
    "#",
    "(",
    ";",
    '"',
    "é",
    "\n",
    "''",
    "?",
    ":",
  ),
  maxLength: 8,
});
const literal = fc.oneof(
  noise.map((text) => `'${text}secret'`),
  noise.map((text) => `'secret${text}\\'`),
  noise.map((text) => `E'${text}\\'secret\\\\'`),
  noise.map((text) => `E'a' --'\n '${text}\\'secret\\\\'`),
  noise.map((text) => `$q$${text.replaceAll("$", "")}'secret$q$`),
  noise.map((text) => `$$${text.replaceAll("$", "")}"secret$$`),
  noise.map((text) => `U&'secret${text}'`),
  fc.constantFrom(
    "1234567",
    "12.5e-3",
    ".5",
    "0.1",
    "X'1f'",
    "B'101'",
    "'a'::text",
    "date '2026-01-01'",
  ),
);
const comment = fc.constantFrom("", " ", "\n", "/* it's /* a */ ' $q$ */", "-- it's $$\n", "--\n");
const place = fc.constantFrom(
  (list: string) => `SELECT ${list}`,
  (list: string) => `SELECT "it's ""a""" FROM (SELECT ${list}) AS "it's ""a"""`,
  (list: string) => `WITH x AS (SELECT ${list}) SELECT * FROM x WHERE 1 <> 2`,
  (list: string) => `SELECT a.b[1], c FROM (SELECT array[2, 3] AS b, 4 AS c) a, (SELECT ${list}) d`,
);

/** Without what the two keep differently: comments, white space, and names of places. */
const essence = (text: string) => text.replace(/\$\d+/g, "?").replace(/\s/g, "");

test(
  "read() replaces what PostgreSQL itself takes for a constant, and nothing else",
  OPTIONS,
  async () => {
    const server = await startPostgres(
      "shared_preload_libraries=pg_stat_statements",
      "pg_stat_statements.track_utility=off",
    );
    const client = new pg.Client({
      host: "127.0.0.1",
      port: server.port,
      user: "postgres",
      database: "postgres",
    });
    await client.connect();
    await client.query("CREATE EXTENSION pg_stat_statements");
    /** The text as the server tells it; undefined for one that it does not understand. */
    const theirs = async (sql: string): Promise<string | undefined> => {
      await client.query("SELECT pg_stat_statements_reset()");
      try {
        await client.query(sql);
      } catch {
        return undefined;
      }
      const { rows } = await client.query(
        "SELECT query FROM pg_stat_statements WHERE query NOT LIKE '%pg_stat_statements%'",
      );
      return rows[0]?.query;
    };
    let compared = 0;
    const property = fc.asyncProperty(
      place,
      fc.array(fc.tuple(comment, literal), { minLength: 1, maxLength: 4 }),
      async (place, literals) => {
        const columns = literals.map(([comment, literal], i) => `${comment}${literal} AS c${i}`);
        const sql = place(columns.join(", ")), told = await theirs(sql);
        if (told === undefined) return;
        compared++;
        // They keep comments, which ours leaves out of what is left of them.
        const { text, isSingle } = read(told, "postgresql");
        equal(essence(read(sql, "postgresql").text!), essence(text!), sql);
        ok(!text!.includes("secret") && isSingle);
        equal(count(read(sql, "postgresql").text!), count(told.replace(/\$\d+/g, "?")), sql);
      },
    );
    await fc.assert(property, { numRuns: 200 });
    ok(compared > 100, `${compared} of 200 texts were valid`);
    const sql = "SELECT 'a', 2 FROM pg_class WHERE relname IN ('b', 'c') LIMIT 3";
    deepEqual(essence((await theirs(sql))!), "SELECT?,?FROMpg_classWHERErelnameIN(?,?)LIMIT?");
    deepEqual(
      read(sql, "postgresql").text,
      "SELECT ?, ? FROM pg_class WHERE relname IN (?) LIMIT ?",
    );
    await client.end();
    await server.close();
  },
);

/** How many places there are outside of comments. */
function count(text: string): number {
  return [...text.matchAll(/\?/g)].length;
}
