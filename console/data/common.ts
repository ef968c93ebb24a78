/**
 * How common the values of one row are among the rows of its route.
 *
 * @module
 */
import type { Value } from "../../src/events/store/column.ts";
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { pct } from "../text/format.ts";

/** How common a value is, in words and as a share for a bar. */
export interface Common {
  readonly words: string;
  readonly share: number;
  readonly isRare: boolean;
}

/** Names one of many: that each is different says nothing. */
const IDS = new Set(["time", "trace", "span", "request", "path"]);
/** Fewer distinct numbers are names or small counts. */
const MEASURE = 8, RARE = 0.12, TOP = 0.97;

/** How common each field's value is; fields that name one request are left out. */
export function commonOf(
  same: Frame,
  fields: Readonly<Record<string, Value>>,
): Map<string, Common> {
  const found = new Map<string, Common>();
  for (const [name, value] of Object.entries(fields)) {
    const column = same.column(name);
    if (column === undefined || IDS.has(name) || same.count < 2) continue;
    let equal = 0, below = 0, present = 0;
    const distinct = new Set<Value>();
    for (let i = 0; i < same.count; i++) {
      const other = valueAt(column, i);
      if (other === undefined) continue;
      present++;
      if (distinct.size < MEASURE) distinct.add(other);
      if (other === value) equal++;
      else if (typeof value === "number" && typeof other === "number" && other < value) below++;
    }
    const isMeasure = typeof value === "number" && distinct.size >= MEASURE && name !== "status";
    found.set(
      name,
      isMeasure ? measured((below + equal / 2) / present, value) : named(equal, same.count),
    );
  }
  return found;
}

function measured(above: number, value: number): Common {
  if (above > TOP) {
    return {
      words: `top ${Math.max(1, Math.ceil(100 * (1 - above)))} %`,
      share: above,
      isRare: value > 0,
    };
  }
  return { words: above > 0.5 ? "above half" : "below half", share: above, isRare: false };
}

function named(equal: number, all: number): Common {
  const share = equal / all;
  const words = share < 0.005 ? `1 in ${Math.round(all / Math.max(1, equal))}` : pct(share);
  return { words, share, isRare: share < RARE };
}
