/**
 * Lines over time, with marks, dots and rings. The pointer reads values off; a table has them all.
 *
 * @module
 */
import type { JSX } from "preact";
import { useRef, useState } from "preact/hooks";
import { TimeAxis, useWidth } from "../picture/heat.tsx";
import { clock, shown } from "../text/format.ts";
import type { ChartMark, ChartPoint, Course } from "./course.ts";
import { linearScale } from "./linear.ts";

/** How a chart is drawn. */
export interface ChartProps {
  /** What it shows, for those who can't see it. */
  readonly label: string;
  /** The times of the values, oldest first. */
  readonly timeMs: readonly number[];
  readonly courses: readonly Course[];
  /** A value with its unit. */
  readonly unit: (value: number) => string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly height?: number;
  readonly marks?: readonly ChartMark[];
  readonly points?: readonly ChartPoint[];
  /** A level that must not be passed. */
  readonly limit?: { readonly value: number; readonly text: string } | undefined;
  /** The values' least; 0 unless given. */
  readonly least?: number;
  /** The scale has at least room for this. */
  readonly most?: number;
  /** The numbers in place of the picture. */
  readonly isTable?: boolean;
}

const LEFT = 58, TOP = 8, MARKS = 4, MAX_LINES = 12;

/** A chart. */
export function Chart(props: ChartProps): JSX.Element {
  const { timeMs, courses, unit, fromMs, toMs, height = 150, marks = [], points = [] } = props;
  const picture = useRef<HTMLDivElement>(null), width = useWidth(picture);
  const [at, setAt] = useState<number | undefined>(undefined);
  if (props.isTable === true) return <ChartTable {...props} />;
  const length = Math.max(1, toMs - fromMs), { limit } = props;
  const scale = linearScale(
    valuesOf(props),
    Math.max(2, Math.min(MARKS, Math.floor(height / 34))),
    props.least,
  );
  const x = (time: number) => (time - fromMs) / length * width;
  const y = (value: number) => height - (value - scale.least) / (scale.most - scale.least) * height;
  const move = (event: PointerEvent) => {
    const box = picture.current!.getBoundingClientRect();
    const time = fromMs + (event.clientX - box.left) / box.width * length;
    setAt(nearest(timeMs, time));
  };
  const inside = <T extends { timeMs: number }>(all: readonly T[]) =>
    all.filter((one) => one.timeMs >= fromMs && one.timeMs <= toMs);
  return (
    <figure class="chart">
      <Key {...props} at={at} />
      <div class="heatwrap">
        {scale.marks.map((mark) => (
          <span key={mark} class="y" style={{ top: `${TOP + y(mark)}px` }}>{unit(mark)}</span>
        ))}
        <div
          ref={picture}
          class="plot"
          style={{ height: `${height}px` }}
          role="img"
          aria-label={summaryOf(props)}
          onPointerMove={move}
          onPointerLeave={() => setAt(undefined)}
        >
          {width > 0 && (
            <svg width={width} height={height} aria-hidden="true">
              {scale.marks.map((mark) => (
                <path key={mark} d={`M0 ${round(y(mark))}H${width}`} class="gridline" />
              ))}
              {courses.map((course) => (
                <Drawn key={course.name} of={course} xs={timeMs.map(x)} y={y} />
              ))}
              {limit !== undefined && limit.value <= scale.most && (
                <path d={`M0 ${round(y(limit.value))}H${width}`} class="limit" />
              )}
              {at !== undefined && timeMs[at] !== undefined && (
                <path d={`M${round(x(timeMs[at]!))} 0V${height}`} class="cursor" />
              )}
              {inside(points).filter(({ href }) => href === undefined).map((point, i) => (
                <circle key={i} cx={x(point.timeMs)} cy={y(point.value)} r="3" class="dotmark">
                  <title>{point.title}</title>
                </circle>
              ))}
            </svg>
          )}
        </div>
        <TimeAxis fromMs={fromMs} toMs={toMs} width={width} />
        {width > 0 && labelled(inside(marks), x, width).map(({ timeMs, text, at }) => (
          <div
            key={`${timeMs} ${text}`}
            class="note mark"
            title={`${shown(text)} at ${clock(timeMs)}`}
            style={{ left: `${LEFT + x(timeMs)}px`, height: `${height}px` }}
          >
            {at !== undefined && <span class={at}>{shown(text)}</span>}
          </div>
        ))}
        {width > 0 && inside(points).map((point) =>
          point.href !== undefined && (
            <a
              key={point.href}
              class="ex"
              href={point.href}
              title={point.title}
              aria-label={point.title}
              style={{ left: `${LEFT + x(point.timeMs)}px`, top: `${TOP + y(point.value)}px` }}
            />
          )
        )}
      </div>
    </figure>
  );
}

/** About the width of a sign, and the longest label, in pixels. */
const SIGN = 6.5, MOST_LABEL = 150;

