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
  ["/", "to the line for questions"],
  ["j  k", "next, previous row of a list"],
  ["Enter", "open the row"],
  ["←  →", "fold, unfold a span of a trace"],
  ["e", "next failed span of a trace"],
  ["Space", "pause drawing, go on"],
  ["t", "light or dark"],
  ["Esc", "close a dialog; leave the line; back from a trace"],
  ["?", "this list"],
];

/** The views, by their keys. */
const VIEW_KEYS = Object.values(VIEWS).flatMap(({ key, label }): [string, string][] =>
  key === undefined || label === undefined ? [] : [[`g ${key}`, label]]
);

const LANGUAGE: readonly (readonly [string, string])[] = [
  ["status>=500", "requests that failed"],
  ["by route", "a table by a field"],
  [
    "route:/orders by segment show count,p99(ms)",
    "customers of /orders, with the figures you name",
  ],
  ["why status>=500", "what the failed ones have in common"],
  ["route:/orders why ms>250", "compare slow with other requests of /orders"],
  ["every 10s by route show rate", "over time"],
  ["timeout", "any field that contains it"],
  ["-route? by path top 20", "paths that no route has"],
  ["ms>100 last 5m sort -ms top 20", "the slowest of five minutes"],
];

const SIGNS: readonly (readonly [string, string])[] = [
  ["field:value", "has the value"],
  ["field:a,b", "has either"],
  ["field~part", "contains it"],
  ["field?", "is there"],
  ["-field:value", "has it not"],
  ["250ms 1.5s 2kb", "units"],
  ["100..500 5xx /orders/*", "ranges"],
  ['"show"', "a word of the language as a value"],
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
      <dl class="signs">
        {SIGNS.map(([sign, what]) => (
          <div key={sign}>
            <dt class="mono">{sign}</dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
