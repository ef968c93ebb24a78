/**
 * What is told of a driver's error. Its message may have values of the query, so that only what comes before
 * the first of them is told.
 *
 * @module
 */
import { head } from "../../core/text.ts";

/** A query's failure, without values. */
export interface Failure {
  /** `db.response.status_code`: SQLSTATE, an error number, or the prefix of Redis. */
  readonly status: string | undefined;
  /** `error.type`: the status, a code such as ECONNREFUSED, or the class of the error. */
  readonly type: string;
  /** The beginning of the message; may be empty. */
  readonly message: string;
  /** Whether the database has said it: then the error as it is may have values in it. */
  readonly isSaid: boolean;
}

const MAX_LENGTH = 200;
/** Drivers have no code for those that they time themselves. */
const isTimeout = (message: string): boolean => /\btimeout\b|timed out/i.test(message);
/** SQLSTATE: a class of two characters and three more. */
const SQLSTATE = /^[0-9A-Z]{5}$/;
/** Codes of the operating system. */
const SYSTEM = /^E[A-Z]{3,20}$/;
/** What a code may look like that is told. */
const CODE = /^[A-Z][A-Z0-9_]{1,63}$/;
/** What drivers say without a code. */
const SAID = new Set([
  "Can't add new command when connection is in closed state",
  "Cannot use a pool after calling end on the pool",
  "Client has encountered a connection error and is not queryable",
  "Client was closed and is not queryable",
  "Command timed out",
  "Connection is closed.",
  "Connection terminated",
  "Connection terminated due to connection timeout",
  "Connection terminated unexpectedly",
  "Pool is closed.",
  "Query read timeout",
  "database is not open",
  "timeout exceeded when trying to connect",
]);
const CLASS = /^[A-Za-z_$][\w$]{0,63}$/;
/** Raised by functions and triggers of the application, with a message of their own: RAISE and SIGNAL. */
const RAISED = /^(P0...|1644|1811)$/;

/**
 * What is told of an error of a driver for `system`. Functions of the application run inside of drivers, too: where
 * nobody knows that a message is the database's or the driver's own, it is not told. Never throws.
 */
export function failureOf(error: unknown, system: string, isDriver: boolean = true): Failure {
  const status = statusOf(error, system), code = text(read(error, "code"));
  const said = withoutQuery(text(read(error, "message")) ?? "");
  const isCode = code !== undefined && CODE.test(code);
  const type = status ?? (isCode ? code : isTimeout(said) ? "timeout" : classOf(error));
  // Where a connection failed is no value of a query.
  const isSystem = status === undefined && isCode && SYSTEM.test(code);
  const isRaised = status !== undefined && RAISED.test(status);
  const isOwn = isDriver && status === undefined && !isCode && !SAID.has(said);
  const message = isRaised || isOwn ? "" : isSystem ? head(said, MAX_LENGTH) : toldMessage(said);
  return { status, type, message, isSaid: status !== undefined || code === "ERR_SQLITE_ERROR" };
}

/** Deno ends some messages of SQLite with the whole text of the query. */
function withoutQuery(message: string): string {
  const at = message.indexOf(" in ");
  return at >= 0 && / at offset \d+$/.test(message.slice(-30)) ? message.slice(0, at) : message;
}

function statusOf(error: unknown, system: string): string | undefined {
  const code = read(error, "code"), errno = read(error, "errno");
  switch (system) {
    case "sqlite":
      return numeric(read(error, "errcode")) ?? numeric(errno);
    case "mysql":
    case "mariadb": {
      // What the server says has a state; a lost connection has none.
      const state = read(error, "sqlState");
      return typeof state === "string" && state !== "" ? numeric(errno) : undefined;
    }
    case "redis": {
      const prefix = /^[A-Z][A-Z0-9]{1,31}(?= |$)/.exec(text(read(error, "message")) ?? "")?.[0];
      return prefix;
    }
  }
  // Bun has SQLSTATE in `errno`.
  for (const value of [code, errno]) {
    const state = text(value);
    if (state !== undefined && SQLSTATE.test(state) && !/^[A-Z]{5}$/.test(state)) return state;
  }
  return undefined;
}

/**
 * The beginning of a message, up to what may be a value: anything in quotes, and what follows a colon.
 * SQLite names columns there.
 */
export function toldMessage(message: string): string {
  const line = message.slice(0, 1000);
  const at = line.search(/["'`«“‘(\n]|: /);
  const isNaming = /^(UNIQUE|NOT NULL|FOREIGN KEY|CHECK|PRIMARY KEY) constraint failed: [\w., ]+$/
    .test(line);
  const told = at < 0 || isNaming ? line : `${line.slice(0, at).trimEnd()} …`;
  return head(told.replace(/\d+/g, "?"), MAX_LENGTH);
}

function classOf(error: unknown): string {
  if (typeof error !== "object") return typeof error;
  const own = text(read(read(error, "constructor"), "name")), name = text(read(error, "name"));
  // `pg` names its errors "error"; Bun's SQLiteError has Error for a constructor.
  const candidates = name === "Error" || name === "error" ? [own, name] : [name, own];
  for (const candidate of candidates) {
    if (candidate !== undefined && candidate !== "error" && CLASS.test(candidate)) return candidate;
  }
  return "Error";
}

function numeric(value: unknown): string | undefined {
  return typeof value === "number" && value !== 0 ? String(value) : undefined;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" ? value : undefined;
}

function read(value: unknown, key: string): unknown {
  try {
    return (value as Record<string, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}