/** Marks, and on which side each has room for its text; where neither has, a title tells it. */
function labelled(
  marks: readonly ChartMark[],
  x: (timeMs: number) => number,
  width: number,
): (ChartMark & { readonly at?: "after" | "before" | undefined })[] {
  let taken = 0;
  return marks.map((mark, i) => {
    const here = x(mark.timeMs), length = Math.min(MOST_LABEL, mark.text.length * SIGN + 16);
    const next = i + 1 < marks.length ? x(marks[i + 1]!.timeMs) : width;
    const at = here + length <= next ? "after" : here - length >= taken ? "before" : undefined;
    taken = at === "after" ? here + length : here;
    return { ...mark, at };
  });
}

/** The courses by name, with their value where the pointer is, or the last one. */
function Key(
  { courses, timeMs, unit, at, limit }: ChartProps & { at: number | undefined },
): JSX.Element {
  return (
    <figcaption class="chartkey">
      {courses.map(({ name, values, color }) => {
        const value = at === undefined ? values.findLast((one) => one !== null) : values[at];
        return (
          <span key={name} class="legend">
            <i class="sq" style={{ background: `var(--${color})` }} />
            <span class="ell">{shown(name)}</span>
            <b class="num">{value === null || value === undefined ? "–" : unit(value)}</b>
          </span>
        );
      })}
      {limit !== undefined && <span class="legend">{limit.text}</span>}
      {at !== undefined && <span class="legend push">{clock(timeMs[at]!)}</span>}
    </figcaption>
  );
}

function Drawn({ of, xs, y }: {
  of: Course;
  xs: readonly number[];
  y: (value: number) => number;
}): JSX.Element {
  const { values, color, as = "line" } = of, paint = `var(--${color})`, floor = y(0);
  let line = "", area = "", begun = -1, last = 0;
  const end = () => {
    if (begun >= 0) area += `L${round(last)} ${round(floor)}L${round(begun)} ${round(floor)}Z`;
    // A value with none beside it is seen, too.
    if (begun >= 0 && begun === last) line += `h.01`;
    begun = -1;
  };
  for (let i = 0; i < xs.length; i++) {
    const value = values[i], x = xs[i]!;
    if (value === null || value === undefined) {
      end();
      continue;
    }
    if (as === "bars") {
      if (value !== 0) line += `M${round(x)} ${round(floor)}V${round(y(value))}`;
      continue;
    }
    const step = `${begun < 0 ? "M" : "L"}${round(x)} ${round(y(value))}`;
    line += step;
    area += step;
    if (begun < 0) begun = x;
    last = x;
  }
  end();
  const gap = xs.length > 1 ? (xs.at(-1)! - xs[0]!) / (xs.length - 1) : 4;
  return (
    <>
      {as === "area" && <path d={area} fill={paint} opacity="0.13" />}
      <path
        d={line}
        fill="none"
        stroke={paint}
        stroke-width={as === "bars" ? Math.max(1.5, Math.min(6, gap * 0.7)) : 1.5}
        stroke-dasharray={as === "dashed" ? "4 3" : undefined}
        stroke-linejoin="round"
        stroke-linecap={as === "bars" ? "butt" : "round"}
      />
    </>
  );
}

/** The numbers of a chart, at most so many lines. */
function ChartTable({ label, timeMs, courses, unit }: ChartProps): JSX.Element {
  const step = Math.max(1, Math.ceil(timeMs.length / MAX_LINES));
  const lines = timeMs.map((_, i) => i).filter((i) => (timeMs.length - 1 - i) % step === 0);
  return (
    <div class="scroll">
      <table class="twin">
        <caption class="sr">{label}</caption>
        <thead>
          <tr>
            <th scope="col">At</th>
            {courses.map(({ name }) => <th key={name} scope="col" class="num">{shown(name)}</th>)}
          </tr>
        </thead>
        <tbody>
          {lines.map((i) => (
            <tr key={timeMs[i]}>
              <th scope="row">{clock(timeMs[i]!)}</th>
              {courses.map(({ name, values }) => {
                const value = values[i];
                return (
                  <td key={name} class="num">
                    {value === null || value === undefined ? "–" : unit(value)}
                  </td>
                );
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function* valuesOf({ courses, points = [], fromMs, toMs, timeMs, most }: ChartProps) {
  for (const { values } of courses) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i];
      if (value !== null && value !== undefined && timeMs[i]! >= fromMs && timeMs[i]! <= toMs) {
        yield value;
      }
    }
  }
  for (const { timeMs, value } of points) if (timeMs >= fromMs && timeMs <= toMs) yield value;
  if (most !== undefined) yield most;
}

function summaryOf({ label, courses, unit, fromMs, toMs }: ChartProps): string {
  const said = courses.map(({ name, values }) => {
    const known = values.filter((value) => value !== null);
    return known.length === 0
      ? `${shown(name)}: nothing known`
      : `${shown(name)}: ${unit(Math.min(...known))} to ${unit(Math.max(...known))}, last ${
        unit(known.at(-1)!)
      }`;
  });
  return `${label} from ${clock(fromMs)} to ${clock(toMs)}. ${said.join("; ")}.`;
}

function nearest(times: readonly number[], time: number): number | undefined {
  if (times.length === 0) return undefined;
  const next = times.findIndex((each) => each >= time);
  if (next === -1) return times.length - 1;
  return next > 0 && time - times[next - 1]! < times[next]! - time ? next - 1 : next;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
