/**
 * Small lines without an axis, and bars of a share.
 *
 * @module
 */
import type { JSX } from "preact";

/** How a spark is drawn. */
export interface SparkProps {
  /** Values from left to right; NaN leaves a gap. */
  readonly values: ArrayLike<number>;
  readonly width?: number;
  readonly height?: number;
  /** The name of a colour of the style. */
  readonly color?: string;
  /** The value at the top. @default the greatest */
  readonly max?: number;
  readonly thin?: boolean;
  /** A place from 0 to 1 that is marked. */
  readonly mark?: number | undefined;
}

/** A line over time; what it shows stands beside it in figures. */
export function Spark(
  { values, width = 120, height = 26, color = "blue", max, thin, mark }: SparkProps,
): JSX.Element {
  let top = max ?? 0;
  if (max === undefined) { for (const value of Array.from(values)) if (value > top) top = value; }
  const step = width / Math.max(1, values.length - 1), paint = `var(--${color})`;
  let line = "", area = "", begun = -1;
  const close = (x: number) => {
    if (begun >= 0) area += `L${x.toFixed(1)} ${height}L${begun.toFixed(1)} ${height}Z`;
    begun = -1;
  };
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!, x = i * step;
    if (Number.isNaN(value)) {
      close(x - step);
      continue;
    }
    const y = height - 1.5 - value / (top || 1) * (height - 4);
    const move = `${begun < 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`;
    line += move;
    area += move;
    if (begun < 0) begun = x;
  }
  close((values.length - 1) * step);
  return (
    <svg
      width={width}
      height={height}
      viewBox={`0 0 ${width} ${height}`}
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      <path d={area} fill={paint} opacity="0.13" />
      {mark !== undefined && (
        <path
          d={`M${(mark * width).toFixed(1)} 0V${height}`}
          stroke="var(--lamp)"
          stroke-dasharray="2 2"
          vector-effect="non-scaling-stroke"
        />
      )}
      <path
        d={line}
        fill="none"
        stroke={paint}
        stroke-width={thin ? 1.1 : 1.5}
        stroke-linejoin="round"
        stroke-linecap="round"
        vector-effect="non-scaling-stroke"
      />
    </svg>
  );
}

/** A share as a bar. */
export function Bar({ share, isChosen }: { share: number; isChosen?: boolean }): JSX.Element {
  const width = share > 0 ? Math.max(1.5, Math.min(100, share * 100)) : 0;
  return (
    <div class={isChosen ? "bar sel" : "bar"} aria-hidden="true">
      <i style={{ width: `${width}%` }} />
    </div>
  );
}
