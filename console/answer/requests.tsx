/**
 * Requests as a list; each line opens its trace.
 *
 * @module
 */
import type { JSX } from "preact";
import type { NumberedRow } from "../../src/events/ask/answer.ts";
import type { Value } from "../../src/events/store/column.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref, go, traceHref } from "../place.ts";
import { is } from "../question/links.ts";
import { clock, ms, shown, utc, value } from "../text/format.ts";
import { Status, Table } from "../view/parts.tsx";

/** Requests, with one more field perhaps. */
export function RequestTable(
  { rows, field, isNarrow }: { rows: readonly NumberedRow[]; field?: string; isNarrow?: boolean },
): JSX.Element {
  const most = Math.max(
    ...rows.map(({ fields }) => typeof fields.ms === "number" ? fields.ms : 0),
    1e-9,
  );
  return (
    <Table
      heads={[
        ["Time"],
        ["Took", "num"],
        ["", "pic slim", "Took, as a bar"],
        ["Status"],
        !isNarrow && ["Route"],
        field !== undefined && [shown(field)],
        !isNarrow && ["What is known of it"],
      ]}
    >
      {rows.map(({ number, fields }) => (
        <tr key={number} {...opening(fields.trace)}>
          <td class="mono once">
            <Time time={fields.time} trace={fields.trace} />
          </td>
          <td class="num">{typeof fields.ms === "number" ? ms(fields.ms) : "–"}</td>
          <td class="barcell">
            <Bar share={typeof fields.ms === "number" ? fields.ms / most : 0} isChosen />
          </td>
          <td>
            <Status status={fields.status} />
          </td>
          {!isNarrow && (
            <td class="where">
              <span class="verb">{shown(String(fields.method ?? ""))}</span>{" "}
              <span class="mono">{shown(String(fields.route ?? fields.path ?? ""))}</span>
            </td>
          )}
          {field !== undefined && (
            <td class="mono muted">
              {fields[field] === undefined ? "–" : value(field, fields[field])}
            </td>
          )}
          {!isNarrow && (
            <td class="facts">
              <Facts fields={fields} />
            </td>
          )}
        </tr>
      ))}
    </Table>
  );
}

/** A click anywhere on the line opens the trace; the link in it is for the keyboard. */
function opening(
  trace: Value | undefined,
): { onClick?: (event: MouseEvent) => void; class?: string } {
  if (typeof trace !== "string" || trace === "") return {};
  return {
    class: "opens",
    onClick: (event) => {
      const isOnLink = (event.target as Element).closest("a,button") !== null;
      if (!isOnLink && getSelection()?.isCollapsed !== false) go(traceHref(trace));
    },
  };
}

function Time({ time, trace }: { time: Value | undefined; trace: Value | undefined }): JSX.Element {
  const text = typeof time === "number" ? clock(time) : "–";
  const title = typeof time === "number" ? utc(time) : undefined;
  return typeof trace === "string" && trace !== ""
    ? <a href={traceHref(trace)} title={title} data-row>{text}</a>
    : <span title={title}>{text}</span>;
}

/** Fields that stand in columns of their own, or say little beside others. */
const PLAIN = new Set([
  "time",
  "ms",
  "status",
  "method",
  "route",
  "path",
  "trace",
  "span",
  "request",
  "version",
  "isolate",
  "spans",
  "inflight",
  "loop.ms",
  "sync.ms",
  "bytes.out",
  "body.bytes",
  "queue.ms",
  "db.system",
]);
const MOST = 5;

/** The application's own fields, each a question. */
function Facts({ fields }: { fields: Readonly<Record<string, Value>> }): JSX.Element {
  const known = Object.entries(fields).filter(([name, value]) =>
    !PLAIN.has(name) && value !== 0 && value !== false && !(name === "db.repeat" && value === 1)
  );
  // What the application noted says more than sums of its calls.
  const isSum = ([name]: [string, Value]) => /^(?:db|http|log)\./.test(name) ? 1 : 0;
  const own = known.sort((a, b) => isSum(a) - isSum(b));
  return (
    <>
      {own.slice(0, MOST).map(([name, given]) => (
        <a key={name} href={askHref(is(name, given))}>
          <span class="faint">{shown(name)}=</span>
          {value(name, given)}
        </a>
      ))}
    </>
  );
}
