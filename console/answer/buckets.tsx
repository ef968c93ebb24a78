/**
 * Groups over time: a line for each, with the figures of each measure.
 *
 * @module
 */
import type { JSX } from "preact";
import type { BucketsAnswer } from "../../src/events/ask/answer.ts";
import type { Question } from "../../src/events/question/question.ts";
import { range } from "../data/state.ts";
import { Spark } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { clock, count, shown, span } from "../text/format.ts";
import { use } from "../use.ts";
import { cell, Keys, nameOf } from "./groups.tsx";
import { Panel } from "../view/parts.tsx";

/** Groups over time. */
export function BucketsTable(
  { question, answer, to = askHref }: {
    question: Question;
    answer: BucketsAnswer;
    to?: (question: string) => string;
  },
): JSX.Element {
  const { by, show, series, startMs, everyMs, count: buckets, more } = answer;
  const { fromMs, toMs } = use(range);
  // A part of a bucket is no figure to compare.
  const isWhole = (i: number) =>
    buckets < 4 || startMs + i * everyMs >= fromMs && startMs + (i + 1) * everyMs <= toMs;
  const values = (line: number, measure: number) =>
    series[line]!.buckets.map((bucket, i) => isWhole(i) ? bucket[measure] ?? NaN : NaN);
  const isCut = buckets > 0 && !(isWhole(0) && isWhole(buckets - 1));
  const tops = show.map((_, measure) =>
    Math.max(
      ...series.flatMap((_, line) => values(line, measure)).filter((each) => each === each),
      1e-9,
    )
  );
  return (
    <Panel
      title={`Every ${span(everyMs)}`}
      side={`${clock(startMs)} – ${clock(startMs + buckets * everyMs)}`}
    >
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {by.map((field) => <th key={field} scope="col">{shown(field)}</th>)}
              {show.map((measure) => (
                <th key={measure} scope="colgroup" colSpan={2}>{nameOf(measure)}</th>
              ))}
            </tr>
          </thead>
          <tbody>
            {series.map(({ keys, cells }, line) => (
              <tr key={line}>
                <Keys question={question} keys={keys} to={to} />
                {show.map((measure, i) => (
                  <>
                    <td key={`${i}a`} class="num">{cell(measure, cells[i] ?? null)}</td>
                    <td key={`${i}b`} class="pic course">
                      <Spark
                        values={values(line, i)}
                        width={show.length === 1 ? 640 : 240}
                        height={show.length === 1 ? 40 : 28}
                        max={tops[i]!}
                        color={measure === "errors" ? "bad" : "blue"}
                      />
                    </td>
                  </>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer class="foot">
        All lines of a measure share one scale, to{" "}
        {show.map((measure, i) => `${cell(measure, tops[i]!)} ${measure}`).join(", ")}.{" "}
        {isCut && "What is not a whole step, at an end, is left out. "}
        {more > 0 && `${count(more)} more groups.`}
      </footer>
    </Panel>
  );
}
