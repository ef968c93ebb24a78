/**
 * What a chart draws.
 *
 * @module
 */

/** A value that changes over time. */
export interface Course {
  readonly name: string;
  /** One for each time of the chart; null where it is not known. */
  readonly values: readonly (number | null)[];
  /** The name of a colour of the style. */
  readonly color: string;
  /** How it is drawn. @default "line" */
  readonly as?: "line" | "area" | "bars" | "dashed";
}

/** A moment that is marked, such as a deploy. */
export interface ChartMark {
  readonly timeMs: number;
  readonly text: string;
}

/** A single value with a link or a meaning of its own. */
export interface ChartPoint {
  readonly timeMs: number;
  readonly value: number;
  readonly title: string;
  /** Where it leads; a point without one is a dot. */
  readonly href?: string;
}

/** The colours of courses that are alike, in this order. */
export const COLORS: readonly string[] = [
  "blue",
  "client",
  "db",
  "lamp",
  "good",
  "bad",
  "internal",
  "heat1",
  "text",
  "faint",
];
