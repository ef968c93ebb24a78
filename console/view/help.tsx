/**
 * The keys, and the language in a few lines.
 *
 * @module
 */
import type { JSX } from "preact";
import { askHref } from "../place.ts";
import { VIEWS } from "../views.ts";
import { Dialog } from "./dialog.tsx";
import { isHelpOpen } from "./dialogs.ts";

const KEYS: readonly (readonly [string, string])[] = [
  ["/", "ask"],
  ["j  k", "next, previous row"],
  ["Enter", "open the row"],
  ["←  →", "fold, unfold a span"],
  ["e", "next failed span"],
  ["Space", "pause, go on"],
  ["t", "light or dark"],
  ["Esc", "close, leave the line"],
  ["?", "this list"],
];

/** The views, by their keys. */
const VIEW_KEYS = Object.values(VIEWS).flatMap(({ key, label }): [string, string][] =>
  key === undefined || label === undefined ? [] : [[`g ${key}`, label]]
);

const LANGUAGE: readonly (readonly [string, string])[] = [
  ["status>=500", "requests that failed"],
  ["by route", "a table by a field"],
  ["route:/orders by segment show count,p99(ms)", "the figures you name"],
  ["why status>=500", "what the failed ones have in common"],
  ["route:/orders why ms>250", "the same, among some"],
  ["every 10s by route show rate", "over time"],
  ["timeout", "any field that contains it"],
  ["-route? by path top 20", "what nobody routes"],
  ["ms>100 last 5m sort -ms top 20", "the slowest of five minutes"],
];

/** Keys and language. */
export function View(): JSX.Element {
  return (
    <Dialog open={isHelpOpen} title="Keys and language">
      <div class="helpgrid">
        <dl class="keys">
          {[...VIEW_KEYS, ...KEYS].map(([key, what]) => (
            <div key={key}>
              <dt>{key.split("  ").map((each) => <kbd key={each}>{each}</kbd>)}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <dl class="lang">
          {LANGUAGE.map(([question, what]) => (
            <div key={question}>
              <dt>
                <a class="chip" href={askHref(question)} onClick={() => isHelpOpen.value = false}>
                  {question}
                </a>
              </dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
      </div>
      <p class="muted">
        <span class="mono">field:value</span>, <span class="mono">a,b</span> is either,{" "}
        <span class="mono">
          ~
        </span>{" "}
        contains, <span class="mono">x?</span> is there, <span class="mono">-</span> is not; units
        {" "}
        <span class="mono">250ms 1.5s 2kb</span>, ranges <span class="mono">100..500</span>,{" "}
        <span class="mono">5xx</span>, and{" "}
        <span class="mono">/orders/*</span>. Words of the language as values go in quotes.
      </p>
    </Dialog>
  );
}
