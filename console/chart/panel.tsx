/**
 * A chart in a panel, with its numbers as a table.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Panel } from "../view/parts.tsx";
import { Chart, type ChartProps } from "./chart.tsx";

/** A chart under its title; `children` stand below it. */
export function ChartPanel(
  { title, side, children, ...chart }: Omit<ChartProps, "label" | "isTable"> & {
    title: string;
    side?: ComponentChildren;
    children?: ComponentChildren;
  },
): JSX.Element {
  const [isTable, setTable] = useState(false);
  return (
    <Panel
      title={title}
      className="below"
      side={
        <>
          {side}
          <AsTable isTable={isTable} onChange={setTable} />
        </>
      }
    >
      {chart.timeMs.length === 0
        ? <p class="note-text">Nothing is known of this time yet: a point comes every 5 seconds.</p>
        : <Chart {...chart} label={title} isTable={isTable} />}
      {children}
    </Panel>
  );
}

/** Changes between a picture and its numbers. */
export function AsTable(
  { isTable, onChange }: { isTable: boolean; onChange: (isTable: boolean) => void },
): JSX.Element {
  return (
    <button
      type="button"
      class="btn small"
      aria-pressed={isTable}
      onClick={() => onChange(!isTable)}
    >
      {isTable ? "As a picture" : "As a table"}
    </button>
  );
}
