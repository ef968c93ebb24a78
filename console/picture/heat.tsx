/**
 * The heat map: every request by time and latency. A drag over cells, or arrow keys and Enter, chooses some.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { clock, ms } from "../text/format.ts";
import { theme } from "../theme.ts";
import { use } from "../use.ts";
import { type Cells, cellsOf } from "./cells.ts";
import { HeatTable } from "./heat_table.tsx";
import { marksOf } from "./marks.ts";
import { paint } from "./paint.ts";
import { decades, position, timeMarks, valueAt } from "./scale.ts";

/** Some of the cells. */
export interface Box {
  readonly fromMs: number;
  readonly toMs: number;
  readonly leastMs: number;
  /** Infinity where the box reaches the top. */
  readonly mostMs: number;
}

/** A request that is drawn on its own, with its trace. */
export interface Ring {
  readonly timeMs: number;
  readonly ms: number;
  readonly hasFailed: boolean;
  readonly title: string;
  readonly href: string;
}

/** How a heat map is drawn. */
export interface HeatProps {
  readonly frame: Frame;
  readonly fromMs: number;
  readonly toMs: number;
  /** Height in pixels. */
  readonly height: number;
  /** Rows that are chosen. */
  readonly chosen?: Uint8Array | undefined;
  /** Requests with a trace. */
  readonly rings?: readonly Ring[];
  /** Whether the one ring is what the picture is about. */
  readonly isAboutRing?: boolean;
  /** A time that is marked. */
  readonly note?: number | undefined;
  readonly onChoose?: ((box: Box) => void) | undefined;
  /** Shows the numbers in place of the picture. */
  readonly isTable?: boolean | undefined;
}

const LEFT = 52, TOP = 8, CELL = 7;
/** A time so near to the right end, in pixels, would reach over it. */
const EDGE = 24;

/** A corner of a choice, in cells. */
type Cell = readonly [x: number, y: number];

/** Every request by time and latency. */
export function Heat(props: HeatProps): JSX.Element {
  const { frame, fromMs, toMs, height, chosen, rings = [], note, onChoose } = props;
  const canvas = useRef<HTMLCanvasElement>(null), width = useWidth(canvas), name = use(theme);
  const columns = Math.max(24, Math.min(120, Math.floor((width || 840) / CELL)));
  const lines = Math.round(height / CELL);
  const cells = useMemo(
    () => cellsOf(frame, { fromMs, toMs, width: columns, height: lines, chosen }),
    [frame, fromMs, toMs, columns, lines, chosen],
  );
  const marks = useMemo(() => marksOf(frame, fromMs, toMs), [frame, fromMs, toMs]);
  const [choice, setChoice] = useState<readonly [Cell, Cell] | undefined>(undefined);
  useEffect(() => {
    if (canvas.current !== null && width > 0) {
      paint(canvas.current, cells, { width, height, hasChoice: chosen !== undefined });
    }
  }, [cells, width, height, name]);
  if (props.isTable === true) return <HeatTable cells={cells} />;

  const choose = (from: Cell, to: Cell) => {
    setChoice(undefined);
    onChoose?.(boxOf(cells, from, to));
  };
  const drag = dragOf(cells, { height, setChoice, choose });
  const keys = (event: KeyboardEvent) => {
    const step = STEPS[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const [from, to] = choice ??
        [[columns >> 1, lines >> 1], [columns >> 1, lines >> 1]] as const;
      const moved = [
        Math.max(0, Math.min(columns - 1, to[0] + step[0])),
        Math.max(0, Math.min(lines - 1, to[1] + step[1])),
      ] as const;
      setChoice(event.shiftKey ? [from, moved] : [moved, moved]);
    } else if (event.key === "Enter" && choice !== undefined) {
      event.preventDefault();
      choose(...choice);
    } else if (event.key === "Escape" && choice !== undefined) {
      event.stopPropagation();
      setChoice(undefined);
    }
  };
  const x = (timeMs: number) =>
    `${LEFT + (timeMs - fromMs) / Math.max(1, toMs - fromMs) * width}px`;
  const y = (value: number) => `${TOP + height - position(cells.scale, value) * height}px`;
  return (
    <div class="heatwrap">
      {decades(cells.scale).map((mark) => (
        <span key={mark} class="y" style={{ top: y(mark) }}>{round(mark)}</span>
      ))}
      <canvas
        ref={canvas}
        role="img"
        aria-label={summary(cells, onChoose !== undefined)}
        tabIndex={onChoose === undefined ? undefined : 0}
        class={onChoose === undefined ? "" : "choosable"}
        style={{ height: `${height}px` }}
        onKeyDown={onChoose === undefined ? undefined : keys}
        onBlur={() => setChoice(undefined)}
        onPointerDown={onChoose === undefined ? undefined : drag}
      />
      <TimeAxis fromMs={fromMs} toMs={toMs} width={width} />
      {note !== undefined && note >= fromMs && note <= toMs && (
        <div class="note" style={{ left: x(note), height: `${height}px` }}>
          <span>{clock(note, "min")}</span>
        </div>
      )}
      {width > 0 && marks.map(({ timeMs, text }) => (
        <div
          key={`${timeMs} ${text}`}
          class="note mark"
          title={`${text} changed at ${clock(timeMs)}`}
          style={{ left: x(timeMs), height: `${height}px` }}
        >
          <span>{text}</span>
        </div>
      ))}
      {width > 0 && rings.map((ring) => (
        <a
          key={ring.href}
          class={`ex${props.isAboutRing ? " one" : ""}${ring.hasFailed ? " err" : ""}`}
          href={ring.href}
          title={ring.title}
          aria-label={ring.title}
          style={{ left: x(ring.timeMs), top: y(ring.ms) }}
        />
      ))}
      {choice !== undefined && (
        <Brush
          cells={cells}
          choice={choice}
          width={width}
          height={height}
        />
      )}
    </div>
  );
}

