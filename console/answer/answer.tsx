/**
 * The answer to a question: rows, a table, a course over time, or what some requests have in common.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { range } from "../data/state.ts";
import { Heat } from "../picture/heat.tsx";
import { go } from "../place.ts";
import { askHref } from "../place.ts";
import { type Answered, maskOf } from "../question/answer.ts";
import { joined, ofBox, whereOf } from "../question/links.ts";
import { worded } from "../question/words.ts";
import { count, many } from "../text/format.ts";
import { use } from "../use.ts";
import { BucketsTable } from "./buckets.tsx";
import { FromRequests } from "./elsewhere.tsx";
import { Panel } from "../view/parts.tsx";
import { RequestTable } from "./requests.tsx";
import { GroupTable } from "./groups.tsx";
import { WhyView } from "./why.tsx";

/** An answer. */
export function AnswerView({ frame, answered }: { frame: Frame; answered: Answered }): JSX.Element {
  const { question, answer, tookMs } = answered;
  if (answer.kind === "why") {
    return <WhyView frame={frame} question={question} answer={answer} tookMs={tookMs} />;
  }
  const took = <span class="took">{tookMs.toFixed(tookMs < 1 ? 1 : 0)} ms, in this page</span>;
  const such = worded(question.where);
  return (
    <>
      <p class="say">
        <b class={answer.matched < answer.looked ? "s" : ""}>{count(answer.matched)}</b>
        {answer.matched < answer.looked && (
          <>
            {" "}of <b>{count(answer.looked)}</b>
          </>
        )} {answer.looked === 1 ? "request" : "requests"} {such}
        {answer.kind === "table" && question.by.length > 0 && (
          <>
            {" "}in <b>{many(answer.groups.length + answer.more, "group")}</b>
          </>
        )}
        {took}
      </p>
      {answer.matched > 0 && <Elsewhere frame={frame} answered={answered} />}
      {answer.kind === "rows" && (
        <>
          <Where frame={frame} answered={answered} />
          <Panel
            title={question.sort === undefined ? "The newest of them" : "In that order"}
            side={answer.more > 0 ? `${count(answer.more)} more` : undefined}
            className="gap"
          >
            <RequestTable rows={answer.rows} />
          </Panel>
        </>
      )}
      {answer.kind === "table" && answer.matched > 0 && (
        <GroupTable question={question} answer={answer} />
      )}
      {answer.kind === "table" && answer.matched === 0 && (
        <p class="note-text">
          None. Fields and values that there are come up as you type; a word finds them in any
          field.
        </p>
      )}
      {answer.kind === "buckets" && <BucketsTable question={question} answer={answer} />}
    </>
  );
}

function Elsewhere({ frame, answered: { question } }: { frame: Frame; answered: Answered }) {
  const mask = useMemo(() => maskOf(frame, [question.where], question.lastMs), [frame, question]);
  return <FromRequests frame={frame} mask={mask} where={whereOf(question)} />;
}

/** Where the requests stand among all. */
function Where(
  { frame, answered: { question, answer } }: { frame: Frame; answered: Answered },
): JSX.Element {
  const { fromMs, toMs } = use(range);
  const chosen = useMemo(
    () => maskOf(frame, [question.where], question.lastMs),
    [frame, question],
  );
  return (
    <Panel label="Where they stand among all requests">
      <Heat
        frame={frame}
        fromMs={fromMs}
        toMs={toMs}
        height={147}
        chosen={answer.matched < frame.count ? chosen : undefined}
        onChoose={(box) => go(askHref(joined(whereOf(question), ofBox(box))))}
      />
    </Panel>
  );
}
