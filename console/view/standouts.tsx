/**
 * What stands out, before anything is asked: requests that fail or are slow, and what they have in common.
 *
 * @module
 */
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Frame } from "../../src/events/store/frame.ts";
import { type Standout, standoutsOf } from "../data/standouts.ts";
import { range } from "../data/state.ts";
import { use } from "../use.ts";
import { Bar, Spark } from "../picture/spark.tsx";
import { askHref, logsHref, traceHref } from "../place.ts";
import { is } from "../question/links.ts";
import { clock, count, many, ms, pct, shown } from "../text/format.ts";

/** How long after one look the next one begins. */
const EVERY_MS = 6000;

/** The sentences at the top of the overview. */
export function View(
  { frame, fromMs, toMs }: { frame: Frame; fromMs: number; toMs: number },
): JSX.Element {
  const [found, setFound] = useState<readonly Standout[] | undefined>(undefined);
  const latest = useRef({ frame, fromMs, toMs }), { text } = use(range);
  latest.current = { frame, fromMs, toMs };
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout>, looked: Frame | undefined;
    const look = () => {
      const { frame, fromMs, toMs } = latest.current;
      const steps = frame === looked ? undefined : standoutsOf(frame, fromMs, toMs);
      looked = frame;
      // A question a task, so that keys and drawing are not held up.
      const go = () => {
        const step = steps?.next();
        if (step?.done === false) timer = setTimeout(go);
        else {
          if (step?.done === true) setFound(step.value);
          timer = setTimeout(look, EVERY_MS);
        }
      };
      go();
    };
    timer = setTimeout(look);
    return () => clearTimeout(timer);
  }, [text]);
  if (found === undefined) return <section class="findings none" aria-label="What stands out" />;
  if (found.length === 0) {
    return (
      <section class="findings none" aria-label="What stands out">
        <p class="calm">
          <span class="dot" />
          Nothing stands out among{" "}
          {many(frame.count, "request")}: no failures and no slow ones have something in common
          beyond chance.
        </p>
      </section>
    );
  }
  return (
    <section class={`findings n${found.length}`} aria-label="What stands out">
      {found.map((standout) => <Card key={standout.question} of={standout} />)}
    </section>
  );
}

function Card({ of }: { of: Standout }): JSX.Element {
  const { kind, route, selected, others, finding, onset, trace, question, course, mark, limitMs } =
    of;
  const isFailed = kind === "failed", [first] = finding.terms;
  return (
    <article class={`panel finding${isFailed ? " err" : ""}`}>
      <h2 class="t">
        <span>
          {route === "" ? "Requests" : <span class="mono">{shown(route)}</span>}
          {isFailed ? " fail" : ` takes ${ms(limitMs)} and more`}
        </span>
        {onset !== undefined && <time>since {clock(onset.timeMs, "min")}</time>}
      </h2>
      <p>
        <b>{count(selected)}</b> of {count(selected + others)}
        {isFailed ? " failed" : ` were slow`}. What they have in common is{" "}
        <b class="mono">{finding.terms.map(({ text }) => shown(text)).join(" ")}</b>:
      </p>
      <div class="fsplit">
        <div class="pairbar">
          <span>{isFailed ? "failed" : "slow"}</span>
          <Bar share={finding.selectedShare} isChosen />
          <b class="num">{pct(finding.selectedShare)}</b>
          <span>others</span>
          <Bar share={finding.othersShare} />
          <span class="num">{pct(finding.othersShare)}</span>
        </div>
        <Spark
          values={course}
          width={220}
          height={44}
          color={isFailed ? "bad" : "lamp"}
          mark={mark}
        />
      </div>
      <div class="acts">
        <a class="btn small primary" href={askHref(question)}>Why</a>
        {trace !== undefined && (
          <a class="btn small" href={traceHref(trace)}>
            {isFailed ? "A failed trace" : "A slow trace"}
          </a>
        )}
        {trace !== undefined && (
          <a class="btn small" href={logsHref(is("trace", trace))}>Its lines</a>
        )}
        {first !== undefined && (
          <a class="btn small" href={askHref(`${of.where} by ${first.field}`.trim())}>
            By {shown(first.field)}
          </a>
        )}
      </div>
    </article>
  );
}
