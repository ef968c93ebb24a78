/**
 * Ask: one line, and its answer worked out in this page.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { requests, shownRequests } from "../data/state.ts";
import { askHref, change, place } from "../place.ts";
import { answerOf } from "../question/answer.ts";
import { QuestionBox } from "../question/box.tsx";
import { use } from "../use.ts";
import { AnswerView } from "../answer/answer.tsx";
import { Copy, Empty } from "./parts.tsx";

/** Questions to begin with, those whose fields no row has left out. */
const TRY: readonly (readonly [words: string, question: string, ...fields: string[]])[] = [
  ["Which routes?", "by route", "route"],
  ["Why do some fail?", "why status>=500", "status"],
  ["Why are some slow?", "why ms>250", "ms"],
  ["Calls to others", "by http.host show count,p99(http.ms),sum(http.retries)", "http.host"],
  ["Over time", "by route every 30s show rate", "route"],
  ["Slowest", "sort -ms top 20", "ms"],
];

/** The view for questions. */
export function View(): JSX.Element {
  const frame = use(shownRequests), question = use(place).params.get("q") ?? "";
  const answered = useMemo(() => answerOf(frame, question), [frame, question]);
  const tries = TRY.filter(([, , ...fields]) => fields.every((field) => frame.column(field)));
  return (
    <>
      <h1 class="sr">Ask</h1>
      <QuestionBox
        text={question}
        frame={frame}
        label="Question about requests"
        placeholder="by route · why status>=500 · or any word"
        onChange={(q, isDone) => change({ q }, !isDone)}
      >
        <Copy text={() => location.href}>Copy link</Copy>
      </QuestionBox>
      {"error" in answered ? <p class="err-msg" role="alert">{answered.error}</p> : null}
      <div class="chips">
        <span>Try</span>
        {tries.map(([words, each]) => (
          <a
            key={each}
            class="chip"
            href={askHref(each)}
            title={each}
            aria-current={each === question ? "true" : undefined}
          >
            {words}
          </a>
        ))}
      </div>
      {frame.count === 0 && (
        <Empty title={requests.count === 0 ? "No request yet" : "No request in this time"}>
          {requests.count === 0
            ? "Each request gets a row as soon as it ends."
            : "Choose a longer range of time, above."}
        </Empty>
      )}
      {"answer" in answered && frame.count > 0 && <AnswerView frame={frame} answered={answered} />}
    </>
  );
}
