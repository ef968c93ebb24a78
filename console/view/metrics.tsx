/**
 * The metrics: all of them, and the last hour of one.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import type { MetricReply, MetricsReply } from "../../src/console/state/metric_shapes.ts";
import { useReply } from "../data/reply.ts";
import { Spark } from "../picture/spark.tsx";
import { change, href, place } from "../place.ts";
import { bytes, count, many, ms, shown, span } from "../text/format.ts";
import { use } from "../use.ts";
import { MetricPanel } from "../metric/metric.tsx";
import { Missing, Stale } from "./missing.tsx";
import { Empty, Panel, Table } from "./parts.tsx";

const PAGES = { list: "metrics", after: ({ name }: MetricReply) => name };

/** The list, and one of it. */
export function View(): JSX.Element {
  const { id, params } = use(place), filter = params.get("f") ?? "";
  const reply = useReply<MetricsReply>("api/metrics", { pages: PAGES }), { value } = reply;
  const chosen = useMemo(() => {
    const words = filter.toLowerCase().split(/\s+/);
    return (value?.metrics ?? []).filter(({ name, help, type }) => {
      const text = `${name} ${help} ${type}`.toLowerCase();
      return words.every((word) => text.includes(word));
    }).sort(capFirst);
  }, [value, filter]);
  if (value === undefined) return <Missing title="Metrics" of={reply} />;
  const { metrics, more, history } = value;
  if (metrics.length === 0) {
    return (
      <>
        <h1 class="sr">Metrics</h1>
        <Empty title="No metric">
          <code>t.metrics.counter("orders_total")</code> makes one.
        </Empty>
      </>
    );
  }
  const atCap = metrics.filter((one) => one.atCap);
  return (
    <>
      <h1 class="sr">Metrics</h1>
      <Stale of={reply} />
      {atCap.length > 0 && (
        <p class="say">
          <b class="bad">{many(atCap.length, "metric is", "metrics are")} at the cap</b>:{" "}
          {atCap.slice(0, 3).map((one) => <Cap key={one.name} of={one} />)}
        </p>
      )}
      {id !== "" && <MetricPanel name={id} />}
      <Panel
        title={chosen.length === metrics.length
          ? many(metrics.length, "metric")
          : `${count(chosen.length)} of ${many(metrics.length, "metric")}`}
        side={<Filter text={filter} />}
      >
        <Table
          className="metrics"
          heads={[["Metric"], ["Type"], ["Series", "num"], ["Last 15 minutes", "pic slim"], [
            "What it says",
          ]]}
        >
          {chosen.map((one) => <Line key={one.name} of={one} isOpen={one.name === id} />)}
        </Table>
        {chosen.length === 0 && <p class="note-text">No metric has these words.</p>}
        <p class="foot">
          {more > 0 && <>{many(more, "more metric")} not told.{" "}</>}
          {history === undefined ? "Nothing keeps their past." : (
            <>
              The last hour of {count(history.series)} series of at most{" "}
              {count(history.maxSeries)}, a point every {span(history.everyMs)}:{" "}
              {bytes(history.bytes)} of {bytes(history.maxBytes)}
              {history.sampleMs !== null && <>, {ms(history.sampleMs)} a point</>}.{" "}
              {history.notKept > 0 && <b>{count(history.notKept)} series found no room.</b>}
            </>
          )}
        </p>
      </Panel>
    </>
  );
}

function capFirst(a: MetricReply, b: MetricReply): number {
  return Number(b.atCap) - Number(a.atCap) || (a.name < b.name ? -1 : 1);
}

/** Why a metric is at its cap. */
function Cap({ of: { name, label, values, series } }: { of: MetricReply }): JSX.Element {
  return (
    <span>
      <a class="mono link" href={href("metrics", {}, name)}>{shown(name)}</a> has {count(series)}
      {" "}
      series
      {label !== undefined && values !== undefined && (
        <>
          , its label <b class="mono">{shown(label)}</b> {many(values, "value")}
        </>
      )}.{" "}
    </span>
  );
}

function Filter({ text }: { text: string }): JSX.Element {
  const [typed, setTyped] = useState(text);
  return (
    <input
      class="filter"
      type="search"
      aria-label="Words of the metrics that are listed"
      placeholder="name or words"
      spellcheck={false}
      value={typed}
      onInput={({ currentTarget: { value } }) => {
        setTyped(value);
        change({ f: value }, true);
      }}
    />
  );
}

function Line({ of, isOpen }: { of: MetricReply; isOpen: boolean }): JSX.Element {
  const { name, type, help, series, atCap, kept, overflowed = 0, spark } = of;
  const f = use(place).params.get("f") ?? "";
  return (
    <tr class={isOpen ? "open" : ""}>
      <td>
        <a
          class="mono"
          data-row
          href={href("metrics", { f }, name)}
          aria-current={isOpen ? "true" : undefined}
        >
          {shown(name)}
        </a>
      </td>
      <td class="muted">{type}</td>
      <td class="num nowrap">
        {atCap && <span class="tag err">at its cap</span>} {count(series)}
        {kept > 0 && kept < series && <span class="faint">, {count(kept)} with a past</span>}
        {overflowed > 0 && <span class="bad">, {count(overflowed)} samples in its overflow</span>}
      </td>
      <td class="pic slim">
        {spark !== undefined && (
          <Spark values={spark.map((one) => one ?? NaN)} width={110} height={20} thin />
        )}
      </td>
      <td class="facts">{shown(help)}</td>
    </tr>
  );
}
