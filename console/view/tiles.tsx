/**
 * The figures of now, what they were before, and their course.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { history } from "../data/state.ts";
import { totalOf } from "../data/summary.ts";
import { within } from "../data/table.ts";
import { Spark } from "../picture/spark.tsx";
import { quantile } from "../picture/scale.ts";
import { askHref } from "../place.ts";
import { below, count, ms, pct } from "../text/format.ts";
import { use } from "../use.ts";

const BINS = 60;
/** "Now" is the last minute, or the last tenth of a shorter range. */
const NOW_MS = 60_000;
/** Of fewer requests `why` says nothing; with a few more it sees what they share. */
const LEAST_SLOW = 15;

/** The figures. */
export function Tiles(
  { frame, fromMs, toMs }: { frame: Frame; fromMs: number; toMs: number },
): JSX.Element {
  const figures = useMemo(() => {
    const length = Math.max(1000, Math.min(NOW_MS, (toMs - fromMs) / 3));
    const now = totalOf(within(frame, toMs - length, Infinity), toMs - length, toMs, 1);
    const before = totalOf(within(frame, -Infinity, toMs - length), fromMs, toMs - length, 1);
    const loops = frame.column("loop.ms")?.numbers?.filter((lag) => lag === lag).sort();
    return {
      all: totalOf(frame, fromMs, toMs, BINS),
      now,
      before,
      loops,
      length,
      slow: slowOf(frame),
    };
  }, [frame, fromMs, toMs]);
  const { all, now, before, length, slow } = figures, seconds = length / 1000;
  const states = use(history);
  return (
    <section class="tiles" aria-label="Now">
      <Tile
        name="Requests"
        side={`last ${seconds.toFixed(0)} s`}
        figure={rate(now.count / seconds)}
        unit="/s"
        beside={before.count > 0
          ? `${rate(before.count / Math.max(1, (toMs - fromMs - length) / 1000))} before`
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
        beside={Number.isNaN(now.p50) ? "" : `p50 ${ms(now.p50)}`}
        picture={<Spark values={all.p99s} width={230} height={34} color="lamp" />}
        href={askHref(`why ms>=${slow}`)}
      />
      <Loop frame={frame} fromMs={fromMs} toMs={toMs} loops={figures.loops} />
      {states.at(-1)?.heapBytes !== undefined && (
        <Tile
          name="Heap"
          side="used"
          figure={count(states.at(-1)!.heapBytes! / 1e6)}
          unit="MB"
          beside=""
          picture={
            <Spark
              values={states.map(({ heapBytes }) => heapBytes ?? NaN)}
              width={230}
              height={34}
              color="internal"
            />
          }
        />
      )}
      {states.at(-1)?.cpu !== undefined && (
        <Tile
          name="CPU"
          side="of one core"
          figure={count(states.at(-1)!.cpu! * 100)}
          unit="%"
          beside=""
          picture={
            <Spark
              values={states.map(({ cpu }) => cpu ?? NaN)}
              width={230}
              height={34}
              color="internal"
            />
          }
        />
      )}
    </section>
  );
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
}): JSX.Element | null {
  if (loops === undefined || loops.length === 0) return null;
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
      beside={`p50 ${ms(quantile(loops, 0.5))}`}
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
