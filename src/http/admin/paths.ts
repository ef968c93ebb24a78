/**
 * Where the endpoints are, and what may be added to them.
 *
 * @module
 */
import { refuseUnknown } from "../../core/check.ts";
import type { Right } from "./access.ts";

/**
 * Where the endpoints are; each may have another path, or false for none. Turn off what the
 * application answers itself.
 */
export interface EndpointPaths {
  /** The metrics; `/metrics`. */
  readonly metrics?: string | false | undefined;
  /** The health of the service, with components for those who may see them; `/health`. */
  readonly health?: string | false | undefined;
  /** Whether the process works, for anyone; `/livez`. */
  readonly live?: string | false | undefined;
  /** Whether requests should be sent here, for anyone; `/readyz`. */
  readonly ready?: string | false | undefined;
  /** Whether the start is over, for anyone; `/startupz`. */
  readonly startup?: string | false | undefined;
  /** What endpoints are added under; it must end with `/`. @default "/telltale/" */
  readonly console?: string | false | undefined;
  /**
   * Whether the application is asked first, so that an endpoint answers only where it says 404; not
   * the endpoints under the path of the console. For an application that has its own `/health`. It
   * costs a call of the handler for each probe. The answers at these paths are not observed.
   *
   * @default false
   */
  readonly fallback?: boolean | undefined;
}

/** An endpoint under the path of the console. */
export interface AdminEndpoint {
  /** What follows the console's path, such as `level`; empty for the page itself. */
  readonly path: string;
  /** The methods that it takes; `GET` by default, which brings `HEAD`. */
  readonly methods?: readonly string[] | undefined;
  /** The right that a caller needs; to control by default. */
  readonly right?: Right | undefined;
  /** Answers a caller who has the right. A throw is a 500 without detail. */
  answer(request: Request, rest: readonly unknown[]): Response | Promise<Response>;
}

/** The path of every endpoint, or false. */
export type FullPaths = {
  readonly [K in Exclude<keyof EndpointPaths, "fallback">]-?: string | false;
};

const DEFAULT_PATHS: FullPaths = {
  metrics: "/metrics",
  health: "/health",
  live: "/livez",
  ready: "/readyz",
  startup: "/startupz",
  console: "/telltale/",
};

/** Fills in the defaults; throws a `TypeError` for a path that is none or that two share. */
export function endpointPaths(options: EndpointPaths = {}): FullPaths {
  refuseUnknown("set path of endpoint", options, { ...DEFAULT_PATHS, fallback: true });
  const { fallback: _, ...given } = options;
  const paths: Record<string, string | false> = { ...DEFAULT_PATHS };
  for (const [name, path] of Object.entries(given)) if (path !== undefined) paths[name] = path;
  const taken = new Set<string>();
  for (const [name, path] of Object.entries(paths)) {
    if (path === false) continue;
    const fail = (why: string) =>
      new TypeError(`Cannot set path of endpoint ${name} to ${JSON.stringify(path)}: ${why}`);
    if (typeof path !== "string" || !/^\/[!-~]*$/.test(path) || /[?#]/.test(path)) {
      throw fail("it must start with / and hold no space, query or fragment");
    }
    if (name === "console" && (!path.endsWith("/") || path === "/")) {
      throw fail("it must end with / and be more than that");
    }
    if (taken.has(path)) throw fail("another endpoint has it");
    taken.add(path);
  }
  return paths as FullPaths;
}
