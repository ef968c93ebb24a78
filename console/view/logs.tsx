/**
 * The log as it is written: found by the same questions, by level, by pattern.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { valueAt } from "../../src/events/store/frame.ts";
import { lines, range, shownLines } from "../data/state.ts";
import { change, href, logsHref, place } from "../place.ts";
import { answerOf, maskOf } from "../question/answer.ts";
import { QuestionBox } from "../question/box.tsx";
import { pick } from "../question/pick.ts";
import { count, many, shown } from "../text/format.ts";
import { use } from "../use.ts";
import { GroupTable } from "../answer/groups.tsx";
import { LevelBars } from "../log/level_bars.tsx";
import { kindOf, LineList } from "../log/lines.tsx";
import { Patterns } from "../log/patterns.tsx";
import { Copy, Empty, Panel } from "./parts.tsx";
import { BucketsTable } from "../answer/buckets.tsx";
import { FromLines } from "../answer/elsewhere.tsx";

/** Lines in the page at once: as many as it scrolls without effort. */
const PAGE = 300;

/** The log. */
export function View(): JSX.Element {
  const all = use(shownLines), { params } = use(place);
  const question = params.get("q") ?? "", hidden = params.get("without") ?? "";
  const isPatterns = params.get("show") === "patterns";
  const answered = useMemo(() => answerOf(all, question, 1000), [all, question]);
  const found = useMemo(
    () =>
      "question" in answered
        ? pick(all, maskOf(all, [answered.question.where], answered.question.lastMs))
        : undefined,
    [all, answered],
  );
  const off = useMemo(() => new Set(hidden.split(",").filter((level) => level !== "")), [hidden]);
  const frame = useMemo(() => found && withoutLevels(found, off), [found, off]);
  const answer = "answer" in answered ? answered.answer : undefined;
  const isList = answer?.kind === "rows";
  return (
    <>
      <h1 class="sr">Logs</h1>
      <QuestionBox
        text={question}
        frame={all}
        label="Which lines"
        placeholder="which ones: level:error · category:db.* · any word"
        onChange={(q, isDone) => change({ q }, !isDone)}
      >
        <Copy text={() => location.href}>Copy link</Copy>
      </QuestionBox>
      {"error" in answered && <p class="err-msg" role="alert">{answered.error}</p>}
      {lines.count === 0 && (
        <Empty title="No line yet">What the service logs appears here as it is written.</Empty>
      )}
      {found !== undefined && frame !== undefined && isList && lines.count > 0 && (
        <>
          <div class="chips">
            <Levels frame={found} off={off} />
            <span class="push" />
            <div class="switch" role="group" aria-label="Show">
              <a
                href={href("logs", { ...shownParams(params), show: "" })}
                aria-current={!isPatterns}
              >
                Lines
              </a>
              <a
                href={href("logs", { ...shownParams(params), show: "patterns" })}
                aria-current={isPatterns}
              >
                Patterns
              </a>
            </div>
          </div>
          <Panel label="Lines over time" className="below">
            <LevelBars frame={frame} />
          </Panel>
          {isPatterns ? <Patterns frame={frame} question={question} /> : <Tail frame={frame} />}
        </>
      )}
      {answer?.kind === "table" && "question" in answered && (
        <GroupTable question={answered.question} answer={answer} to={logsHref} />
      )}
      {answer?.kind === "buckets" && "question" in answered && (
        <BucketsTable question={answered.question} answer={answer} to={logsHref} />
      )}
      {answer?.kind === "why" && "question" in answered && (
        <Panel title="What distinguishes these lines">
          <p class="note-text">{shown(answer.summary)}</p>
          <ul class="linklist">
            {[...answer.which, ...answer.happened].map(({ sentence, terms }) => (
              <li key={sentence}>
                <a href={logsHref(terms.map(({ text }) => text).join(" "))}>{shown(sentence)}</a>
              </li>
            ))}
          </ul>
        </Panel>
      )}
    </>
  );
}

function shownParams(params: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries(params);
}

