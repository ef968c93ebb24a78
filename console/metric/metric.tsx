/**
 * The last hour of one metric: its rate, its quantiles or its heat, by series.
 *
 * @module
 */
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { PointsReply, SeriesReply } from "../../src/console/state/metric_shapes.ts";
import { type ChartPoint, COLORS, type Course } from "../chart/course.ts";
import { Chart } from "../chart/chart.tsx";
import { AsTable } from "../chart/panel.tsx";
import { useLast, useSpan } from "../chart/span.ts";
import { useReply } from "../data/reply.ts";
import { change, href, place, traceHref } from "../place.ts";
import { clock, count, many, number, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { Copy, Panel } from "../view/parts.tsx";
import { MetricHeat } from "./heat.tsx";
import { unitOf } from "./unit.ts";

const EVERY_MS = 5000;
/** The ways to look at a histogram. */
const SHOWS = ["quantiles", "rate", "heat"] as const;

/** One metric. */
export function MetricPanel({ name }: { name: string }): JSX.Element {
  const { params } = use(place), last = useLast();
  const path = `api/metrics?name=${encodeURIComponent(name)}&last=${last}`;
  const reply = useReply<PointsReply>(path, { everyMs: EVERY_MS }), { value, why } = reply;
  const time = useSpan(value?.timeMs ?? []), [isTable, setTable] = useState(false);
  const isHistogram = value?.series.some(({ p50 }) => p50 !== undefined) === true;
  const show = SHOWS.find((one) => one === params.get("show")) ?? SHOWS[0];
  return (
    <Panel
      title={shown(name)}
      className="below metric"
      side={
        <>
          {isHistogram && SHOWS.map((one) => (
            <button
              key={one}
              type="button"
              class="btn small"
              aria-pressed={one === show}
              onClick={() => change({ show: one })}
            >
              {one}
            </button>
          ))}
          <AsTable isTable={isTable} onChange={setTable} />
          <Copy text={() => location.href}>Copy link</Copy>
          <a class="btn small" href={href("metrics", { f: params.get("f") ?? "" })}>Close</a>
        </>
      }
    >
      {value === undefined
        ? <p class="note-text" role="status">{why === "" ? "Asking …" : shown(why)}</p>
        : (
          <>
            <p class="note-text">
              {value.type}
              {value.help !== "" && <>: {shown(value.help)}</>}
              {value.more > 0 && (
                <>
                  . The {many(value.series.length, "largest series", "largest series")} are shown,
                  {" "}
                  {count(value.more)} are not
                </>
              )}.
            </p>
            {value.timeMs.length === 0 || value.series.length === 0
              ? <p class="note-text">No point is kept of it yet.</p>
              : isHistogram && show === "heat"
              ? <Heats of={value} {...time} isTable={isTable} />
              : isHistogram && show === "quantiles"
              ? <Quantiles of={value} {...time} isTable={isTable} />
              : (
                <Chart
                  label={`${name} by series`}
                  timeMs={value.timeMs}
                  courses={ratesOf(value)}
                  unit={isHistogram || value.type === "counter" ? aSecond : unitOf(value)}
                  {...time}
                  height={220}
                  points={[]}
                  isTable={isTable}
                />
              )}
          </>
        )}
    </Panel>
  );
}

interface Shown {
  readonly of: PointsReply;
  readonly fromMs: number;
  readonly toMs: number;
  readonly isTable: boolean;
}

/** The quantiles of each series, with the traces of exemplars. */
function Quantiles({ of, ...time }: Shown): JSX.Element {
  const unit = unitOf(of);
  return (
    <>
      {of.series.map((series) => (
        <div key={nameOf(series)}>
          {of.series.length > 1 && <h3 class="seriesname mono">{nameOf(series)}</h3>}
          <Chart
            label={`Quantiles of ${nameOf(series)}`}
            timeMs={of.timeMs}
            courses={[
              { name: "p99", values: series.p99 ?? [], color: "lamp" },
              { name: "p95", values: series.p95 ?? [], color: "client" },
              { name: "p50", values: series.p50 ?? [], color: "blue" },
            ]}
            unit={unit}
            {...time}
            height={of.series.length > 1 ? 120 : 220}
            points={ringsOf(series, unit)}
          />
        </div>
      ))}
      <p class="foot">
        Estimated from the buckets, as Prometheus does. A ring is a recorded value: it opens its
        trace.
      </p>
    </>
  );
}

/** The heat of each series, with the traces of exemplars. */
function Heats({ of, ...time }: Shown): JSX.Element {
  return (
    <>
      {of.series.filter(({ heat }) => heat !== undefined).map((series) => (
        <div key={nameOf(series)}>
          {of.series.length > 1 && <h3 class="seriesname mono">{nameOf(series)}</h3>}
          <MetricHeat
            series={series}
            timeMs={of.timeMs}
            everyMs={of.everyMs}
            unit={unitOf(of)}
            label={`Observations of ${nameOf(series)}`}
            rings={ringsOf(series, unitOf(of))}
            {...time}
          />
        </div>
      ))}
      {of.series.every(({ heat }) => heat === undefined) && (
        <p class="note-text">Its buckets are not kept: there is room for those of some only.</p>
      )}
    </>
  );
}

/** An observation that has a trace. */
function ringsOf({ exemplars = [] }: SeriesReply, unit: (value: number) => string): ChartPoint[] {
  return exemplars.flatMap(({ value, timeMs, trace, span }) =>
    timeMs === null || trace === "" ? [] : [{
      timeMs,
      value,
      title: `Trace of ${unit(value)} at ${clock(timeMs)}`,
      href: traceHref(trace, span),
    }]
  );
}

function ratesOf({ series }: PointsReply): Course[] {
  return series.map((one, i) => ({
    name: nameOf(one),
    values: one.values,
    color: COLORS[i % COLORS.length]!,
  }));
}

/** A series by its labels. */
function nameOf({ labels }: SeriesReply): string {
  const pairs = Object.entries(labels);
  return pairs.length === 0
    ? "without labels"
    : shown(pairs.map(([name, value]) => `${name}=${value}`).join(" "));
}

function aSecond(value: number): string {
  return `${number(value)}/s`;
}
