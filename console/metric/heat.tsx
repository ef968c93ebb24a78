/**
 * The observations of a histogram by time and bucket.
 *
 * @module
 */
import { sized } from "../picture/canvas.ts";
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import type { SeriesReply } from "../../src/console/state/metric_shapes.ts";
import type { ChartPoint } from "../chart/course.ts";
import { TimeAxis, useWidth } from "../picture/heat.tsx";
import { clock, count } from "../text/format.ts";
import { theme } from "../theme.ts";
import { use } from "../use.ts";

const LEFT = 58, TOP = 8, CELL = 14, POWER = 0.45, MAX_LINES = 12;

/** How it is drawn. */
export interface MetricHeatProps {
  readonly series: SeriesReply;
  readonly timeMs: readonly number[];
  readonly everyMs: number;
  readonly unit: (value: number) => string;
  readonly label: string;
  readonly rings: readonly ChartPoint[];
  readonly fromMs: number;
  readonly toMs: number;
  readonly isTable: boolean;
}

/** One line a bucket, one column a point. */
export function MetricHeat(props: MetricHeatProps): JSX.Element {
  const { series, timeMs, unit, label, rings, fromMs, toMs } = props;
  const canvas = useRef<HTMLCanvasElement>(null), width = useWidth(canvas), shade = use(theme);
  const heat = series.heat ?? [], bounds = series.bounds ?? [];
  const lines = Math.max(1, bounds.length + 1), height = lines * CELL;
  const length = Math.max(1, toMs - fromMs);
  useEffect(() => {
    if (canvas.current !== null && width > 0) paintHeat(canvas.current, props, width, height);
  }, [series, width, height, shade, fromMs, toMs]);
  if (props.isTable) return <HeatTwin {...props} />;
  const sum = heat.reduce((all, cells) => all + cells.reduce((one, each) => one + each, 0), 0);
  const lineOf = (value: number) => {
    const at = bounds.findIndex((bound) => value <= bound);
    return at === -1 ? bounds.length : at;
  };
  return (
    <div class="heatwrap chart">
      {bounds.map((bound, i) => (
        i % Math.max(1, Math.ceil(bounds.length / 8)) === 0 && (
          <span key={bound} class="y" style={{ top: `${TOP + height - (i + 1) * CELL}px` }}>
            {unit(bound)}
          </span>
        )
      ))}
      <canvas
        ref={canvas}
        role="img"
        aria-label={`${label}: ${count(sum)} by time and bucket, from ${clock(fromMs)} to ${
          clock(toMs)
        }.`}
        style={{ height: `${height}px` }}
      />
      <TimeAxis fromMs={fromMs} toMs={toMs} width={width} />
      {width > 0 &&
        rings.filter(({ timeMs }) => timeMs >= fromMs && timeMs <= toMs).map((ring) => (
          <a
            key={ring.href}
            class="ex"
            href={ring.href}
            title={ring.title}
            aria-label={ring.title}
            style={{
              left: `${LEFT + (ring.timeMs - fromMs) / length * width}px`,
              top: `${TOP + height - (lineOf(ring.value) + 0.5) * CELL}px`,
            }}
          />
        ))}
      {timeMs.length === 0 && <p class="note-text">No point yet.</p>}
    </div>
  );
}

function paintHeat(
  canvas: HTMLCanvasElement,
  { series: { heat = [], bounds = [] }, timeMs, everyMs, fromMs, toMs }: MetricHeatProps,
  width: number,
  height: number,
): void {
  const context = sized(canvas, width, height);
  if (context === undefined) return;
  const style = getComputedStyle(document.documentElement);
  context.fillStyle = style.getPropertyValue("--heat0");
  context.fillRect(0, 0, width, height);
  context.fillStyle = style.getPropertyValue("--heat1");
  const most = Math.max(1, ...heat.map((cells) => Math.max(0, ...cells)));
  const length = Math.max(1, toMs - fromMs), lines = bounds.length + 1;
  for (let i = 0; i < heat.length; i++) {
    const end = timeMs[i], begin = timeMs[i - 1] ?? (end ?? 0) - everyMs;
    if (end === undefined) continue;
    const left = (begin - fromMs) / length * width, right = (end - fromMs) / length * width;
    for (let line = 0; line < lines; line++) {
      const observed = heat[i]![line] ?? 0;
      if (observed === 0) continue;
      context.globalAlpha = 0.12 + 0.88 * (observed / most) ** POWER;
      context.fillRect(
        left,
        height - (line + 1) * CELL,
        Math.max(1, right - left - 0.5),
        CELL - 0.5,
      );
    }
  }
}

/** The numbers, at most so many times. */
function HeatTwin({ series, timeMs, unit, label }: MetricHeatProps): JSX.Element {
  const heat = series.heat ?? [], bounds = series.bounds ?? [];
  const times = Math.max(1, Math.ceil(timeMs.length / MAX_LINES));
  const shownTimes = timeMs.map((_, i) => i).filter((i) => i % times === 0);
  return (
    <div class="scroll">
      <table class="twin">
        <caption class="sr">{label}</caption>
        <thead>
          <tr>
            <th scope="col">At most</th>
            {shownTimes.map((i) => <th key={i} scope="col" class="num">from {clock(timeMs[i]!)}
            </th>)}
          </tr>
        </thead>
        <tbody>
          {[...bounds, Infinity].map((bound, line) => (
            <tr key={bound}>
              <th scope="row">{bound === Infinity ? "more" : unit(bound)}</th>
              {shownTimes.map((i) => {
                let sum = 0;
                for (let at = i; at < i + times; at++) sum += heat[at]?.[line] ?? 0;
                return <td key={i} class="num">{sum === 0 ? "–" : count(sum)}</td>;
              })}
            </tr>
          )).reverse()}
        </tbody>
      </table>
    </div>
  );
}