function withoutLevels(frame: Frame, off: ReadonlySet<string>): Frame {
  const levels = frame.column("level");
  if (off.size === 0 || levels === undefined) return frame;
  const mask = new Uint8Array(frame.count);
  for (let i = 0; i < frame.count; i++) mask[i] = off.has(String(valueAt(levels, i))) ? 0 : 1;
  return pick(frame, mask);
}

/** The levels with their counts; each can be left out. */
function Levels({ frame, off }: { frame: Frame; off: ReadonlySet<string> }): JSX.Element {
  const counts = countsOf(frame, "level");
  for (const level of off) if (!counts.has(level)) counts.set(level, 0);
  const toggle = (level: string) => {
    const next = new Set(off);
    if (!next.delete(level)) next.add(level);
    change({ without: [...next].join(",") }, true);
  };
  return (
    <div class="levels" role="group" aria-label="Levels">
      {[...counts].sort(([a], [b]) => rank(a) - rank(b)).map(([level, lines]) => (
        <button
          key={level}
          type="button"
          class={`chip lv-${kindOf(level)}`}
          aria-pressed={!off.has(level)}
          title={off.has(level) ? "Show these" : "Leave these out"}
          onClick={() => toggle(level)}
        >
          {shown(level)} <span>{count(lines)}</span>
        </button>
      ))}
    </div>
  );
}

/** How many lines have each value of a field. */
function countsOf(frame: Frame, field: string): Map<string, number> {
  const counts = new Map<string, number>(), column = frame.column(field);
  for (let i = 0; i < frame.count && column !== undefined; i++) {
    const value = String(valueAt(column, i));
    counts.set(value, (counts.get(value) ?? 0) + 1);
  }
  return counts;
}

function rank(level: string): number {
  const at = ["trace", "debug", "info", "notice"].indexOf(level);
  return at >= 0 ? at : kindOf(level) === "warn" ? 5 : kindOf(level) === "error" ? 6 : 4;
}

/** The newest lines, the newest below; it stays at the end unless somebody scrolls up. */
function Tail({ frame }: { frame: Frame }): JSX.Element {
  const box = useRef<HTMLDivElement>(null), [isAtEnd, setAtEnd] = useState(true);
  const [more, setMore] = useState(0), [seen, setSeen] = useState(0);
  use(range);
  const first = Math.max(0, frame.count - PAGE - more);
  const rows = useMemo(
    () =>
      Array.from({ length: frame.count - first }, (_, i) => ({
        number: frame.first + first + i,
        fields: frame.row(first + i),
      })),
    [frame, first],
  );
  useEffect(() => {
    if (!isAtEnd || box.current === null) return;
    box.current.scrollTop = box.current.scrollHeight;
    setSeen(frame.count);
  }, [frame, isAtEnd]);
  const patterns = useMemo(() => countsOf(frame, "pattern"), [frame]);
  const gaps = lines.gaps.reduce((sum, { lost }) => sum + lost, 0);
  return (
    <Panel
      title={many(frame.count, "line")}
      side={
        <>
          <FromLines frame={frame} />
          {gaps > 0 && <span class="bad">{count(gaps)} lost</span>}
          {!isAtEnd && (
            <button type="button" class="btn small" onClick={() => setAtEnd(true)}>
              {frame.count > seen ? `${count(frame.count - seen)} new ↓` : "To the newest ↓"}
            </button>
          )}
        </>
      }
    >
      <div
        class="tail"
        ref={box}
        role="log"
        aria-live="off"
        aria-label="Lines, the newest below"
        tabIndex={0}
        onScroll={({ currentTarget: { scrollTop, scrollHeight, clientHeight } }) =>
          setAtEnd(scrollHeight - scrollTop - clientHeight < 24)}
      >
        {first > 0 && (
          <button type="button" class="link older" onClick={() => setMore(more + PAGE)}>
            {count(Math.min(PAGE, first))} older lines
          </button>
        )}
        {frame.count === 0
          ? (
            <p class="note-text">
              No line has this. Other levels, a longer time, or another word may.
            </p>
          )
          : <LineList rows={rows} gaps={lines.gaps} patterns={patterns} />}
      </div>
    </Panel>
  );
}
