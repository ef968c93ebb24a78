/**
 * The table of views. **To add one**: write `view/<part>.tsx`, which exports its component as `View`, and
 * `style/<part>.css` if it needs rules of its own; add a line here, and an icon; run `deno task console`. Its
 * code and rules become a part of the page that is loaded when the view is first opened, and what several
 * parts need becomes the part `shared`: the page's first load stays as it is. The name of a new part goes
 * into `src/console/paths.ts`, and its size into `tests/page/build_test.ts`.
 *
 * @module
 */
import type { IconName } from "./view/icon.tsx";

/** A view of the console. */
export interface ViewLine {
  /** The part that it is in; without one it comes with the page. */
  readonly part?: string;
  /** Its name in the list of views; without one it is not in the list. */
  readonly label?: string;
  readonly icon?: IconName;
  /** With `g` before it, the key that opens it. */
  readonly key?: string;
  /** Whether it has a line for questions of its own, in place of the page's. */
  readonly hasLine?: true;
  /** The view that is marked in the list, if not this one. */
  readonly under?: string;
  /** Whether it shows a list beside what the address names: it stays when another is named. */
  readonly isList?: boolean;
}

const TABLE = {
  overview: { label: "Overview", icon: "overview", key: "o" },
  ask: { part: "ask", label: "Ask", icon: "ask", key: "a", hasLine: true },
  traces: { part: "traces", label: "Traces", icon: "traces", key: "t", hasLine: true },
  trace: { part: "trace", under: "traces" },
  logs: { part: "logs", label: "Logs", icon: "logs", key: "l", hasLine: true },
  metrics: { part: "metrics", label: "Metrics", icon: "metrics", key: "m", isList: true },
  runtime: { part: "runtime", label: "Runtime", icon: "runtime", key: "r" },
  health: { part: "health", label: "Health and SLOs", icon: "health", key: "h" },
  database: { part: "database", label: "Database", icon: "database", key: "d" },
  flags: { part: "flags", label: "Flags", icon: "flags", key: "f" },
  profiles: { part: "profiles", label: "Profiles", icon: "profiles", key: "p", isList: true },
  self: { part: "self", label: "Telltale itself", icon: "self", key: "n" },
} as const satisfies Readonly<Record<string, ViewLine>>;

/** One of the views: the first part of the fragment. */
export type View = keyof typeof TABLE;

/** The views, in the order of the list. */
export const VIEWS: Readonly<Record<View, ViewLine>> = TABLE;

/** Parts that are no view: what opens over one, or comes after it. */
export const OTHER_PARTS: readonly string[] = ["findings", "help", "session"];
