/**
 * What may be said of how requests are observed.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import { check, checkNumber, type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";
import type { Peer } from "../request/peer.ts";
import type { RouteResolver } from "./route.ts";

/** The value of one label of a request's metrics; nothing is the empty value. */
export type LabelFunction = (
  request: Request,
  response: Response | undefined,
) => string | number | boolean | undefined;

/** Which lines a request writes. */
export type RequestLineChoice = "both" | "end" | "none";

/** What `instrument` looks at beyond the standard. What is left out costs nothing. */
export interface ObserveOptions {
  /**
   * Requests that are handled and not observed: paths, a whole branch as `/static/*`, or a rule. A
   * throw of the rule is a no.
   */
  readonly ignore?:
    | readonly string[]
    | ((path: string, request: Request) => boolean)
    | undefined;
  /** Names routes that `setRoute` did not name. */
  readonly route?: RouteResolver | undefined;
  /** Names the span, by default `GET /orders/:id`. As few names as there are routes. */
  readonly spanName?: ((request: Request, route: string) => string) | undefined;
  /** More attributes of the span; the response is undefined when the handler threw. */
  readonly attributes?:
    | ((request: Request, response: Response | undefined) => Attributes)
    | undefined;
  /**
   * More labels of the metrics, by name. A label keeps its first 100 values, of at most 128
   * characters; what comes after them is `_overflow`.
   */
  readonly labels?: Readonly<Record<string, LabelFunction>> | undefined;
  /**
   * Headers that become span attributes. Those that carry credentials are shown to have been there,
   * without their value.
   */
  readonly headers?: {
    readonly request?: readonly string[] | undefined;
    readonly response?: readonly string[] | undefined;
  } | undefined;
  /**
   * Which responses are observed to the end of their body: duration, size, a failure midway, a
   * disconnect. For real streams: such a response is replaced by one with a wrapped body, which costs
   * up to 50 µs and takes from a plain body its `Content-Length`. None by default.
   */
  readonly watchBody?: ((request: Request, response: Response) => boolean) | undefined;
  /**
   * Which lines each request writes: at its start and end (`both`, the default), at its end, or none.
   * They are of the category `http`, so `LOG_LEVEL=info,http=warn` leaves those of usual requests out.
   */
  readonly lines?: RequestLineChoice | undefined;
  /**
   * The methods that are told apart, 1 to 100, in place of those of the semantic conventions; any other
   * is `_OTHER`. Else the environment's `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, a list with commas.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /** Requests that take so many milliseconds to the response's head are logged at warn. */
  readonly slowMs?: number | undefined;
}

/** What requests are seen through. What is left out is left undone. */
export interface ObserverOptions extends ObserveOptions {
  /**
   * Whether this caller's `traceparent` is continued instead of linked. By default a private peer
   * without forwarding headers; `() => false` for a public endpoint. A throw is a no.
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** Counts and times requests. */
  readonly registry?: Registry | undefined;
  /** Makes the server span; without one, spans are made and forgotten, for their ids. */
  readonly tracer?: Tracer | undefined;
  /** Writes a line at the start of a request and one at its end. */
  readonly logger?: Logger | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
  /** Where what goes wrong is counted. */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<ObserverOptions & { endpoints?: unknown }> = {
  ignore: true,
  route: true,
  spanName: true,
  attributes: true,
  labels: true,
  headers: true,
  watchBody: true,
  lines: true,
  knownMethods: true,
  slowMs: true,
  trust: true,
  registry: true,
  tracer: true,
  logger: true,
  clock: true,
  faults: true,
  endpoints: true,
};

/**
 * Checks the options of `instrument`.
 *
 * @throws {TypeError} for an unknown option, or one of another kind
 * @throws {RangeError} for a bound that is out of range
 */
export function checkObserverOptions(options: ObserverOptions): void {
  refuseUnknown("instrument handler", options, KNOWN);
  requireObject("instrument handler", options.labels, "labels");
  const known = { request: true, response: true };
  refuseUnknown("instrument handler", options.headers, known, "headers");
  const { slowMs = Infinity } = options;
  checkNumber("instrument handler", "slowMs", slowMs, 0);
}

/** The test that `ignore` stands for; throws a `TypeError` for a path that is none. */
export function ignoring(
  ignore: ObserveOptions["ignore"],
  faults: Faults,
): ((path: string, request: Request) => boolean) | undefined {
  if (ignore === undefined) return undefined;
  if (typeof ignore === "function") {
    return (path, request) => faults.guard("ignore", () => ignore(path, request)) === true;
  }
  const exact = new Set<string>();
  const branches: string[] = [];
  for (const path of ignore) {
    const isPath = typeof path === "string" && path.startsWith("/");
    check(isPath, "ignore paths", "each must start with /", path, TypeError);
    if (path.endsWith("/*")) branches.push(path.slice(0, -1));
    else exact.add(path);
  }
  return (path) => exact.has(path) || branches.some((branch) => path.startsWith(branch));
}