const STEPS: Readonly<Record<string, Cell>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

function round(value: number): string {
  return ms(value).replace(/\.0+ /, " ").replace(".00", "");
}

function summary({ all, failed, fromMs, toMs }: Cells, isChoosable: boolean): string {
  const sum = (counts: Uint32Array) => counts.reduce((total, count) => total + count, 0);
  const what = `${sum(all)} requests by time and latency, ${sum(failed)} failed, from ` +
    `${clock(fromMs)} to ${clock(toMs)}.`;
  return isChoosable
    ? `${what} Arrow keys choose a cell, with Shift several; Enter asks why.`
    : what;
}

function Brush(
  { cells, choice: [a, b], width, height }: {
    cells: Cells;
    choice: readonly [Cell, Cell];
    width: number;
    height: number;
  },
): JSX.Element {
  const cellWidth = width / cells.width, cellHeight = height / cells.height;
  const left = Math.min(a[0], b[0]), top = Math.max(a[1], b[1]);
  return (
    <div
      class="brush"
      style={{
        left: `${LEFT + left * cellWidth}px`,
        top: `${TOP + height - (top + 1) * cellHeight}px`,
        width: `${(Math.abs(a[0] - b[0]) + 1) * cellWidth}px`,
        height: `${(Math.abs(a[1] - b[1]) + 1) * cellHeight}px`,
      }}
    />
  );
}

/** The times below a picture. */
export function TimeAxis(
  { fromMs, toMs, width }: { fromMs: number; toMs: number; width: number },
): JSX.Element {
  const length = Math.max(1, toMs - fromMs);
  const { marks, everyMs } = timeMarks(fromMs, toMs, Math.max(2, Math.floor(width / 90)));
  const inside = marks.filter((mark) =>
    Math.min(mark - fromMs, toMs - mark) * width > EDGE * (toMs - fromMs)
  );
  // Of one time no duration can be read.
  if (inside.length < 2) {
    return (
      <div class="xaxis ends" aria-hidden="true">
        <span>{clock(fromMs)}</span>
        <span>{clock(toMs)}</span>
      </div>
    );
  }
  return (
    <div class="xaxis" aria-hidden="true">
      {inside.map((mark) => (
        <span key={mark} style={{ left: `${100 * (mark - fromMs) / length}%` }}>
          {clock(mark, everyMs < 60_000 ? "s" : "min")}
        </span>
      ))}
    </div>
  );
}

function boxOf(cells: Cells, a: Cell, b: Cell): Box {
  const { fromMs, toMs, width, height, scale } = cells;
  const [left, right] = [Math.min(a[0], b[0]), Math.max(a[0], b[0]) + 1];
  const [low, high] = [Math.min(a[1], b[1]), Math.max(a[1], b[1]) + 1];
  const time = (x: number) => fromMs + (toMs - fromMs) * x / width;
  return {
    fromMs: Math.floor(time(left)),
    toMs: Math.ceil(time(right)),
    leastMs: low === 0 ? 0 : valueAt(scale, low / height),
    mostMs: high === height ? Infinity : valueAt(scale, high / height),
  };
}

function dragOf(cells: Cells, { height, setChoice, choose }: {
  readonly height: number;
  readonly setChoice: (choice: readonly [Cell, Cell] | undefined) => void;
  readonly choose: (from: Cell, to: Cell) => void;
}) {
  return (down: PointerEvent) => {
    const canvas = down.currentTarget as HTMLCanvasElement, box = canvas.getBoundingClientRect();
    if (down.button !== 0) return;
    const at = ({ clientX, clientY }: PointerEvent): Cell => [
      clamp(Math.floor((clientX - box.left) / box.width * cells.width), cells.width),
      clamp(Math.floor((1 - (clientY - box.top) / height) * cells.height), cells.height),
    ];
    const from = at(down);
    let hasMoved = false;
    canvas.setPointerCapture(down.pointerId);
    const move = (event: PointerEvent) => {
      hasMoved ||= Math.hypot(event.clientX - down.clientX, event.clientY - down.clientY) > 4;
      if (hasMoved) setChoice([from, at(event)]);
    };
    const end = (event: PointerEvent) => {
      canvas.removeEventListener("pointermove", move);
      canvas.removeEventListener("pointerup", end);
      canvas.removeEventListener("pointercancel", end);
      if (event.type === "pointerup" && hasMoved) choose(from, at(event));
      else setChoice(undefined);
    };
    canvas.addEventListener("pointermove", move);
    canvas.addEventListener("pointerup", end);
    canvas.addEventListener("pointercancel", end);
  };
}

function clamp(cell: number, count: number): number {
  return Math.max(0, Math.min(count - 1, cell));
}

/** The width of an element, in pixels; 0 before it is known. */
export function useWidth(element: { readonly current: HTMLElement | null }): number {
  const [width, setWidth] = useState(0);
  useEffect(() => {
    if (element.current === null) return;
    const observer = new ResizeObserver(([entry]) => setWidth(entry!.contentRect.width));
    observer.observe(element.current);
    return () => observer.disconnect();
  }, [element.current]);
  return width;
}
