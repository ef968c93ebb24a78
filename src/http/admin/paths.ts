/**
 * The paths of the endpoints, and what an added endpoint consists of.
 *
 * @module
 */
import { check, refuseUnknown } from "../../core/check.ts";
import type { Right } from "./access.ts";

/**
 * The paths of the endpoints; false turns one off, such as one that the application answers itself.
 */
export interface EndpointPaths {
  /** The metrics. @default "/metrics" */
  readonly metrics?: string | false | undefined;
  /**
   * The health of the service, with components for callers that may read them. @default "/health"
   */
  readonly health?: string | false | undefined;
  /** Whether the process works; open to anyone. @default "/livez" */
  readonly live?: string | false | undefined;
  /** Whether requests should be sent here; open to anyone. @default "/readyz" */
  readonly ready?: string | false | undefined;
  /** Whether the service has started; open to anyone. @default "/startupz" */
  readonly startup?: string | false | undefined;
  /** Where endpoints are added; it must end with `/`. @default "/telltale/" */
  readonly console?: string | false | undefined;
  /** Where profiles are taken; it must end with `/`. @default "/debug/pprof/" */
  readonly profiles?: string | false | undefined;
  /**
   * Whether the application is asked first, so that an endpoint answers only where it says 404; not
   * the endpoints under the path of the console. For an application that has its own `/health`. It
   * costs a call of the handler for each probe. The answers at these paths are not observed.
   *
   * @default false
   */
  readonly fallback?: boolean | undefined;
}

/** An endpoint under the path of the console, or that of profiles. */
export interface AdminEndpoint {
  /**
   * What follows that path, such as `level`; empty for the page itself. One that ends with `/` is
   * for all paths that have 32 characters behind it: an id.
   */
  readonly path: string;
  /** Under which path. @default "console" */
  readonly under?: "console" | "profiles" | undefined;
  /** The methods that it takes; `GET` includes `HEAD`. @default ["GET"] */
  readonly methods?: readonly string[] | undefined;
  /** The right that a caller needs. @default "control" */
  readonly right?: Right | undefined;
  /**
   * Whether it may be on a listener that other machines reach though no token is set: it then answers
   * callers on this machine only. Otherwise such a listener is refused.
   *
   * @default false
   */
  readonly isLocal?: boolean | undefined;
  /**
   * Whether anyone may have it where a token is set, as a page that holds no data and asks for the token.
   *
   * @default false
   */
  readonly isOpen?: boolean | undefined;
  /** Answers a caller that has the right. A throw becomes a 500 without detail. */
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
  profiles: "/debug/pprof/",
};

/**
 * Adds the defaults.
 *
 * @throws {TypeError} for a path that is not valid, or that two endpoints share
 */
export function endpointPaths(options: EndpointPaths = {}): FullPaths {
  const action = "set path of endpoint";
  refuseUnknown(action, options, { ...DEFAULT_PATHS, fallback: true });
  const { fallback: _, ...given } = options;
  const paths: Record<string, string | false> = { ...DEFAULT_PATHS };
  for (const [name, path] of Object.entries(given)) if (path !== undefined) paths[name] = path;
  const taken = new Map<string, string>();
  for (const [name, path] of Object.entries(paths)) {
    if (path === false) continue;
    const must = (isRight: boolean, rule: string) =>
      check(isRight, action, `${name} must ${rule}`, path, TypeError);
    const isPath = typeof path === "string" && /^\/[!-~]*$/.test(path) && !/[?#]/.test(path);
    must(isPath, "start with / and contain no space, query or fragment");
    const isFolder = path.endsWith("/") && path !== "/";
    must(
      isFolder || name !== "console" && name !== "profiles",
      "end with / and be longer than that",
    );
    must(!taken.has(path), `differ from the path of ${taken.get(path)}`);
    taken.set(path, name);
  }
  return paths as FullPaths;
}
