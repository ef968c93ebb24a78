/**
 * What can happen to a query, and how a driver is put to it.
 *
 * @module
 */
import type { DatabaseParts } from "../../src/db/mod.ts";
import type { DatabaseServer } from "../peers/databases.ts";
import type { Admin } from "./admin.ts";

/** What can happen to a query. */
export const SITUATIONS = [
  "query",
  "error code",
  "timeout",
  "cancel",
  "rollback",
  "pool exhausted",
  "connection lost",
  "server restart",
] as const;
export type Situation = (typeof SITUATIONS)[number];

/** What a query is told as: the name of its span, and what it ended with. */
export type Told = string | RegExp;

/** What surrounds a client in a test. */
export interface Stage {
  readonly server: DatabaseServer;
  readonly admin: Admin;
  /** How many queries were told so far. */
  readonly count: () => number;
}

/** Does something; returns what is told of it. Or: why there is no such thing. */
export type Cell<C> = ((client: C, stage: Stage) => Promise<readonly Told[]>) | string;

/** A driver. */
export interface Driver<C> {
  readonly name: string;
  readonly server: "PostgreSQL" | "MariaDB" | "Redis" | "SQLite";
  readonly isBun: boolean;
  /** The client itself, for its health check. */
  readonly checked?: (client: C) => object;
  open(t: DatabaseParts, server: DatabaseServer): Promise<C>;
  close(client: C): Promise<unknown>;
  readonly cells: Readonly<Record<Situation, Cell<C>>>;
}

// deno-lint-ignore no-explicit-any -- Bun's types change those of Deno
export type Any = any;
/** Imports what only Bun has. */
export const load = (name: string): Promise<Any> => import(name);
/** What a query ends with, when that is an error. */
export const outcome = (promise: Promise<unknown>) => promise.then(() => "done", (error) => error);
