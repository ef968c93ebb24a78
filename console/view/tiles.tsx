/**
 * The figures of now, what they were before, and their course.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { members } from "../data/members.ts";
import { startOf, withPast } from "../data/past.ts";
import { history, past, range } from "../data/state.ts";
import { totalOf } from "../data/summary.ts";
import type { State } from "../data/wire.ts";
import { within } from "../data/table.ts";
import { Spark } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { below, count, ms, pct } from "../text/format.ts";
import { use } from "../use.ts";

const BINS = 60;
/** "Now" is the last minute, or the last tenth of a shorter range. */
const NOW_MS = 60_000;
/** Lags below it nobody notices; the lag is known of requests that last only, so that its median says little. */
const NOTICED_MS = 20;
/** Of fewer requests `why` says nothing; with a few more it sees what they share. */
const LEAST_SLOW = 15;

/** The figures. */
export function Tiles(
  { frame, fromMs, toMs }: { frame: Frame; fromMs: number; toMs: number },
): JSX.Element {
  const earlier = use(past), { text } = use(range);
  const figures = useMemo(() => {
    const length = Math.max(1000, Math.min(NOW_MS, (toMs - fromMs) / 3)), nowMs = toMs - length;
    const now = totalOf(within(frame, nowMs, Infinity), nowMs, toMs, 1);
    // What is held may be of seconds only: the service knows the figures of an hour.
    const start = startOf(earlier, text === "" ? -Infinity : fromMs, fromMs);
    const oldestMs = frame.column("time")?.numbers?.[0] ?? toMs;
    const course = (bins: number, from: number, to: number, rows: Frame) =>
      withPast(totalOf(rows, from, to, bins), earlier, { fromMs: from, toMs: to, oldestMs });
    const before = course(BINS, start, nowMs, within(frame, -Infinity, nowMs));
    const loops = frame.column("loop.ms")?.numbers?.filter((lag) => lag === lag).sort();
    return {
      all: course(BINS, start, toMs, frame),
      p99s: course(latencyBins(frame.count), start, toMs, frame).p99s,
      now,
      before: { count: sum(before.counts), failed: sum(before.failures), ms: nowMs - start },
      loops,
      length,
      slow: slowOf(frame),
    };
  }, [frame, fromMs, toMs, earlier, text]);
  const { all, p99s, now, before, length, slow } = figures, seconds = length / 1000;
  const isOfOne = (use(members)?.present.length ?? 1) > 1;
  const states = use(history), { heapBytes, cpu } = states.at(-1) ?? {} as Partial<State>;
  return (
    <section class="tiles" aria-label="Now">
      <Tile
        name="Requests"
        side={`last ${seconds.toFixed(0)} s`}
        figure={rate(now.count / seconds)}
        unit="/s"
        beside={before.count > 0
          ? `${rate(before.count / Math.max(1, before.ms / 1000))} before`
          : ""}
        picture={<Spark values={all.counts} width={230} height={34} />}
        href={askHref("by method,route")}
      />
      <Tile
        name="Errors"
        side="5xx"
        figure={now.count === 0 ? "–" : pct(now.failed / now.count).replace(" %", "")}
        unit={now.count === 0 ? "" : "%"}
        beside={before.count > 0 ? `${pct(before.failed / before.count)} before` : ""}
        picture={<Spark values={all.failures} width={230} height={34} color="bad" />}
        href={askHref("why status>=500")}
      />
      <Tile
        name="Latency"
        side="p99"
        {...duration(now.p99)}
        beside={Number.isNaN(now.p50) ? "" : `peak ${ms(peakOf(p99s))}`}
        picture={<Spark values={p99s} width={230} height={34} color="lamp" />}
        href={askHref(`why ms>=${slow}`)}
      />
      <Loop frame={frame} fromMs={fromMs} toMs={toMs} loops={figures.loops} />
      <Tile
        name="Heap"
        side={isOfOne ? "of one isolate" : "used"}
        figure={heapBytes === undefined ? "–" : count(heapBytes / 1e6)}
        unit={heapBytes === undefined ? "" : "MB"}
        beside=""
        picture={<Course of={states} field="heapBytes" />}
      />
      <Tile
        name="CPU"
        side="of one core"
        figure={cpu === undefined ? "–" : count(cpu * 100)}
        unit={cpu === undefined ? "" : "%"}
        beside=""
        picture={<Course of={states} field="cpu" />}
      />
    </section>
  );
}

