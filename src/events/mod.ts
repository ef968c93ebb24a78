/**
 * Events: one row for each request or job, in a bounded store.
 *
 * @module
 */
export * from "./event_store.ts";
export { type Row, type RowLimits, Rows, type RowsSince } from "./store/rows.ts";
export { Column, type FieldOptions, type Value } from "./store/column.ts";
export type { Budget, Drops, Hider, Limits } from "./store/budget.ts";
