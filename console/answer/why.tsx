/**
 * What some requests have that the others have not.
 *
 * @module
 */
import type { ComponentChildren, JSX } from "preact";
import { useMemo } from "preact/hooks";
import { ask } from "../../src/events/ask/ask.ts";
import type { RowsAnswer, WhyAnswer } from "../../src/events/ask/answer.ts";
import type { Condition, Question } from "../../src/events/question/question.ts";
import type { Finding, Term } from "../../src/events/why/explanation.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { range } from "../data/state.ts";
import { Heat } from "../picture/heat.tsx";
import { Bar } from "../picture/spark.tsx";
import { askHref, go } from "../place.ts";
import { maskOf } from "../question/answer.ts";
import { joined, ofBox, ofFinding, whereOf } from "../question/links.ts";
import { pick } from "../question/pick.ts";
import { worded } from "../question/words.ts";
import { clock, count, many, ms, pct, shown, value } from "../text/format.ts";
import { use } from "../use.ts";
import { FromRequests } from "./elsewhere.tsx";
import { Panel } from "../view/parts.tsx";
import { RequestTable } from "./requests.tsx";

interface WhyProps {
  readonly frame: Frame;
  readonly question: Question;
  readonly answer: WhyAnswer;
  readonly tookMs: number;
}

const EXAMPLES = 18;

/** The answer to `why`. */
export function WhyView({ frame, question, answer, tookMs }: WhyProps): JSX.Element {
  const { fromMs, toMs } = use(range);
  const { selected, others, which, happened, onset } = answer;
  const asked = question.why!, verb = verbOf(asked);
  const { within, chosen, examples } = useMemo(() => {
    const all = maskOf(frame, [question.where]);
    const scope = pick(frame, all), chosen = maskOf(scope, [asked], question.lastMs);
    const list = ask(pick(scope, chosen), "sort -ms top 100") as RowsAnswer;
    const step = Math.max(1, Math.floor(list.rows.length / EXAMPLES));
    return {
      within: scope,
      chosen,
      examples: list.rows.filter((_, i) => i % step === 0).slice(0, EXAMPLES),
    };
  }, [frame, question]);
  const first = which[0] ?? happened[0];
  // "243 of 3 035 requests to /orders took more than 250 ms": all of those are to /orders.
  const such = joined(worded(question.where), worded(asked).replace(/^that /, ""));
  return (
    <>
      <p class="say">
        <b class="s">{count(selected)}</b> of <b>{count(selected + others)}</b> requests{" "}
        {such === "" ? `of the last ${ms(question.lastMs ?? 0)}` : such}. {answer.isTooFew
          ? "Too few to say what they have in common."
          : first === undefined
          ? `They differ from the other ${
            count(others)
          } in nothing that is known of them, beyond chance.`
          : `What is more common in them than in the other ${count(others)}:`}
      </p>
      {selected > 0 && (
        <FromRequests
          frame={within}
          mask={chosen}
          where={joined(whereOf(question), question.whyText ?? "")}
        />
      )}
      <div class="askgrid">
        <div>
          <Panel label="Where they stand">
            <Heat
              frame={within}
              fromMs={fromMs}
              toMs={toMs}
              height={161}
              chosen={chosen}
              note={onset?.timeMs}
              onChoose={(box) => go(askHref(joined(whereOf(question), ofBox(box))))}
            />
            {onset !== undefined && (
              <p class="foot">
                From <b>{clock(onset.timeMs)}</b> on, {pct(onset.after)} {verb}; before that,{" "}
                {pct(onset.before)}.
              </p>
            )}
          </Panel>
          {!answer.isTooFew && (
            <section class="panel why gap" aria-label="What they have in common">
              <Group
                title="Which requests they are"
                side={
                  <>
                    <span class="legend">
                      <i class="sq lamp" />these
                    </span>
                    <span class="legend">
                      <i class="sq other" />all others
                    </span>
                  </>
                }
                findings={which}
                {...{ question, answer, verb }}
              />
              <Group
                title="What happened in them"
                findings={happened}
                {...{ question, answer, verb }}
              />
              <footer class="foot">
                Looked at {many(answer.fields, "field")} and {many(answer.values, "value")} in{" "}
                {tookMs.toFixed(0)} ms, in this page. Shown is what cannot be chance among so many.
                <details>
                  <summary>What was left out</summary>
                  <Fields title="The question is about them" names={answer.byDefinition} />
                  <Fields title="Another value in nearly every request" names={answer.ids} />
                  <Fields title="The same in all" names={answer.constants} />
                </details>
              </footer>
            </section>
          )}
        </div>
        <Panel title="Some of them" side="slowest first">
          <RequestTable rows={examples} field={first?.terms[0]?.field ?? "route"} isNarrow />
        </Panel>
      </div>
    </>
  );
}