/** A figure of the service over the last hour; where it was not known, nothing is drawn. */
function Course(
  { of, field }: { of: readonly State[]; field: "heapBytes" | "cpu" },
): JSX.Element {
  const values = of.map((state) => state[field] ?? NaN);
  return <Spark values={values} width={230} height={34} color="internal" />;
}

function sum(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}

/** So many that each has about a hundred requests: of a few, the slowest hundredth is the slowest one. */
function latencyBins(requests: number): number {
  return Math.max(6, Math.min(BINS, Math.floor(requests / 100)));
}

function peakOf(values: Float64Array): number {
  return values.reduce((most, value) => value > most ? value : most, 0);
}

/** From here on the slowest hundredth is, or enough to tell what they have in common. */
function slowOf(frame: Frame): number {
  const all = frame.column("ms")?.numbers?.filter((took) => took === took).sort() ?? [];
  const least = all[all.length - Math.max(LEAST_SLOW, Math.ceil(all.length / 100))] ?? all[0] ?? 0;
  return below(least);
}

function Loop({ frame, fromMs, toMs, loops }: {
  frame: Frame;
  fromMs: number;
  toMs: number;
  loops: Float64Array | undefined;
}): JSX.Element {
  if (loops === undefined || loops.length === 0) {
    const spark = <Spark values={[]} width={230} height={34} />;
    return <Tile name="Event loop" side="most lag" figure="–" unit="" beside="" picture={spark} />;
  }
  const times = frame.column("time")!.numbers!, lags = frame.column("loop.ms")!.numbers!;
  const bins = new Float64Array(BINS);
  for (let i = 0; i < frame.count; i++) {
    const bin = Math.floor((times[i]! - fromMs) / Math.max(1, toMs - fromMs) * BINS);
    const at = Math.max(0, Math.min(BINS - 1, bin));
    if (lags[i]! > bins[at]!) bins[at] = lags[i]!;
  }
  const most = loops[loops.length - 1]!;
  return (
    <Tile
      name="Event loop"
      side="most lag"
      {...duration(most)}
      beside={`${count(loops.filter((lag) => lag >= NOTICED_MS).length)} waited ≥ ${NOTICED_MS} ms`}
      picture={<Spark values={bins} width={230} height={34} thin />}
      href={askHref(`why loop.ms>=${Math.max(1, Number((most / 2).toPrecision(2)))}`)}
    />
  );
}

function Tile({ name, side, figure, unit, beside, picture, href }: {
  name: string;
  side: string;
  figure: string;
  unit: string;
  beside: string;
  picture: JSX.Element;
  href?: string;
}): JSX.Element {
  const inside = (
    <>
      <span class="k">
        {name}
        <span>{side}</span>
      </span>
      <span class="v">
        {figure}
        <small>{unit}</small>
        <em>{beside}</em>
      </span>
      {picture}
    </>
  );
  return href === undefined
    ? <div class="panel tile">{inside}</div>
    : <a class="panel tile" href={href}>{inside}</a>;
}

/** A duration, its unit apart. */
function duration(value: number): { figure: string; unit: string } {
  if (Number.isNaN(value)) return { figure: "–", unit: "" };
  const [figure, ...unit] = ms(value).split(" ");
  return { figure: figure!, unit: unit.join(" ") };
}

function rate(value: number): string {
  return value >= 99.5 ? count(value) : value.toFixed(1);
}
