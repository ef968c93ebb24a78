/**
 * The paths of the console.
 *
 * @module
 */

/** What follows the console's path; one that ends with `/` has an id behind it. */
export const PATHS = [
  "",
  "api",
  "api/ask",
  "api/findings",
  "api/flags",
  "api/generate",
  "api/logs",
  "api/overview",
  "api/rows",
  "api/session",
  "api/stream",
  "api/traces",
  "api/traces/",
  "mcp",
] as const;

/** What a path takes besides `GET`, or in its place. */
export const METHODS: { readonly [path: string]: readonly string[] | undefined } = {
  "api/flags": ["GET", "POST"],
  mcp: ["POST"],
};

/** A path of the console, after the prefix. */
export type ConsolePath = typeof PATHS[number];
