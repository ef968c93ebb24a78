/**
 * Lines over time, errors and warnings in their colours. A click shows the time of a bar.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo, useRef } from "preact/hooks";
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { range } from "../data/state.ts";
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
      </div>
      <TimeAxis fromMs={fromMs} toMs={toMs} width={width} />
    </div>
  );
}
