/**
 * What the service itself finds unusual: at most five sentences with what they rest on.
 *
 * @module
 */
import type { JSX } from "preact";
import type { FindingsReply } from "../../src/console/api/shapes.ts";
import type { Figure, Finding } from "../../src/console/findings/finding.ts";
import { useReply } from "../data/reply.ts";
import { Bar } from "../picture/spark.tsx";
import { askHref, href, logsHref, traceHref, type View as Place } from "../place.ts";
import { is } from "../question/links.ts";
import { clock, local, many, ms, number, pct, shown } from "../text/format.ts";

const EVERY_MS = 30_000;

/** The view that shows more of what a detector looks at. */
const VIEWS: Readonly<Partial<Record<Finding["kind"], readonly [Place, string]>>> = {
  burning: ["health", "Objectives"],
  health: ["health", "Health"],
  series: ["metrics", "Metrics"],
  heap: ["runtime", "Runtime"],
  clock: ["runtime", "Runtime"],
  blocked: ["runtime", "Runtime"],
  repeats: ["database", "Database"],
  lost: ["self", "Telltale itself"],
};

/** The sentences at the top of the overview. */
export function View(): JSX.Element {
  const reply = useReply<FindingsReply>("api/findings", { everyMs: EVERY_MS }), found = reply.value;
  if (found === undefined) {
    return (
      <section class="findings none" aria-label="What is unusual">
        {reply.why !== "" && (
          <p class="calm">
            What is unusual is not known: {shown(reply.why)}. Ask{" "}
            <a class="link" href={askHref("why status>=500")}>why requests fail</a> instead.
          </p>
        )}
      </section>
    );
  }
  if (found.findings.length === 0) {
    return (
      <section class="findings none" aria-label="What is unusual">
        <p class="calm">
          <span class="dot" />
          <b>Nothing unusual</b> at {clock(found.timeMs, "min")}. Looked at {shown(found.looked)}.
        </p>
      </section>
    );
  }
  return (
    <>
      <section class={`findings n${found.findings.length}`} aria-label="What is unusual">
        {found.findings.map((finding) => (
          <Card
            key={`${finding.kind} ${finding.subject}`}
            of={finding}
            nowMs={found.timeMs}
          />
        ))}
      </section>
      <p class="calm below">
        {found.more > 0 && <>{many(found.more, "more finding")}, less bad.{" "}</>}
        Looked at {shown(found.looked)}.
      </p>
    </>
  );
}

function Card({ of, nowMs }: { of: Finding; nowMs: number }): JSX.Element {
  const { kind, severity, title, sinceMs, figures, evidence, question, trace } = of;
  const hasTrace = trace !== undefined && trace !== "", view = VIEWS[kind];
  return (
    <article class={`panel finding ${severity}`}>
      <p class="s">
        <span class={`sev ${severity}`}>{severity}</span>
        {sinceMs !== undefined && <time>since {clock(sinceMs, "min")}</time>}
      </p>
      <h2 class="t">{local(shown(title), nowMs)}</h2>
      <dl class="figures">
        {figures.map((figure) => <Rested key={figure.name} on={figure} />)}
      </dl>
      {evidence.length > 0 && (
        <ul class="evidence">
          {evidence.map((sentence) => <li key={sentence}>{local(shown(sentence), nowMs)}</li>)}
        </ul>
      )}
      <div class="acts">
        {question !== undefined && (
          <a class="btn small primary" href={askHref(question)} title={shown(question)}>
            {/\bwhy\b/.test(question) ? "Why" : "Ask"}
          </a>
        )}
        {kind === "outside" && (
          <a class="btn small primary" href={logsHref("-trace?")}>Lines outside requests</a>
        )}
        {hasTrace && <a class="btn small" href={traceHref(trace)}>A trace</a>}
        {hasTrace && <a class="btn small" href={logsHref(is("trace", trace))}>Its lines</a>}
        {view !== undefined && <a class="btn small" href={href(view[0])}>{view[1]}</a>}
      </div>
    </article>
  );
}

/** A figure; with what it was before as two bars. */
function Rested({ on }: { on: Figure }): JSX.Element {
  const { name, value, before } = on;
  const most = isShare(name) ? 1 : Math.max(value, before ?? 0) || 1;
  return (
    <div>
      <dt>{shown(name)}</dt>
      <dd>
        {before === undefined ? <b class="num">{told(name, value)}</b> : (
          <div class="pairbar">
            <span>now</span>
            <Bar share={value / most} isChosen />
            <b class="num">{told(name, value)}</b>
            <span>before</span>
            <Bar share={before / most} />
            <span class="num">{told(name, before)}</span>
          </div>
        )}
      </dd>
    </div>
  );
}

function isShare(name: string): boolean {
  return /share|left/.test(name);
}

function told(name: string, value: number): string {
  if (isShare(name)) return value < 0 ? `${number(value * 100)} %` : pct(value);
  return /\bms\b/.test(name) ? ms(value) : number(value);
}
