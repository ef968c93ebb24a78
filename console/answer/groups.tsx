/**
 * Groups of requests as a table; each group is a question.
 *
 * @module
 */
import type { JSX } from "preact";
import type { TableAnswer } from "../../src/events/ask/answer.ts";
import type { Question } from "../../src/events/question/question.ts";
import type { Value } from "../../src/events/store/column.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { is, joined, whereOf } from "../question/links.ts";
import { count, ms, number, pct, plain, shown, value } from "../text/format.ts";
import { Panel, save } from "../view/parts.tsx";

/** The figure of a measure. */
export function cell(measure: string, given: number | null): string {
  if (given === null) return "–";
  if (measure === "errors" || measure === "share") return pct(given);
  if (measure === "rate") return `${given.toFixed(given < 0.995 ? 2 : 1)} /s`;
  if (measure === "count" || measure.startsWith("distinct")) return count(given);
  return /(^|[.(_])ms\)$/.test(measure) ? ms(given) : number(given);
}

/** The key of a group: a question for its rows. */
export function Keys(
  { question, keys, to = askHref }: {
    question: Question;
    keys: readonly (Value | null)[];
    to?: (question: string) => string;
  },
): JSX.Element {
  const where = whereOf(question);
  const all = keys.map((key, i) => is(question.by[i]!, key));
  return (
    <>
      {keys.map((key, i) => (
        <th key={i} scope="row" class="key">
          <a
            class="mono"
            href={to(joined(where, ...all.slice(0, i + 1)))}
            data-row={i === 0 || undefined}
          >
            {key === null ? <span class="faint">not there</span> : value(question.by[i]!, key)}
          </a>
        </th>
      ))}
    </>
  );
}

/** A table of groups. */
export function GroupTable(
  { question, answer, to = askHref }: {
    question: Question;
    answer: TableAnswer;
    to?: (question: string) => string;
  },
): JSX.Element {
  const { by, show, groups, more } = answer;
  const most = Math.max(...groups.map(({ cells }) => cells[0] ?? 0), 1e-9);
  return (
    <Panel
      label="Groups"
      className="clip"
    >
      <div class="scroll">
        <table>
          <thead>
            <tr>
              {by.map((field) => <th key={field} scope="col">{shown(field)}</th>)}
              {show.map((measure, i) => (
                <>
                  <th key={measure} scope="col" class="num">
                    <Sorted question={question} measure={measure} to={to} />
                  </th>
                  {i === 0 && <th class="pic slim" aria-label={`${measure}, as a bar`} />}
                </>
              ))}
            </tr>
          </thead>
          <tbody>
            {groups.map(({ keys, cells }, line) => (
              <tr key={line}>
                <Keys question={question} keys={keys} to={to} />
                {cells.map((given, i) => (
                  <>
                    <td
                      key={i}
                      class={`num${show[i] === "errors" && (given ?? 0) > 0.02 ? " bad" : ""}`}
                    >
                      {cell(show[i]!, given)}
                    </td>
                    {i === 0 && (
                      <td class="barcell">
                        <Bar share={(given ?? 0) / most} />
                      </td>
                    )}
                  </>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <footer class="foot">
        {more > 0 ? `${count(more)} more groups; “top 200” shows more. ` : ""}
        <button
          type="button"
          class="link"
          onClick={() => save("telltale-groups.csv", [csv(answer)], "text/csv;charset=utf-8")}
        >
          Save as CSV
        </button>
      </footer>
    </Panel>
  );
}

/** A measure as a heading: errors are answers 5xx. */
export function nameOf(measure: string): string {
  return measure === "errors" ? "5xx" : shown(measure);
}

/** A heading that sorts by its measure, downwards, then upwards. */
function Sorted(
  { question, measure, to }: {
    question: Question;
    measure: string;
    to: (question: string) => string;
  },
): JSX.Element {
  const { sort, text } = question;
  const key = sort &&
    (sort.by.field === undefined ? sort.by.name : `${sort.by.name}(${sort.by.field})`);
  const isSorted = key === measure,
    rest = text.replace(/\bsort\s+-?\s*[\w.]+(?:\([^)]*\))?/, "").trim();
  const next = `sort ${isSorted && sort!.isDescending ? "" : "-"}${measure}`;
  return (
    <a href={to(joined(rest, next))}>
      {nameOf(measure)}
      {isSorted ? (sort!.isDescending ? " ↓" : " ↑") : ""}
    </a>
  );
}

/** The table as CSV. A cell that a spreadsheet would run is text. */
function csv({ by, show, groups }: TableAnswer): string {
  const field = (given: Value | null): string => {
    if (typeof given === "number") return String(given);
    const text = plain(String(given ?? "")), safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
    return `"${safe.replaceAll('"', '""')}"`;
  };
  const lines = [[...by, ...show], ...groups.map(({ keys, cells }) => [...keys, ...cells])];
  return lines.map((line) => line.map(field).join(",")).join("\r\n") + "\r\n";
}
