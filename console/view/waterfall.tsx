/**
 * The spans of a trace over time, as a tree that folds.
 *
 * @module
 */
import type { JSX } from "preact";
import { useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import type { NumberedRow } from "../../src/events/ask/answer.ts";
import { type Bar, barsOf, detailOf, roleOf } from "../data/waterfall.ts";
import { keyOf } from "../data/usual.ts";
import type { WireSpan } from "../data/wire.ts";
import { ms, shown } from "../text/format.ts";
import { kindOf } from "../log/lines.tsx";

/** What a waterfall shows. */
export interface WaterfallProps {
  readonly spans: readonly WireSpan[];
  /** Lines of the trace; warnings and errors are ticks on their spans. */
  readonly lines: readonly NumberedRow[];
  readonly selected: string;
  /** How long spans usually take, by their key. */
  readonly usual: ReadonlyMap<string, number>;
  /** How long the request usually takes. */
  readonly rootUsual: number | undefined;
  readonly onSelect: (span: string) => void;
}

const MARKS = [0, 0.25, 0.5, 0.75, 1];
/** A span is slow from so many times its usual duration on, and from so many milliseconds. */
const TIMES_USUAL = 3, NOTICED_MS = 5;
/** From so many spans on there is a filter. */
const MANY = 24;

/** The waterfall. */
export function Waterfall(props: WaterfallProps): JSX.Element {
  const { spans, selected, onSelect } = props, tree = useRef<HTMLDivElement>(null);
  const [folded, setFolded] = useState<ReadonlySet<string>>(new Set());
  const [opened, setOpened] = useState<ReadonlySet<string>>(new Set());
  const [filter, setFilter] = useState("");
  const bars = useMemo(() => barsOf(spans, folded, opened), [spans, folded, opened]);
  const start = Math.min(...spans.map(({ startTimeMs }) => startTimeMs));
  const end = Math.max(...spans.map(({ startTimeMs, durationMs }) => startTimeMs + durationMs));
  const total = Math.max(0.001, end - start);
  const at = Math.max(
    0,
    bars.findIndex(({ spans }) => spans.some(({ spanId }) => spanId === selected)),
  );
  const isMoved = useRef(false);
  // Before the next key can come.
  useLayoutEffect(() => {
    if (isMoved.current) tree.current!.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
    isMoved.current = false;
  }, [at, bars]);
  const select = (line: number) => {
    const bar = bars[Math.max(0, Math.min(bars.length - 1, line))];
    if (bar === undefined) return;
    isMoved.current = true;
    onSelect(bar.span.spanId);
  };
  const fold = (bar: Bar, isFolded: boolean) => {
    isMoved.current = true;
    const id = bar.span.spanId;
    if (bar.spans.length > 1) setOpened(new Set([...opened, id]));
    else {setFolded(
        isFolded ? new Set([...folded, id]) : new Set([...folded].filter((each) => each !== id)),
      );}
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const bar = bars[at];
    if (event.metaKey || event.ctrlKey || event.altKey || bar === undefined) return;
    switch (event.key) {
      case "ArrowDown":
      case "j":
        select(at + 1);
        break;
      case "ArrowUp":
      case "k":
        select(at - 1);
        break;
      case "Home":
        select(0);
        break;
      case "End":
        select(bars.length - 1);
        break;
      case "ArrowRight":
        if (bar.below > 0 && bar.isFolded) fold(bar, false);
        else if (bar.below > 0) select(at + 1);
        break;
      case "ArrowLeft":
        if (bar.below > 0 && !bar.isFolded) fold(bar, true);
        else if (bar.parent >= 0) select(bar.parent);
        break;
      case "e": {
        const isFailed = ({ span }: Bar) => span.status === "error";
        const after = bars.findIndex((each, i) => i > at && isFailed(each));
        const next = after >= 0 ? after : bars.findIndex(isFailed);
        if (next >= 0) select(next);
        break;
      }
      default:
        return;
    }
    event.preventDefault();
    event.stopPropagation();
  };
  const wanted = filter.trim().toLowerCase();
  return (
    <section class="panel wf" aria-label="Spans">
      <div class="wfh">
        <div>
          {spans.length < MANY ? "Span" : (
            <input
              class="field"
              type="search"
              placeholder="Filter spans"
              aria-label="Filter spans by name or attribute"
              value={filter}
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
          )}
        </div>
        <div class="axis" aria-hidden="true">
          {MARKS.map((mark) => (
            <span key={mark} style={{ left: `${mark * 100}%` }}>
              {mark === 0 ? "0" : ms(total * mark)}
            </span>
          ))}
        </div>
      </div>
      <div ref={tree} role="treegrid" aria-label="Spans of the trace" onKeyDown={onKeyDown}>
        {bars.map((bar, line) => (
          <Line
            key={bar.span.spanId}
            bar={bar}
            isSelected={line === at}
            isDim={wanted !== "" && !bar.spans.some((span) => matches(span, wanted))}
            start={start}
            total={total}
            {...props}
            onPress={() => select(line)}
            onFold={() => fold(bar, !bar.isFolded)}
          />
        ))}
      </div>
      <footer class="foot keysline">
        {[...new Set(spans.map(roleOf))].map((role) => (
          <span key={role} class="legend">
            <i class={`sq role-${role}`} />
            {role}
          </span>
        ))}
        <span class="legend">
          <i class="sq fail" />failed
        </span>
        <span class="legend">▾ where it usually ends</span>
        <span class="push wide">
          <kbd>j</kbd> <kbd>k</kbd> move <kbd>←</kbd> <kbd>→</kbd> fold <kbd>e</kbd> next failed
        </span>
      </footer>
    </section>
  );
}

function matches({ name, attributes, statusMessage }: WireSpan, wanted: string): boolean {
  return `${name} ${statusMessage} ${JSON.stringify(attributes)}`.toLowerCase().includes(wanted);
}

function Line(
  { bar, isSelected, isDim, start, total, lines, usual, rootUsual, onPress, onFold }:
    & WaterfallProps
    & {
      bar: Bar;
      isSelected: boolean;
      isDim: boolean;
      start: number;
      total: number;
      onPress: () => void;
      onFold: () => void;
    },
): JSX.Element {
  const { span, spans, depth, below, isFolded } = bar, role = roleOf(span);
  const isFailed = spans.some(({ status }) => status === "error"), count = spans.length;
  const end = Math.max(...spans.map(({ startTimeMs, durationMs }) => startTimeMs + durationMs));
  const took = count > 1
    ? spans.reduce((sum, { durationMs }) => sum + durationMs, 0)
    : span.durationMs;
  const usualMs = count > 1
    ? undefined
    : span.usualMs ?? (depth === 0 ? rootUsual : undefined) ?? usual.get(keyOf(span));
  const isSlow = usualMs !== undefined && took > TIMES_USUAL * usualMs && took > NOTICED_MS;
  const place = (timeMs: number) => `${100 * Math.max(0, Math.min(1, (timeMs - start) / total))}%`;
  const isRight = (end - start) / total < 0.72, detail = detailOf(span);
  const ids = new Set(spans.map(({ spanId }) => spanId));
  const ticks = lines.filter(({ fields }) =>
    ids.has(String(fields.span)) && kindOf(String(fields.level)) !== ""
  );
  return (
    <div
      class={`row role-${role}${isFailed ? " err" : ""}${isDim ? " dim" : ""}`}
      role="row"
      tabIndex={isSelected ? 0 : -1}
      aria-selected={isSelected}
      aria-level={depth + 1}
      aria-expanded={below > 0 ? !isFolded : undefined}
      onClick={onPress}
    >
      <div class="name" role="gridcell">
        {Array.from({ length: Math.min(depth, 12) }, (_, i) => <span key={i} class="guide" />)}
        {below > 0
          ? (
            <button
              type="button"
              tabIndex={-1}
              class={isFolded ? "kids shut" : "kids"}
              aria-label={`${isFolded ? "Unfold" : "Fold"} ${below}`}
              onClick={(event) => {
                event.stopPropagation();
                onFold();
              }}
            >
              {below}
            </button>
          )
          : <span class="nokids" />}
        <span class="kind" />
        <span class="n" title={shown(span.name)}>
          {shown(span.name)}
          {count > 1 && <b class="muted">&nbsp;×{count}</b>}
        </span>
        {detail !== "" && <span class="s">{shown(detail)}</span>}
      </div>
      <div class="times" role="gridcell">
        {MARKS.map((mark) => <i key={mark} class="grid" style={{ left: `${mark * 100}%` }} />)}
        {spans.map(({ spanId, startTimeMs, durationMs }) => (
          <i
            key={spanId}
            class={role === "internal" && below > 0 ? "sb around" : "sb"}
            style={{
              left: place(startTimeMs),
              width: `max(2px, ${100 * durationMs / total}%${count > 1 ? " - 1px" : ""})`,
            }}
          />
        ))}
        {isSlow && <i class="usual" style={{ left: place(span.startTimeMs + usualMs) }} />}
        <span
          class="lab"
          style={isRight
            ? { left: place(end) }
            : { right: `calc(100% - ${place(span.startTimeMs)})` }}
        >
          <span class={isSlow ? "long" : ""}>{ms(took)}</span>
          {isSlow && <span class="u">usually {ms(usualMs)}</span>}
        </span>
        {ticks.map(({ number, fields }) => (
          <i
            key={number}
            class={`tick ${kindOf(String(fields.level))}`}
            title={shown(String(fields.message))}
            style={{ left: place(Number(fields.time)) }}
          />
        ))}
      </div>
    </div>
  );
}
