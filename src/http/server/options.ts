/**
 * Options of `instrument`.
 *
 * @module
 */
import type { Attributes } from "../../core/attributes.ts";
import type { Blocks } from "../../core/runtime/blocks.ts";
import { check, checkNumber, type Known, refuseUnknown, requireObject } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { EventStore } from "../../events/event_store.ts";
import type { Logger } from "../../log/logger.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Tracer } from "../../trace/tracer.ts";
import type { Peer } from "../request/peer.ts";
import type { RouteResolver } from "./route.ts";

/** The value of one label in the metrics of a request; undefined is the empty value. */
export type LabelFunction = (
  request: Request,
  response: Response | undefined,
) => string | number | boolean | undefined;

/** The log lines of a request: at its start and end, at its end, or none. */
export type RequestLineChoice = "both" | "end" | "none";

/** What `instrument` observes beyond the standard. What is left out costs nothing. */
export interface ObserveOptions {
  /**
   * Requests that are not observed: paths, whole branches such as `/static/*`, or a rule. A throw
   * of the rule counts as no.
   */
  readonly ignore?:
    | readonly string[]
    | ((path: string, request: Request) => boolean)
    | undefined;
  /** Names the routes that `setRoute` did not name. */
  readonly route?: RouteResolver | undefined;
  /** Names the span; there should be no more names than routes. @default `GET /orders/:id` */
  readonly spanName?: ((request: Request, route: string) => string) | undefined;
  /** Further attributes of the span; the response is undefined when the handler threw. */
  readonly attributes?:
    | ((request: Request, response: Response | undefined) => Attributes)
    | undefined;
  /**
   * Further labels of the metrics, by name. A label has its first 100 values, of at most 128
   * characters; later ones become `_overflow`.
   */
  readonly labels?: Readonly<Record<string, LabelFunction>> | undefined;
  /**
   * Headers that become span attributes. Of those that carry credentials the value is hidden.
   */
  readonly headers?: {
    readonly request?: readonly string[] | undefined;
    readonly response?: readonly string[] | undefined;
  } | undefined;
  /**
   * Which responses are observed to the end of their body: duration, size, a failure midway, a
   * disconnect. Meant for streams: the response is replaced by one with a wrapped body, which costs
   * up to 50 µs, and a plain body loses its `Content-Length`. @default none
   */
  readonly watchBody?: ((request: Request, response: Response) => boolean) | undefined;
  /**
   * The log lines of each request. Their category is `http`: `LOG_LEVEL=info,http=warn` drops those
   * of ordinary requests. @default "both"
   */
  readonly lines?: RequestLineChoice | undefined;
  /**
   * Methods that are told apart, 1 to 100; any other becomes `_OTHER`.
   *
   * @default `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS` of the environment, separated by commas;
   * else those of the semantic conventions
   */
  readonly knownMethods?: readonly string[] | undefined;
  /** Requests whose response takes at least this long are logged at warn. */
  readonly slowMs?: number | undefined;
}

/** The parts that requests are observed through. Each may be left out. */
export interface ObserverOptions extends ObserveOptions {
  /**
   * Whether the `traceparent` of this caller is continued instead of linked; `() => false` for a
   * public endpoint. A throw counts as no. @default direct private peers: see `isDirectPrivatePeer`
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** Counts and times requests. */
  readonly registry?: Registry | undefined;
  /** Makes the server span. Without one, spans are made for their ids only. */
  readonly tracer?: Tracer | undefined;
  /** Writes the log lines. */
  readonly logger?: Logger | undefined;
  /** Keeps a row of each request. */
  readonly events?: EventStore | undefined;
  /** The version of the service, for the rows. */
  readonly version?: string | undefined;
  /** Blocks of the event loop, for the rows. @default those that handlers cause before they first await */
  readonly blocks?: Blocks | undefined;
  /** Counts requests for the SLOs of their routes: a `SloRegistry`. */
  readonly slos?: RequestOutcomes | undefined;
  /** Is told when handlers ran, for profiles. */
  readonly profiles?: HandlerRuns | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
}

/** Is told when handlers ran. */
export interface HandlerRuns {
  /**
   * The handler of a route was called at one time, and returned at another, of the monotonic clock. Returns
   * the id of the profile that covers the present, if there is one. Must not throw.
   */
  ran(route: string, startMs: number, endMs: number): string | undefined;
}

/** Is told how each request ended. Neither method may throw. */
export interface RequestOutcomes {
  /** A request has ended: its route is a template, or `unmatched`. */
  ended(method: string, route: string, status: number, durationMs: number): void;
  /** Seconds that the histogram of durations is to have as bounds. */
  durationBounds(): readonly number[];
  /** The templates of all routes of a handler. Throws for what counts requests of none of them. */
  serves?(templates: readonly string[]): void;
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
  events: true,
  version: true,
  blocks: true,
  slos: true,
  profiles: true,
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

/**
 * The rule that `ignore` means; undefined without one.
 *
 * @throws {TypeError} for a path that does not start with `/`
 */
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
