/**
 * The paths of the console.
 *
 * @module
 */

/** The parts of the page that are loaded later, by their paths: fixed texts. */
const PART_PATHS = [
  "part/ask.js",
  "part/database.js",
  "part/findings.js",
  "part/flags.js",
  "part/health.js",
  "part/help.js",
  "part/logs.js",
  "part/metrics.js",
  "part/profiles.js",
  "part/runtime.js",
  "part/self.js",
  "part/session.js",
  "part/shared.js",
  "part/trace.js",
  "part/traces.js",
] as const;

/** What follows the console's path; one that ends with `/` has an id behind it. */
export const PATHS = [
  "",
  "api",
  "api/ask",
  "api/database",
  "api/findings",
  "api/flags",
  "api/generate",
  "api/logs",
  "api/metrics",
  "api/overview",
  "api/profiles",
  "api/rows",
  "api/runtime",
  "api/self",
  "api/session",
  "api/slos",
  "api/stream",
  "api/traces",
  "api/traces/",
  "mcp",
  ...PART_PATHS,
] as const;

/** What a path takes besides `GET`, or in its place. */
export const METHODS: { readonly [path: string]: readonly string[] | undefined } = {
  "api/flags": ["GET", "POST"],
  "api/profiles": ["GET", "POST"],
  mcp: ["POST"],
};

/** A path of the console, after the prefix. */
export type ConsolePath = typeof PATHS[number];

/** Whether a path is the page's or a part's, which hold no data. */
export function isOfPage(path: ConsolePath): path is "" | (typeof PART_PATHS)[number] {
  return path === "" || path.startsWith("part/");
}
