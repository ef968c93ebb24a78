/**
 * Regular expressions in linear time, in the syntax of RE2, which Unleash's servers and clients use.
 *
 * What they look at is often sent by users, and the runtime's own expressions can take time exponential in
 * it. Here all states of an automaton are followed at once (Thompson 1968), so a text costs its length times
 * that of the pattern.
 *
 * @module
 */

import { type Assertion, type CharSet, type Node, PatternParser, word } from "./pattern_parser.ts";

type Step =
  | { readonly has: CharSet; next: number }
  | { readonly fork: number[] }
  | { readonly assert: Assertion; next: number };

const MAX_STEPS = 10_000;
const LINE_END = 10;

/**
 * Compiles a pattern to a test of whether a text has a match in it. Undefined for what is no pattern, or has
 * what can't be matched in linear time: references to groups, and looking around.
 */
export function compilePattern(
  pattern: string,
  ignoreCase: boolean,
): ((text: string) => boolean) | undefined {
  try {
    return matcher(new PatternParser(pattern, ignoreCase).parse());
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The step that ends a match. */
const END = -1;

function matcher(node: Node): (text: string) => boolean {
  const steps: Step[] = [], start = link(node, END, steps);
  return (text) => {
    const codes = [...text].map((one) => one.codePointAt(0)!);
    let states = new Set<number>();
    for (let at = 0; at <= codes.length; at++) {
      // A match may begin anywhere.
      const open = new Set<number>();
      for (const state of states) follow(state, open, steps, codes, at);
      follow(start, open, steps, codes, at);
      if (open.has(END)) return true;
      states = new Set();
      for (const state of open) {
        const step = steps[state]!;
        if ("has" in step && at < codes.length && step.has(codes[at]!)) states.add(step.next);
      }
    }
    return false;
  };
}

/** Adds the steps of a part in front of the step that follows it; returns the first of them. */
function link(node: Node, next: number, steps: Step[]): number {
  if (steps.length > MAX_STEPS) throw new SyntaxError("Cannot compile a pattern: too long");
  const add = (step: Step): number => steps.push(step) - 1;
  switch (node.kind) {
    case "set":
      return add({ has: node.has, next });
    case "assert":
      return add({ assert: node.what, next });
    case "all":
      return node.parts.reduceRight((after, part) => link(part, after, steps), next);
    case "any":
      return add({ fork: node.parts.map((part) => link(part, next, steps)) });
    case "repeat": {
      let first = next;
      if (node.most === Infinity) {
        const fork = [next];
        first = add({ fork });
        fork.push(link(node.part, first, steps));
      } else {
        for (let i = node.least; i < node.most; i++) {
          first = add({ fork: [next, link(node.part, first, steps)] });
        }
      }
      for (let i = 0; i < node.least; i++) first = link(node.part, first, steps);
      return first;
    }
  }
}

/** Adds a step, and all that it leads to without a character. */
function follow(
  from: number,
  open: Set<number>,
  steps: readonly Step[],
  codes: readonly number[],
  at: number,
): void {
  const waiting = [from];
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    if (open.has(state)) continue;
    open.add(state);
    const step = state === END ? undefined : steps[state]!;
    if (step === undefined || "has" in step) continue;
    if ("fork" in step) waiting.push(...step.fork);
    else if (holds(step.assert, codes, at)) waiting.push(step.next);
  }
}

function holds(what: Assertion, codes: readonly number[], at: number): boolean {
  if (what === "begin") return at === 0;
  if (what === "end") return at === codes.length;
  if (what === "line begin") return at === 0 || codes[at - 1] === LINE_END;
  if (what === "line end") return at === codes.length || codes[at] === LINE_END;
  const before = at > 0 && word(codes[at - 1]!), after = at < codes.length && word(codes[at]!);
  return (before !== after) === (what === "boundary");
}
