/**
 * Databases: each query is timed, told without its values, and added to the request that it belongs to. No
 * driver is a dependency.
 *
 * @module
 */
export { instrumentSqlite, type SqliteDatabase, type SqliteOptions } from "./driver/sqlite.ts";
export { uninstrument } from "./query/instrumented.ts";
export type { DatabaseParts, QueryOptions } from "./query/parts.ts";
export { type QueryDescription, traced } from "./traced.ts";