/** What is said of a request that is selected. */
function verbOf(why: Condition): string {
  if (why.kind !== "is" || why.values[0]?.kind !== "number") return "are among them";
  const isAbove = why.op === ">" || why.op === ">=";
  if (why.field === "ms" && isAbove) return "are slow";
  return why.field === "status" && isAbove ? "failed" : "are among them";
}

const MOST_FIELDS = 6;

function Fields({ title, names }: { title: string; names: readonly string[] }): JSX.Element | null {
  if (names.length === 0) return null;
  const more = names.length - MOST_FIELDS;
  return (
    <>
      {" "}
      {title}: {names.slice(0, MOST_FIELDS).map(shown).join(", ")}
      {more > 0 && ` and ${more} more`}.
    </>
  );
}

interface GroupProps {
  readonly title: string;
  readonly side?: ComponentChildren;
  readonly findings: readonly Finding[];
  readonly question: Question;
  readonly answer: WhyAnswer;
  readonly verb: string;
}

const MOST_FINDINGS = 5;

function Group({ title, side, findings, question, answer, verb }: GroupProps): JSX.Element | null {
  if (findings.length === 0) return null;
  return (
    <>
      <div class="gh">
        <h2>{title}</h2>
        {side}
      </div>
      {findings.slice(0, MOST_FINDINGS).map((finding) => (
        <FindingRow
          key={finding.terms.map(({ text }) => text).join(" ")}
          {...{ finding, question, answer, verb }}
        />
      ))}
    </>
  );
}

function FindingRow({ finding, question, answer, verb }: {
  finding: Finding;
  question: Question;
  answer: WhyAnswer;
  verb: string;
}): JSX.Element {
  const { terms, selected, others, selectedShare, othersShare, shareWith, shareWithout } = finding;
  const { only, without, by } = ofFinding(question, finding), { also, follows } = finding;
  return (
    <div class="wr">
      <div>
        <div class="p">
          {terms.map((term, i) => (
            <>
              {i > 0 && <span class="and">and</span>}
              <TermText key={term.text} term={term} />
            </>
          ))}
          <span class="acts">
            <a class="ab" title="Only these" href={askHref(only)}>only</a>
            <a class="ab" title="Without these" href={askHref(without)}>without</a>
            {by !== undefined && (
              <a class="ab" title="A table by this field" href={askHref(by)}>by</a>
            )}
          </span>
        </div>
        <p class="x">
          <b>{pct(shareWith)}</b> of the {count(selected + others)} with it {verb}
          {selected + others < answer.selected + answer.others && (
            <>
              ; <b>{pct(shareWithout)}</b> without it
            </>
          )}.
        </p>
        {(also.length > 0 || follows.length > 0) && (
          <p class="x">
            <Terms title="The same requests" terms={also} />
            <Terms title="Goes along with it" terms={follows} />
          </p>
        )}
      </div>
      <div class="two">
        <Bar share={selectedShare} isChosen />
        <span class="pc">{pct(selectedShare)}</span>
        <span class="faint">{count(selected)} of {count(answer.selected)}</span>
        <Bar share={othersShare} />
        <span class="pc o">{pct(othersShare)}</span>
        <span class="faint">{count(others)} of {count(answer.others)}</span>
      </div>
    </div>
  );
}

function TermText({ term: { field, op, value: given } }: { term: Term }): JSX.Element {
  const sign = { "=": "=", ">=": "≥", "<=": "≤", "?": "is there", "-?": "is not there" }[op];
  return (
    <>
      <span class="k">{shown(field)}</span>
      <span class="op">{sign}</span>
      {given !== undefined && (
        <span class="v">
          {value(field, typeof given === "number" ? Number(given.toPrecision(3)) : given)}
        </span>
      )}
    </>
  );
}

function Terms({ title, terms }: { title: string; terms: readonly string[] }): JSX.Element | null {
  if (terms.length === 0) return null;
  return (
    <>
      {title}: {terms.slice(0, 4).map((term, i) => (
        <>
          {i > 0 && ", "}
          <a key={term} class="mono" href={askHref(term)}>{shown(term)}</a>
        </>
      ))}.{" "}
    </>
  );
}
