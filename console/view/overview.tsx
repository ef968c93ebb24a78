/**
 * The first view: figures, every request as a heat map, routes. A drag over the map asks why.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { valueAt } from "../../src/events/store/frame.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { range, shownRequests } from "../data/state.ts";
import { Heat, type Ring } from "../picture/heat.tsx";
import { askHref, go, traceHref } from "../place.ts";
import { ofBox } from "../question/links.ts";
import { clock, ms, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { Later } from "./later.tsx";
import { Empty, Panel } from "./parts.tsx";
import { Routes } from "./routes.tsx";
import { Tiles } from "./tiles.tsx";

/** How many of the slowest requests are drawn with their traces. */
const RINGS = 36;

/** The overview. */
export function Overview(): JSX.Element {
  const frame = use(shownRequests), { fromMs, toMs } = use(range);
  const [isTable, setTable] = useState(false);
  const rings = useMemo(() => slowest(frame, fromMs, toMs), [frame, fromMs, toMs]);
  if (frame.count === 0) {
    return (
      <>
        <h1 class="sr">Overview</h1>
        <Empty title="No request yet">
          Each request that the service answers gets a row here as soon as it ends. Send one.
        </Empty>
      </>
    );
  }
  return (
    <>
      <h1 class="sr">Overview</h1>
      <Later of="findings" isQuiet />
      <Tiles frame={frame} fromMs={fromMs} toMs={toMs} />
      <Panel
        title="Latency of every request"
        className="below"
        side={
          <>
            <Legend />
            <button
              type="button"
              class="btn small"
              aria-pressed={isTable}
              onClick={() => setTable(!isTable)}
            >
              {isTable ? "As a picture" : "As a table"}
            </button>
          </>
        }
      >
        <Heat
          frame={frame}
          fromMs={fromMs}
          toMs={toMs}
          height={294}
          rings={rings}
          isTable={isTable}
          onChoose={(box) => go(askHref(ofBox(box)))}
        />
      </Panel>
      <Routes frame={frame} fromMs={fromMs} toMs={toMs} />
    </>
  );
}

function Legend(): JSX.Element {
  return (
    <>
      <span class="legend">
        <i class="sq many" />requests
      </span>
      <span class="legend">
        <i class="sq fail" />failed
      </span>
      <span class="legend wide">
        <i class="ring" />slowest, with its trace
      </span>
      <span class="faint wide">drag over some to ask why</span>
    </>
  );
}

/** The slowest request of each part of the time, if it is slow at all. */
function slowest(frame: Frame, fromMs: number, toMs: number): Ring[] {
  const times = frame.column("time")?.numbers, all = frame.column("ms")?.numbers;
  const traces = frame.column("trace");
  if (times === undefined || all === undefined || traces === undefined) return [];
  const best = new Map<number, number>(), length = Math.max(1, toMs - fromMs);
  let sum = 0, count = 0;
  for (let i = 0; i < frame.count; i++) {
    if (all[i] !== all[i]) continue;
    sum += Math.log(Math.max(0.01, all[i]!));
    count++;
    const bin = Math.floor((times[i]! - fromMs) / length * RINGS), known = best.get(bin);
    if (known === undefined || all[i]! > all[known]!) best.set(bin, i);
  }
  const usual = Math.exp(sum / Math.max(1, count));
  return [...best.values()].filter((i) => all[i]! > 3 * usual).flatMap((i) => {
    const trace = valueAt(traces, i);
    return typeof trace === "string" ? [ringOf(frame, i, trace)] : [];
  });
}

/** A row as a ring of the heat map. */
export function ringOf(frame: Frame, i: number, trace: string): Ring {
  const { time = 0, ms: took = 0, status, method = "", route = "" } = frame.row(i);
  const what = shown(`${method} ${route}`.trim());
  return {
    timeMs: Number(time),
    ms: Number(took),
    hasFailed: typeof status === "number" && status >= 500,
    title: `Trace of ${what}: ${status ?? ""} after ${ms(Number(took))} at ${clock(Number(time))}`,
    href: traceHref(trace),
  };
}
