/**
 * Lines over time, errors and warnings in their colours. A click shows the time of a bar.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { lines, range, requests } from "../data/state.ts";
import { TimeAxis, useWidth } from "../picture/heat.tsx";
import { change } from "../place.ts";
import { clock, many } from "../text/format.ts";
import { use } from "../use.ts";
import { kindOf } from "./lines.tsx";

const HEIGHT = 44, KINDS = ["error", "warn", ""] as const;

/** Bars of lines. */
export function LevelBars({ frame }: { frame: Frame }): JSX.Element {
  const box = useRef<HTMLDivElement>(null), width = useWidth(box), { fromMs, toMs } = use(range);
  const bars = Math.max(20, Math.min(90, Math.floor((width || 900) / 10)));
  const step = Math.max(1, toMs - fromMs) / bars;
  const counts = useMemo(() => {
    const found = Array.from({ length: bars }, () => ({ error: 0, warn: 0, "": 0, all: 0 }));
    const times = frame.column("time")?.numbers, levels = frame.column("level");
    for (let i = 0; i < frame.count && times !== undefined && levels !== undefined; i++) {
      const bar = found[Math.floor((times[i]! - fromMs) / step)];
      if (bar === undefined) continue;
      bar[kindOf(String(valueAt(levels, i)))]++;
      bar.all++;
    }
    return found;
  }, [frame, fromMs, toMs, bars]);
  const gone = useMemo(() => goneBefore(frame), [frame]);
  const most = Math.max(1, ...counts.map(({ all }) => all));
  return (
    <div class="heatwrap bars">
      <span class="y" style={{ top: "14px" }}>{most}</span>
      <div ref={box} class="columns" style={{ height: `${HEIGHT}px` }}>
        {counts.map((bar, i) => {
          const from = Math.floor(fromMs + i * step), to = Math.ceil(from + step);
          const title = `${many(bar.all, "line")} from ${
            clock(from)
          }, ${bar.error} errors, ${bar.warn} warnings`;
          return (
            <button
              key={i}
              type="button"
              tabIndex={-1}
              title={title}
              aria-label={title}
              disabled={bar.all === 0}
              onClick={() => change({ r: `${from}..${to}` })}
            >
              {KINDS.map((kind) => (
                <i
                  key={kind}
                  class={`lv-${kind}`}
                  style={{ height: `${Math.round(bar[kind] / most * HEIGHT)}px` }}
                />
              ))}
            </button>
          );
        })}
        {gone > fromMs && (
          <span
            class="gone"
            aria-hidden="true"
            style={{ width: `${Math.min(100, 100 * (gone - fromMs) / (toMs - fromMs))}%` }}
          />
        )}
      </div>
      <TimeAxis fromMs={fromMs} toMs={toMs} width={width} />
      {gone > fromMs && (
        <p class="foot">
          Hatched, before{" "}
          {clock(gone)}: older lines of requests made room for newer ones, so fewer are shown there
          than were written. The application's own lines are all there.
        </p>
      )}
    </div>
  );
}

/** The category of the lines that are written of each request: the service keeps fewer of these. */
const OF_REQUESTS = "http";
const SECOND_MS = 1000, FEW = 5;

/**
 * The time before which lines of requests were let go: there are requests and other lines from before the
 * oldest of them. `-Infinity` if none were, or none are shown.
 */
function goneBefore(frame: Frame): number {
  if (oldestOf(frame) === undefined) return -Infinity;
  const all = lines.frame(), oldest = oldestOf(all);
  const times = requests.frame().column("time")?.numbers ?? new Float64Array();
  const first = all.column("time")?.numbers?.[0];
  if (oldest === undefined || first === undefined) return -Infinity;
  const before = times.filter((time) => time < oldest.timeMs - SECOND_MS).length;
  // Where most requests write no line, as by `http=warn`, the first that did says nothing.
  const isWritten = times.length - before <= oldest.count;
  return before >= FEW && first < oldest.timeMs - SECOND_MS && isWritten
    ? oldest.timeMs
    : -Infinity;
}

function oldestOf(frame: Frame): { timeMs: number; count: number } | undefined {
  const categories = frame.column("category"), times = frame.column("time")?.numbers;
  let timeMs: number | undefined, count = 0;
  for (let i = 0; i < frame.count && categories !== undefined && times !== undefined; i++) {
    if (valueAt(categories, i) !== OF_REQUESTS) continue;
    timeMs ??= times[i]!;
    count++;
  }
  return timeMs === undefined ? undefined : { timeMs, count };
}
