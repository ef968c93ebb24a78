/**
 * Lines of the log.
 *
 * @module
 */
import type { JSX } from "preact";
import type { NumberedRow } from "../../src/events/ask/answer.ts";
import type { Gap } from "../data/table.ts";
import { OWN_FIELDS } from "../data/logline.ts";
import { logsHref, traceHref } from "../place.ts";
import { is } from "../question/links.ts";
import { clock, count, many, ms, shown, utc, value } from "../text/format.ts";

/** How lines are shown. */
export interface LineListProps {
  readonly rows: readonly NumberedRow[];
  /** Times are shown from here on; as times of day without it. */
  readonly startMs?: number;
  /** The name of a span; lines are not tied to spans without it. */
  readonly spanName?: (span: string) => string | undefined;
  readonly onSpan?: (span: string) => void;
  /** How many lines each pattern has; patterns are not shown without it. */
  readonly patterns?: ReadonlyMap<string, number>;
  /** Lines that the page never got are shown where they would stand. */
  readonly gaps?: readonly Gap[];
}

/** Lines, each with its fields; a field is a question. */
export function LineList(
  { rows, startMs, spanName, onSpan, patterns, gaps = [] }: LineListProps,
): JSX.Element {
  let previous = -Infinity;
  return (
    <div class="lines">
      {rows.map(({ number, fields }) => {
        const time = Number(fields.time), level = String(fields.level ?? "");
        const trace = String(fields.trace ?? ""), span = String(fields.span ?? "");
        const name = spanName?.(span);
        const gap = gaps.find(({ afterMs }) => afterMs >= previous && afterMs < time);
        previous = time;
        return [
          gap !== undefined && (
            <p key={`gap ${number}`} class="gapmark" role="note">
              {many(gap.lost, "line")}{" "}
              lost here: newer ones took their room before this page read them
            </p>
          ),
          <div key={number} class={`log ${kindOf(level)}`}>
            <time class="faint" title={utc(time)}>
              {startMs === undefined ? clock(time, "ms") : `+${ms(Math.max(0, time - startMs))}`}
            </time>
            <span class="lv">{shown(level)}</span>
            <span class="text">
              {fields.category !== undefined && (
                <a class="cat" href={logsHref(is("category", fields.category))}>
                  {shown(String(fields.category))}
                </a>
              )}
              {fields.category === undefined ? "" : " "}
              {shown(String(fields.message ?? ""))}
              {Object.entries(fields).filter(([name]) => !OWN_FIELDS.has(name)).map((
                [name, given],
              ) => [
                " ",
                <a key={name} class="fl" href={logsHref(is(name, given))} title="Lines with this">
                  {shown(name)}=<span>{value(name, given)}</span>
                </a>,
              ])}
            </span>
            {patterns !== undefined && <Pattern of={String(fields.pattern)} patterns={patterns} />}
            {spanName === undefined
              ? trace !== "" && (
                <a class="to" href={traceHref(trace, span)} data-row aria-label="Its trace">
                  trace →
                </a>
              )
              : name !== undefined && (
                <button
                  type="button"
                  class="to"
                  onClick={() => onSpan?.(span)}
                >
                  {shown(name)}
                </button>
              )}
          </div>,
        ];
      })}
    </div>
  );
}

/** How many lines have the same pattern; they are its link. */
function Pattern(
  { of, patterns }: { of: string; patterns: ReadonlyMap<string, number> },
): JSX.Element {
  const lines = patterns.get(of) ?? 1, words = lines === 1 ? "alone" : `${count(lines)} alike`;
  const title = `${words}: ${shown(of)}`;
  return (
    <a class="to pt" href={logsHref(is("pattern", of))} title={title} aria-label={title}>
      {words}
    </a>
  );
}

/** The colour of a level, which its name says too. */
export function kindOf(level: string): "error" | "warn" | "" {
  if (/^(err|fatal|crit|alert|emerg|panic)/i.test(level)) return "error";
  return /^warn/i.test(level) ? "warn" : "";
}
