/**
 * Plans of PostgreSQL, without the values that its conditions show.
 *
 * @module
 */
import { statementEnd } from "../query/comment.ts";
import { isTagged, type PgQueryable, type TaggedSql } from "./client.ts";

interface Node {
  readonly "Node Type"?: string;
  readonly "Relation Name"?: string;
  readonly "Index Name"?: string;
  readonly "Plan Rows"?: number;
  readonly "Total Cost"?: number;
  readonly Plans?: readonly Node[];
}

/** What a plan may cost the server at most. */
const TIMEOUT_MS = 1000;
const MAX_LINES = 50;

/** What one statement gave: `pg` has its rows in a field, the others have them in a list. */
type Result = { readonly rows?: readonly Row[] } & readonly Row[];
type Row = Readonly<Record<string, unknown>>;

/**
 * Asks for generic plans on a connection that the application does not use. The query is prepared and not run,
 * in one transaction that ends with the text: it may write nothing, and takes a second at most.
 */
export function planOfPostgres(asked: PgQueryable | TaggedSql): (sql: string) => Promise<string[]> {
  let asks = 0;
  return async (sql) => {
    const count = parametersOf(sql), values = new Array(count).fill("NULL").join(", ");
    const name = `telltale_plan_${++asks}`, connection = await connectionOf(asked);
    try {
      const results = await connection.query(
        `SET LOCAL statement_timeout = ${TIMEOUT_MS}; SET LOCAL transaction_read_only = on; ` +
          `SET LOCAL plan_cache_mode = force_generic_plan; ` +
          `PREPARE ${name} AS ${sql.slice(0, statementEnd(sql))}\n; ` +
          `EXPLAIN (FORMAT JSON) EXECUTE ${name}${count === 0 ? "" : `(${values})`}; ` +
          `DEALLOCATE ${name}`,
      );
      return planOf(results);
    } catch (error) {
      // Rolling back does not undo PREPARE.
      await connection.query(`DEALLOCATE ${name}`).catch(() => {});
      throw error;
    } finally {
      connection.release();
    }
  };
}

/** postgres.js gives the rows of some statements to the next one, so that the command says nothing. */
function planOf(results: readonly Result[]): string[] {
  const rows = results.flatMap((result) => result.rows ?? [...result]);
  const told = rows.find((row) => "QUERY PLAN" in row)?.["QUERY PLAN"];
  const [{ Plan: plan }] = (typeof told === "string" ? JSON.parse(told) : told) as [{ Plan: Node }];
  return lines(plan, 0).slice(0, MAX_LINES);
}

interface Connection {
  readonly query: (text: string) => Promise<readonly Result[]>;
  readonly release: () => void;
}

/** One connection, for as long as it takes: what was prepared is on it alone. */
async function connectionOf(asked: PgQueryable | TaggedSql): Promise<Connection> {
  if (isTagged(asked)) {
    const own = await (asked as TaggedSql & { reserve(): Promise<ReservedSql> }).reserve();
    return { query: async (text) => await own.unsafe(text).simple(), release: () => own.release() };
  }
  // A client alone is one.
  if (!("totalCount" in asked)) {
    return { query: (text) => asked.query(text), release: () => {} };
  }
  const client = await asked.connect();
  return { query: (text) => client.query(text), release: () => client.release() };
}

interface ReservedSql {
  unsafe(text: string): { simple(): PromiseLike<readonly Result[]> };
  release(): void;
}

function parametersOf(sql: string): number {
  return Math.max(0, ...[...sql.matchAll(/\$(\d{1,5})/g)].map(([, n]) => Number(n)));
}

/** A line for each step; conditions are left out, because they show values. */
function lines(node: Node, depth: number): string[] {
  const on = node["Relation Name"], by = node["Index Name"];
  const line =
    `${"  ".repeat(depth)}${node["Node Type"]}${by === undefined ? "" : ` using ${by}`}` +
    `${on === undefined ? "" : ` on ${on}`} (cost ${node["Total Cost"]}, rows ${
      node["Plan Rows"]
    })`;
  return [line, ...(node.Plans ?? []).flatMap((inner) => lines(inner, depth + 1))];
}
