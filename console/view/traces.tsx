/**
 * Requests with their traces, found by a question.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { requests, shownRequests } from "../data/state.ts";
import { askHref, change, href, place } from "../place.ts";
import { answerOf } from "../question/answer.ts";
import { QuestionBox } from "../question/box.tsx";
import { count } from "../text/format.ts";
import { use } from "../use.ts";
import { Copy, Empty, Panel } from "./parts.tsx";
import { RequestTable } from "../answer/requests.tsx";

/** Ways to look at the list. */
const LISTS: readonly (readonly [string, string])[] = [
  ["", "Newest"],
  ["sort -ms", "Slowest"],
  ["status>=500", "Failed"],
  ["sort -spans", "Most spans"],
  ["log.error>0", "With error lines"],
];
const MOST = 100;

/** The list of traces. */
export function View(): JSX.Element {
  const frame = use(shownRequests), question = use(place).params.get("q") ?? "";
  const answered = useMemo(() => answerOf(frame, question, MOST), [frame, question]);
  const answer = "answer" in answered ? answered.answer : undefined;
  return (
    <>
      <h1 class="sr">Traces</h1>
      <QuestionBox
        text={question}
        frame={frame}
        label="Which traces"
        placeholder="which ones: status>=500 · route:/orders ms>250 · sort -ms"
        onChange={(q, isDone) => change({ q }, !isDone)}
      >
        <Copy text={() => location.href}>Copy link</Copy>
      </QuestionBox>
      {"error" in answered && <p class="err-msg" role="alert">{answered.error}</p>}
      <div class="chips">
        <span>Show</span>
        {LISTS.map(([q, words]) => (
          <a
            key={words}
            class="chip"
            href={href("traces", { q })}
            aria-current={q === question ? "true" : undefined}
          >
            {words}
          </a>
        ))}
      </div>
      {frame.count === 0 && (
        <Empty title={requests.count === 0 ? "No request yet" : "No request in this time"}>
          Each request has a line here; it opens its trace.
        </Empty>
      )}
      {frame.count > 0 && answer?.kind === "rows" && (
        <Panel
          title={`${count(answer.matched)} of ${count(answer.looked)} requests`}
          side={
            <>
              {answer.more > 0 && <span>{count(answer.rows.length)} shown</span>}
              <a class="btn small" href={askHref(question)}>Ask about these</a>
            </>
          }
        >
          {answer.rows.length === 0
            ? <p class="note-text">None. Fields and values are completed as you type.</p>
            : <RequestTable rows={answer.rows} />}
        </Panel>
      )}
      {answer !== undefined && answer.kind !== "rows" && (
        <Empty title="This question gives no list">
          <a class="btn" href={askHref(question)}>Ask it</a>
        </Empty>
      )}
    </>
  );
}
