/**
 * Telltale itself: what it keeps, what it lost, what it sends, and what all that costs.
 *
 * @module
 */
import type { JSX } from "preact";
import type { ExportReply } from "../../src/console/api/parts.ts";
import type { SelfReply, StoreReply } from "../../src/console/state/shapes.ts";
import { useReply } from "../data/reply.ts";
import { Bar } from "../picture/spark.tsx";
import { bytes, count, ms, pct, shown, span } from "../text/format.ts";
import { OfIsolate, useOfOne } from "./isolates.tsx";
import { Missing, Stale } from "./missing.tsx";
import { Panel, Table } from "./parts.tsx";

/** What telemetry does. */
export function View(): JSX.Element {
  const reply = useReply<SelfReply>(useOfOne("api/self")), { value } = reply;
  if (value === undefined) return <Missing title="Telltale itself" of={reply} />;
  const { kept, lost, cost, lastError } = value;
  const sum = lost.reduce((all, { count }) => all + count, 0);
  return (
    <>
      <h1 class="sr">Telltale itself</h1>
      <OfIsolate />
      <Stale of={reply} />
      <p class="say">
        Telemetry holds <b>{bytes(cost.bytes)}</b> of <b>{bytes(cost.maxBytes)}</b>; {sum === 0
          ? <b>nothing was lost</b>
          : <b class="bad">{count(sum)} did not get where they were to go</b>}.
      </p>
      {lastError !== null && (
        <p class="banner bad" role="status">
          <b>The last error inside</b>, in {shown(lastError.where)}: {shown(lastError.text)}
        </p>
      )}
      <Stores all={kept} />
      <div class="charts">
        <Lost all={lost} />
        <Exports all={value.export} />
        <Cost of={cost} />
      </div>
    </>
  );
}

function Stores({ all }: { all: readonly StoreReply[] }): JSX.Element {
  return (
    <Panel title="What is kept" className="below">
      <Table
        heads={[["Store"], ["Held", "num"], ["Memory", "num"], ["Budget", "num"], [
          "",
          "barcell wide",
          "Share of the budget as a bar",
        ], ["Left early", "num"]]}
      >
        {all.map(({ store, count: held, bytes: used, maxBytes, lost }) => (
          <tr key={store}>
            <td>{shown(store)}</td>
            <td class="num">{count(held)}</td>
            <td class="num">{bytes(Math.round(used))}</td>
            <td class="num">{maxBytes === null ? "by count" : bytes(Math.round(maxBytes))}</td>
            <td class="barcell wide">
              <Bar share={maxBytes === null ? 0 : used / maxBytes} />
            </td>
            <td class={`num ${lost > 0 ? "bad" : "muted"}`}>
              {lost === 0 ? "–" : count(lost)}
            </td>
          </tr>
        ))}
      </Table>
      <p class="foot">
        The oldest leave when newer ones come; early is what left for want of memory.
      </p>
    </Panel>
  );
}

function Lost({ all }: { all: SelfReply["lost"] }): JSX.Element {
  return (
    <Panel title="What was lost" className="below">
      {all.length === 0
        ? <p class="note-text">Nothing.</p>
        : (
          <Table heads={[["What"], ["Why"], ["How many", "num"]]}>
            {all.map(({ what, reason, count: many }) => (
              <tr key={`${what} ${reason}`}>
                <td>{shown(what)}</td>
                <td class="muted">{shown(reason)}</td>
                <td class="num bad">{count(many)}</td>
              </tr>
            ))}
          </Table>
        )}
    </Panel>
  );
}

function Exports({ all }: { all: readonly ExportReply[] }): JSX.Element {
  return (
    <Panel title="What is sent" className="below">
      {all.length === 0 ? <p class="note-text">Nothing is sent anywhere.</p> : (
        <Table
          heads={[
            ["Signal"],
            ["Sent", "num"],
            ["Waiting", "num"],
            ["", "barcell", "Share of the queue as a bar"],
            ["On the way", "num"],
            ["Dropped", "num"],
          ]}
        >
          {all.map((one) => {
            const dropped = Object.entries(one.dropped).filter(([, count]) => count > 0);
            return (
              <tr key={one.signal}>
                <td>{shown(one.signal)}</td>
                <td class="num">{count(one.exported)}</td>
                <td class="num nowrap">
                  {count(one.queued)} <span class="faint">of {count(one.capacity)}</span>
                </td>
                <td class="barcell">
                  <Bar
                    share={one.queued / Math.max(1, one.capacity)}
                    isChosen={one.queued > 0.8 * one.capacity}
                  />
                </td>
                <td class="num">{count(one.inFlight)}</td>
                <td class={dropped.length > 0 ? "num bad" : "num muted"}>
                  {dropped.length === 0
                    ? "–"
                    : dropped.map(([reason, amount]) => `${count(amount)} ${shown(reason)}`)
                      .join(", ")}
                </td>
              </tr>
            );
          })}
        </Table>
      )}
    </Panel>
  );
}

function Cost({ of }: { of: SelfReply["cost"] }): JSX.Element {
  const { bytes: used, maxBytes, sampleMs, everyMs, exportSeconds, profileBlockedMs } = of;
  return (
    <Panel title="What it costs" className="below">
      <dl class="facts-list">
        <dt>Memory</dt>
        <dd>{bytes(used)}, {pct(used / maxBytes)} of what it may take</dd>
        <dt>A sample of all metrics</dt>
        <dd>
          {sampleMs === null
            ? "not measured yet"
            : `${ms(sampleMs)} every ${span(everyMs)}, ${pct(sampleMs / everyMs)} of the time`}
        </dd>
        <dt>Time of exports, waiting included</dt>
        <dd>{exportSeconds === 0 ? "none" : ms(exportSeconds * 1000)}</dd>
        <dt>Event loop held by profilers</dt>
        <dd>{profileBlockedMs === 0 ? "none" : ms(profileBlockedMs)}</dd>
      </dl>
    </Panel>
  );
}
