/**
 * Clients of drivers, by shape.
 *
 * @module
 */

/** A `Pool` or a `Client` of `pg`, by what is used of it. */
export interface PgQueryable {
  /** Sends a query. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  query(...given: any[]): any;
  /** Connects, or takes a client out of the pool. */
  // deno-lint-ignore no-explicit-any -- the driver's overloads
  connect(...given: any[]): any;
}

/** A function for tagged templates, of postgres.js or Bun, by what is used of it. */
// deno-lint-ignore no-explicit-any -- the driver's overloads
export type TaggedSql = ((...given: any[]) => any) & { readonly options?: any };

/** Whether it is a `Pool` or a `Client` of `pg`. */
export function isQueryable(given: unknown): given is PgQueryable {
  const { query, connect } = (given ?? {}) as Partial<PgQueryable>;
  return typeof query === "function" && typeof connect === "function";
}

/** Whether it is a function of postgres.js or Bun. */
export function isTagged(given: unknown): given is TaggedSql {
  return typeof given === "function" && "unsafe" in given;
}
