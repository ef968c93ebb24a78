/**
 * The answer to `why`: rows selected, compared, explained.
 *
 * @module
 */
import { isEmpty } from "../question/parse.ts";
import { fieldsOf, type Question } from "../question/question.ts";
import type { Frame, Steps } from "../store/frame.ts";
import { explain } from "../why/explain.ts";
import { withTwins } from "../why/fields.ts";
import { verbOf } from "../why/words.ts";
import type { WhyAnswer } from "./answer.ts";
import { rowsOf } from "./group.ts";
import { numbered, sorted } from "./list.ts";
import { fieldsOfText, type Mask, match } from "./match.ts";

/** Rows shown of those that are explained, where the question does not say `top`. */
const EXAMPLES = 5;

/** What `why` selects from. */
export interface WhyScope {
  readonly frame: Frame;
  readonly question: Question;
  /** Rows that the conditions before `why` hold for, in all the time that is held. */
  readonly where: Mask;
  /** Rows of `last`; all without it. */
  readonly recent: Mask;
  /** Rows that may be shown. */
  readonly limit: number;
}

/** Explains the rows that `why` asks for, beside those of `vs` or all others. */
export function* why(scope: WhyScope): Steps<WhyAnswer> {
  const { frame, question, where, recent } = scope;
  const asked = question.why!, isOfTime = isEmpty(asked);
  // "why last 5m" asks what is new in these minutes, beside what was before them.
  const mask = isOfTime ? Uint8Array.from(recent) : yield* match(frame, asked);
  const rest = question.vs === undefined ? undefined : yield* match(frame, question.vs);
  const others = new Uint8Array(mask.length);
  let looked = 0;
  for (let i = 0; i < mask.length; i++) {
    const isIn = where[i]! & (isOfTime ? 1 : recent[i]!);
    looked += isOfTime ? 1 : recent[i]!;
    mask[i]! &= isIn;
    others[i] = isIn & (mask[i]! ^ 1) & (rest?.[i] ?? 1);
  }
  const selected = rowsOf(mask);
  const explanation = yield* explain({
    frame,
    selected,
    others: rowsOf(others),
    byDefinition: withTwins([
      ...fieldsOf(asked),
      ...fieldsOf(question.vs ?? asked),
      ...yield* fieldsOfText(frame, asked, mask),
    ]),
    isOfTime,
    scope: question.whereText,
    asked: isOfTime ? "are of that time" : `have ${question.whyText}`,
    verb: isOfTime ? "are of that time" : verbOf(asked),
  });
  const count = Math.min(question.top ?? EXAMPLES, scope.limit);
  const rows = yield* sorted(frame, selected, "ms", true, count);
  return {
    kind: "why",
    question: question.text,
    looked,
    matched: selected.length,
    more: selected.length - rows.length,
    ...explanation,
    examples: yield* numbered(frame, rows),
  };
}
