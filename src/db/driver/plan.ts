/**
 * Plans of PostgreSQL, without the values that its conditions show.
 *
 * @module
 */

interface Asked {
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  query(...given: any[]): any;
}
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

/**
 * Asks for generic plans on a connection that the application does not use. The query is prepared and not run,
 * in one transaction that ends with the text: it may write nothing, and takes a second at most.
 */
export function planOfPostgres(asked: Asked): (sql: string) => Promise<string[]> {
  let asks = 0;
  return async (sql) => {
    const count = parametersOf(sql), values = new Array(count).fill("NULL").join(", ");
    const name = `telltale_plan_${++asks}`;
    let results: readonly { command?: string; rows: readonly Record<string, unknown>[] }[];
    try {
      results = await asked.query(
        `SET LOCAL statement_timeout = ${TIMEOUT_MS}; SET LOCAL transaction_read_only = on; ` +
          `SET LOCAL plan_cache_mode = force_generic_plan; ` +
          `PREPARE ${name} AS ${sql.replace(/[\s;]*$/, "")}\n; ` +
          `EXPLAIN (FORMAT JSON) EXECUTE ${name}${count === 0 ? "" : `(${values})`}; ` +
          `DEALLOCATE ${name}`,
      );
    } catch (error) {
      // Rolling back does not undo PREPARE.
      await asked.query(`DEALLOCATE ${name}`).catch(() => {});
      throw error;
    }
    const told = results.find(({ command }) => command === "EXPLAIN")?.rows[0]?.["QUERY PLAN"];
    const [{ Plan: plan }] = (typeof told === "string" ? JSON.parse(told) : told) as [
      { Plan: Node },
    ];
    return lines(plan, 0).slice(0, MAX_LINES);
  };
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
