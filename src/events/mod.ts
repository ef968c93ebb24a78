/**
 * Events: one row for each request or job in a bounded store, and questions about it.
 *
 * @module
 */
export * from "./event_store.ts";
export * from "./slices.ts";
export { ask, type AskOptions } from "./ask/ask.ts";
export type {
  Answer,
  AnswerBase,
  BucketsAnswer,
  Group,
  NumberedRow,
  RowsAnswer,
  Series,
  TableAnswer,
  WhyAnswer,
} from "./ask/answer.ts";
export type { Explanation, Finding, Onset, Term } from "./why/explanation.ts";
export { parse } from "./question/parse.ts";
export type { Literal } from "./question/literal.ts";
export {
  type Condition,
  type Measure,
  type Operator,
  type Order,
  type Question,
  QuestionError,
} from "./question/question.ts";
export { Frame, type FrameColumn, type Keys, type Steps } from "./store/frame.ts";
export { type Row, Rows, type RowsSince } from "./store/rows.ts";
export type { RowLimits } from "./store/limits.ts";
export { Column, type FieldOptions, type Value } from "./store/column.ts";
export type { Budget, Drops, Hider, Limits } from "./store/budget.ts";
export type { Clock } from "../core/clock.ts";
export type { Redactor } from "../core/redact/redactor.ts";
export type { RedactOptions } from "../core/redact/options.ts";
export type { RedactPattern } from "../core/redact/pattern.ts";
