/**
 * A heat map as a table, for those who can't see it.
 *
 * @module
 */
import type { JSX } from "preact";
import { clock, count, ms } from "../text/format.ts";
import type { Cells } from "./cells.ts";
import { decades, valueAt } from "./scale.ts";

const COLUMNS = 6;

/** Requests by sixths of the time and by steps of latency. */
export function HeatTable({ cells }: { cells: Cells }): JSX.Element {
  const bounds = decades(cells.scale).flatMap((decade) => [decade, 3 * decade]).filter((bound) =>
    bound < cells.scale.most
  );
  const table = bounds.map(() => new Uint32Array(COLUMNS));
  for (let cell = 0; cell < cells.all.length; cell++) {
    const x = Math.floor(Math.floor(cell / cells.height) / cells.width * COLUMNS);
    const least = valueAt(cells.scale, (cell % cells.height + 0.5) / cells.height);
    const line = bounds.findLastIndex((bound) => bound <= least);
    table[Math.max(0, line)]![x]! += cells.all[cell]!;
  }
  const width = (cells.toMs - cells.fromMs) / COLUMNS;
  return (
    <table class="twin">
      <caption class="sr">Requests by time and latency</caption>
      <thead>
        <tr>
          <th scope="col">Took at least</th>
          {Array.from(
            { length: COLUMNS },
            (_, i) => (
              <th key={i} scope="col" class="num">from {clock(cells.fromMs + i * width)}</th>
            ),
          )}
        </tr>
      </thead>
      <tbody>
        {bounds.map((bound, line) => (
          <tr key={bound}>
            <th scope="row">{ms(bound)}</th>
            {Array.from(
              table[line]!,
              (requests, i) => <td key={i} class="num">{requests === 0 ? "–" : count(requests)}
              </td>,
            )}
          </tr>
        )).reverse()}
      </tbody>
    </table>
  );
}
