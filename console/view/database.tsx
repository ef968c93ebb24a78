/**
 * The database, by query: how often, how long, how much of all requests; what repeats stands first.
 *
 * @module
 */
import type { JSX } from "preact";
import type { DatabaseReply, QueryReply } from "../../src/console/state/shapes.ts";
import { useReply } from "../data/reply.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref, traceHref } from "../place.ts";
import { is, joined } from "../question/links.ts";
import { count, many, ms, number, pct, shown } from "../text/format.ts";
import { Missing, Stale } from "./missing.tsx";
import { Empty, Panel, Table } from "./parts.tsx";

const PAGES = { list: "queries", after: (_: QueryReply, told: number) => String(told) };
/** What a request that repeats a query is asked for with. */
const REPEATS = "db.repeat>10 by route show count,max(db.repeat),sum(db.ms)";

/** The queries. */
export function View(): JSX.Element {
  const reply = useReply<DatabaseReply>("api/database", { pages: PAGES }), { value } = reply;
  if (value === undefined) return <Missing title="Database" of={reply} />;
  const { queries, requests, requestMs, more } = value;
  if (queries.length === 0) {
    return (
      <>
        <h1 class="sr">Database</h1>
        <Empty title="No query yet">
          <code>instrumentSqlite(t, database)</code>, or its like for another driver, has each query
          counted here by what it does.
        </Empty>
      </>
    );
  }
  const sum = queries.reduce((all, { ms }) => all + ms, 0);
  const repeated = queries.filter(({ repeats }) => repeats);
  return (
    <>
      <h1 class="sr">Database</h1>
      <Stale of={reply} />
      <p class="say">
        <b>{many(queries.length + more, "query", "queries")}</b>
        {requestMs > 0 && (
          <>
            {" "}took <b>{pct(Math.min(1, sum / requestMs))}</b> of the time of{" "}
            {many(requests, "request")}
          </>
        )}. {repeated.length > 0 && (
          <>
            <b class="s">{many(repeated.length, "of them is", "of them are")} repeated</b>{" "}
            inside single requests: one query for all would do.
          </>
        )}
      </p>
      <Panel
        title="Queries by summary"
        side={<a class="btn small" href={askHref(REPEATS)}>Which routes repeat queries</a>}
      >
        <Table
          className="queries"
          heads={[
            ["Query"],
            ["Calls", "num"],
            ["A request", "num"],
            ["most", "num"],
            ["p50", "num"],
            ["p99", "num"],
            ["Rows", "num"],
            ["Errors", "num"],
            ["Of all request time", "num"],
            ["", "barcell", "Share of the time as a bar"],
            ["", undefined, "Links"],
          ]}
        >
          {[...queries].sort(worst).map((query) => (
            <Line key={`${query.system} ${nameOf(query)}`} of={query} />
          ))}
        </Table>
      </Panel>
    </>
  );
}

/** What it does: of a database without SQL, the operation and what it is done to. */
function nameOf({ summary, operation, collection }: QueryReply): string {
  return summary || `${operation} ${collection}`.trim() || "unnamed";
}

function worst(a: QueryReply, b: QueryReply): number {
  return Number(b.repeats) - Number(a.repeats) || b.ms - a.ms;
}

function Line({ of }: { of: QueryReply }): JSX.Element {
  const { system, calls, errors, share, repeats, trace } = of;
  return (
    <tr>
      <td>
        <span class="mono">{shown(nameOf(of))}</span> <span class="faint">{shown(system)}</span>
        {repeats && <span class="tag warn">repeats</span>}
      </td>
      <td class="num" data-name="calls">{count(calls)}</td>
      <td class="num" data-name="a request">
        {of.perRequest === null ? "–" : number(of.perRequest)}
      </td>
      <td class="num" data-name="most">
        {of.maxPerRequest === null
          ? "–"
          : repeats
          ? <b class="slow">{count(of.maxPerRequest)}</b>
          : count(of.maxPerRequest)}
      </td>
      <td class="num" data-name="p50">{of.p50 === null ? "–" : ms(of.p50)}</td>
      <td class="num" data-name="p99">{of.p99 === null ? "–" : ms(of.p99)}</td>
      <td class="num" data-name="rows">{of.rows === null ? "–" : number(of.rows)}</td>
      <td data-name="errors" class={`num ${errors > 0 ? "bad" : "muted"}`}>
        {errors === 0 ? "–" : count(errors)}
      </td>
      <td class="num" data-name="of all time">{share === null ? "–" : pct(Math.min(1, share))}</td>
      <td class="barcell">
        <Bar share={share ?? 0} isChosen={repeats} />
      </td>
      <td class="nowrap">
        <a
          class="link"
          href={askHref(
            joined(
              is("db.system", system),
              repeats ? REPEATS : "by route show count,sum(db.n),p99(db.ms),sum(db.ms)",
            ),
          )}
        >
          Ask
        </a>
        {trace !== undefined && trace !== "" && (
          <>
            {" "}
            <a class="link" href={traceHref(trace)}>A trace</a>
          </>
        )}
      </td>
    </tr>
  );
}
