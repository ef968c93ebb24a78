/**
 * Databases: each query is timed, told without its values, and added to the request that it belongs to. No
 * driver is a dependency.
 *
 * @module
 */
export { instrumentMysql2, type Mysql2Queryable } from "./driver/mysql2.ts";
export { instrumentPg } from "./driver/pg.ts";
export { instrumentSqlite, type SqliteDatabase, type SqliteOptions } from "./driver/sqlite.ts";
export { uninstrument } from "./query/instrumented.ts";
export type { DatabaseParts, QueryOptions } from "./query/parts.ts";
export { type QueryDescription, traced } from "./traced.ts";
export { instrumentRedis, type RedisClient } from "./driver/redis.ts";
export { instrumentBunSql, instrumentPostgresJs } from "./driver/tagged.ts";
export type { PgQueryable, TaggedSql } from "./driver/client.ts";
export type { PgOptions, SqlOptions } from "./driver/options.ts";
export { databaseCheck } from "./health.ts";
