/**
 * An objective: its budget, how fast that burns over each window, and when an alert fires.
 *
 * @module
 */
import type { JSX } from "preact";
import type { SloReply } from "../../src/console/state/shapes.ts";
import { ChartPanel } from "../chart/panel.tsx";
import { Bar } from "../picture/spark.tsx";
import { askHref } from "../place.ts";
import { count, many, ms, number, pct, shown, span } from "../text/format.ts";

const WORDS: Readonly<Record<string, string>> = {
  page: "it pages now",
  ticket: "a ticket is open",
};

/** One objective. */
export function Objective({ of, nowMs }: { of: SloReply; nowMs: number }): JSX.Element {
  const { name, budgetRemaining, curve, alert, question, coverage } = of;
  const isSpent = budgetRemaining <= 0, fromMs = curve.timeMs[0] ?? nowMs - 1000;
  return (
    <ChartPanel
      title={shown(name)}
      side={
        <>
          <span class={`tag ${alert === "page" ? "err" : alert === "ticket" ? "warn" : ""}`}>
            {WORDS[alert] ?? "no alert"}
          </span>
          {question !== undefined && (
            <a class="btn small primary" href={askHref(question)}>Which requests</a>
          )}
        </>
      }
      timeMs={curve.timeMs}
      courses={[{
        name: "budget left",
        values: curve.budget,
        color: isSpent ? "bad" : "good",
        as: "area",
      }]}
      unit={budget}
      fromMs={fromMs}
      toMs={Math.max(nowMs, fromMs + 1000)}
      height={96}
      most={1}
    >
      <div class="slofacts">
        <p>
          {sentenceOf(of)} {isSpent
            ? (
              <>
                The budget of {many(of.windowDays, "day")} is <b class="bad">spent</b>
                {budgetRemaining < 0 && <>, and {number(-budgetRemaining * 100)} % more</>}
              </>
            )
            : (
              <>
                <b>{budget(budgetRemaining)}</b> of the budget of {many(of.windowDays, "day")}{" "}
                is left
              </>
            )}: {count(of.bad)} bad of {many(of.events, "event")}. {pageWords(of)}{" "}
          {coverage < 0.995 && <span class="faint">Known of {pct(coverage)} of the window.</span>}
        </p>
        <Burn of={of} />
      </div>
    </ChartPanel>
  );
}

function sentenceOf({ description, kind, routes, underMs, objective }: SloReply): string {
  if (description !== undefined) return `${shown(description)}.`;
  const what = kind === "latency"
    ? `answer in ${ms(underMs ?? 0)}`
    : kind === "availability"
    ? "are answered without failure"
    : "are good";
  const where = routes === undefined ? "events" : `requests to ${routes.map(shown).join(", ")}`;
  return `${share(objective)} of ${where} ${what}.`;
}

function pageWords({ pagesInMs, alert }: SloReply): string {
  if (alert === "page" || pagesInMs === 0) return "Somebody is being woken.";
  return pagesInMs === null
    ? "As events go now, it never pages."
    : `As events go now, it pages in ${span(pagesInMs)}.`;
}

/** How fast the budget burns, by window; at what rate each rule fires. */
function Burn({ of }: { of: SloReply }): JSX.Element {
  const most = Math.max(...of.alerts.map(({ burn }) => burn), 1);
  return (
    <table class="burn">
      <caption class="sr">How fast the budget burns</caption>
      <thead>
        <tr>
          <th scope="col">Window</th>
          <th scope="col" class="num">Burn</th>
          <th class="barcell" aria-label="Burn as a bar" />
          <th scope="col">Alert</th>
        </tr>
      </thead>
      <tbody>
        {Object.entries(of.burn).map(([window, burn]) => {
          const rule = of.alerts.find(({ long, short }) => long === window || short === window);
          const isOver = rule !== undefined && burn > rule.burn;
          return (
            <tr key={window}>
              <th scope="row">{window}</th>
              <td class={`num ${isOver ? "bad" : ""}`}>{burn === 0 ? "0" : `${number(burn)}×`}</td>
              <td class="barcell">
                <Bar share={burn / most} isChosen={isOver} />
              </td>
              <td class="muted">
                {rule !== undefined &&
                  `${rule.severity} above ${
                    number(rule.burn)
                  }× over ${rule.short} and ${rule.long}`}
              </td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}

function budget(value: number): string {
  return value < 0 || value > 1 ? `${number(value * 100)} %` : pct(value);
}

function share(value: number): string {
  return `${Number((value * 100).toPrecision(6))} %`;
}
