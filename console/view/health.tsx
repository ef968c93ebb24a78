/**
 * Health of the components, and the objectives: what is left, how fast it goes, when somebody is woken.
 *
 * @module
 */
import type { JSX } from "preact";
import type { ComponentReply, SloReply, SlosReply } from "../../src/console/state/shapes.ts";
import { useReply } from "../data/reply.ts";
import { MARKS, Strip } from "../state/strip.tsx";
import { clock, many, ms, shown, span } from "../text/format.ts";
import { Missing, Stale } from "./missing.tsx";
import { Objective } from "../state/objective.tsx";
import { Empty, Panel, Table } from "./parts.tsx";

const PAGES = { list: "slos", after: (_: SloReply, told: number) => String(told) };

const EXAMPLE = 't.slo("orders", { objective: 0.99, availability: { route: "/orders" } })';

/** Health and objectives. */
export function View(): JSX.Element {
  const reply = useReply<SlosReply>("api/slos", { pages: PAGES }), { value } = reply;
  if (value === undefined) return <Missing title="Health and SLOs" of={reply} />;
  const { health, slos, timeMs } = value;
  return (
    <>
      <h1 class="sr">Health and SLOs</h1>
      <Stale of={reply} />
      {health !== undefined && (
        <>
          <p class="say">
            The service is{" "}
            <b class={health.status === "UP" ? "" : "bad"}>{health.status.toLowerCase()}</b>
            {health.draining ? " and draining: it takes no new work" : ""}
            {slos.length > 0 && <>; {burningWords(slos)}</>}.
          </p>
          <Components all={health.components} nowMs={timeMs} />
        </>
      )}
      {slos.length === 0
        ? (
          <Empty title="No objective">
            <code>{EXAMPLE}</code> says what is good enough; what is left of its budget stands here.
          </Empty>
        )
        : (
          <div class="slos">
            {slos.map((slo) => <Objective key={slo.name} of={slo} nowMs={timeMs} />)}
          </div>
        )}
    </>
  );
}

function burningWords(slos: readonly SloReply[]): JSX.Element {
  const paging = slos.filter(({ alert }) => alert === "page").length;
  const spent = slos.filter(({ budgetRemaining }) => budgetRemaining <= 0).length;
  if (paging > 0) return <b class="bad">{many(paging, "objective pages", "objectives page")}</b>;
  if (spent > 0) {
    return <b class="bad">{many(spent, "objective has", "objectives have")} no budget left</b>;
  }
  return <>{slos.length === 1 ? "its objective holds" : `all ${slos.length} objectives hold`}</>;
}

function Components({ all, nowMs }: {
  all: readonly ComponentReply[];
  nowMs: number;
}): JSX.Element {
  return (
    <Panel title="Components" className="below" side={<span>the last hour</span>}>
      {all.length === 0
        ? (
          <p class="note-text">
            None: <code>t.health.check("database", check)</code> adds one.
          </p>
        )
        : (
          <Table
            className="components"
            heads={[
              ["Component"],
              ["Status"],
              ["Over the last hour", "course"],
              ["Check took", "num"],
              ["Checked", "num"],
              ["Last error"],
            ]}
          >
            {all.map((one) => <Component key={one.name} of={one} nowMs={nowMs} />)}
          </Table>
        )}
    </Panel>
  );
}

function Component({ of, nowMs }: { of: ComponentReply; nowMs: number }): JSX.Element {
  const { name, status, critical, description, error, durationMs, lastCheckedMs, strip } = of;
  return (
    <tr>
      <td title={description === undefined ? undefined : shown(description)}>
        <span class="mono">{shown(name)}</span>
        {critical && <span class="tag">critical</span>}
      </td>
      <td class="nowrap">
        <span class={`dot ${MARKS[status] ?? ""}`} />
        <span class={status === "UP" ? "" : "bad"}>{status.toLowerCase()}</span>
      </td>
      <td class="course">
        <Strip parts={strip} nowMs={nowMs} />
      </td>
      <td class="num">{ms(durationMs)}</td>
      <td class="num" title={lastCheckedMs === null ? undefined : clock(lastCheckedMs)}>
        {lastCheckedMs === null ? "never" : `${span(nowMs - lastCheckedMs)} ago`}
      </td>
      <td class="facts">{error === undefined ? "–" : shown(error)}</td>
    </tr>
  );
}
