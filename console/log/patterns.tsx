/**
 * Lines by what they have in common: how often, since when, and one of them.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { range } from "../data/state.ts";
import { Spark } from "../picture/spark.tsx";
import { logsHref } from "../place.ts";
import { is, joined } from "../question/links.ts";
import { count, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { kindOf } from "./lines.tsx";
import { Panel, Table } from "../view/parts.tsx";

const MOST = 60, BINS = 40;

interface Pattern {
  readonly pattern: string;
  readonly level: string;
  readonly counts: Float64Array;
  lines: number;
}

/** The patterns, the most frequent first; errors before others. */
export function Patterns({ frame, question }: { frame: Frame; question: string }): JSX.Element {
  const { fromMs, toMs } = use(range);
  const patterns = useMemo(() => patternsOf(frame, fromMs, toMs), [frame, fromMs, toMs]);
  return (
    <Panel title={`${count(patterns.length)} patterns`}>
      <Table
        heads={[["Lines", "pic num"], ["Over time", "pic slim"], ["Level", "pic"], ["Pattern"]]}
      >
        {patterns.slice(0, MOST).map(({ pattern, level, lines, counts }) => (
          <tr key={level + pattern}>
            <td class="num">{count(lines)}</td>
            <td class="pic slim">
              <Spark
                values={counts}
                width={150}
                height={20}
                color={kindOf(level) === "error"
                  ? "bad"
                  : kindOf(level) === "warn"
                  ? "lamp"
                  : "blue"}
                thin
              />
            </td>
            <td class={`mono nowrap log ${kindOf(level)} plainrow`}>
              <span class="lv">{shown(level)}</span>
            </td>
            <td class="mono">
              <a href={logsHref(joined(question, is("pattern", pattern)))} data-row>
                {shown(pattern) || "(empty)"}
              </a>
            </td>
          </tr>
        ))}
      </Table>
    </Panel>
  );
}

function patternsOf(frame: Frame, fromMs: number, toMs: number): Pattern[] {
  const column = frame.column("pattern"), levels = frame.column("level");
  const times = frame.column("time")?.numbers, found = new Map<string, Pattern>();
  for (let i = 0; i < frame.count && column && levels && times; i++) {
    const pattern = String(valueAt(column, i) ?? ""), level = String(valueAt(levels, i) ?? "");
    const key = `${level} ${pattern}`,
      bin = Math.floor((times[i]! - fromMs) / Math.max(1, toMs - fromMs) * BINS);
    let known = found.get(key);
    if (known === undefined) {
      found.set(key, known = { pattern, level, counts: new Float64Array(BINS), lines: 0 });
    }
    known.lines++;
    known.counts[Math.max(0, Math.min(BINS - 1, bin))]!++;
  }
  const weight = ({ level }: Pattern) =>
    kindOf(level) === "error" ? 2 : kindOf(level) === "warn" ? 1 : 0;
  return [...found.values()].sort((a, b) => weight(b) - weight(a) || b.lines - a.lines);
}
