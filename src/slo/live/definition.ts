/**
 * What an SLO promises, checked when it is defined.
 *
 * @module
 */
import {
  check,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  type Known,
  requireKnown,
} from "../../core/check.ts";
import type { SloChange } from "./alert.ts";

/** Which requests count. */
export interface SloRequests {
  /**
   * The template of their route as `setRoute` or the router names it, such as `/orders/:id`, or several. One
   * that the service does not have is an error at the start where its routes are known: `matchRoutes`, `routes`
   * of Bun without `fetch`. Else it is a line in the log once requests have shown other routes.
   * @default all requests, those without a route among them
   */
  readonly route?: string | readonly string[] | undefined;
  /** Their method: `POST`. @default all */
  readonly method?: string | undefined;
}

/** Good is a request whose status is. */
export interface Availability extends SloRequests {
  /**
   * Whether a status is good. Called once for each status when the SLO is defined, and not in requests.
   * @default `(status) => status < 500`
   */
  readonly ok?: ((status: number) => boolean) | undefined;
}

/** Good is a request that took at most so long, whatever its status: see `ignore`. */
export interface Latency extends SloRequests {
  /** Milliseconds, which are included. */
  readonly underMs: number;
}

/** What every SLO has. */
export interface SloBase {
  /** The share of events that are to be good, above 0 and below 1: `0.999` is 99.9 %. */
  readonly objective: number;
  /** Days over which it is to hold, 7 to 90. @default 30 */
  readonly windowDays?: number | undefined;
  /** For people: annotations of alerts, titles of dashboards. */
  readonly description?: string | undefined;
  /** Where people read what to do about an alert: an annotation of generated rules. */
  readonly runbookUrl?: string | undefined;
  /**
   * Bad events that the longer window of an alert has at least, so that one failure at night wakes nobody.
   * @default 3
   */
  readonly minBad?: number | undefined;
  /** Whether a page makes the health of the service DEGRADED; it stays ready. @default false */
  readonly degrades?: boolean | undefined;
  /** Called when an alert begins, changes or ends. A throw is counted. */
  readonly onAlert?: ((change: SloChange) => void) | undefined;
}

/** An SLO for the requests that the service answers. */
export interface RequestSlo extends SloBase {
  /**
   * Requests that don't count at all, by status: `(status) => status === 499 || status === 404`. Called
   * like `ok`. @default none
   */
  readonly ignore?: ((status: number) => boolean) | undefined;
  /** Not here. */
  readonly custom?: undefined;
}

/** An SLO for how requests are answered. */
export interface AvailabilitySlo extends RequestSlo {
  /** Good requests, by their status. */
  readonly availability: Availability;
  /** Not here. */
  readonly latency?: undefined;
}

/** An SLO for how long requests take. */
export interface LatencySlo extends RequestSlo {
  /** Good requests, by their time. */
  readonly latency: Latency;
  /** Not here. */
  readonly availability?: undefined;
}

/** An SLO for the events that the application tells by `good()` and `bad()`: jobs, messages. */
export interface CustomSlo extends SloBase {
  /** Always true. */
  readonly custom: true;
  /** Not here. */
  readonly availability?: undefined;
  /** Not here. */
  readonly latency?: undefined;
  /** Not here. */
  readonly ignore?: undefined;
}

/** An SLO: an objective for one kind of events. */
export type SloOptions = AvailabilitySlo | LatencySlo | CustomSlo;

/** A checked SLO as plain data, which rules and dashboards are generated from. */
export interface SloDefinition {
  /** As given. */
  readonly name: string;
  /** As given. */
  readonly objective: number;
  /** As given, or 30. */
  readonly windowDays: number;
  /** As given, or 3. */
  readonly minBad: number;
  /** As given. */
  readonly description: string | undefined;
  /** As given. */
  readonly runbookUrl: string | undefined;
  /** What counts. */
  readonly kind: "availability" | "latency" | "custom";
  /** Undefined where all requests count. */
  readonly routes: readonly string[] | undefined;
  /** Undefined where all methods count. */
  readonly method: string | undefined;
  /** The bound of a latency. */
  readonly underMs: number | undefined;
  /**
   * What a request counts as, by its status: 0 not at all, 1 good, 2 bad. Of a latency, the time decides
   * about those that are 1.
   */
  readonly verdicts: Uint8Array;
}

/** The verdicts of {@linkcode SloDefinition.verdicts}. */
export const IGNORED = 0, GOOD = 1, BAD = 2;

/** Statuses have three digits, the first of them 1 to 5. */
const LEAST_STATUS = 100, MOST_STATUS = 599;

const KNOWN: Known<SloOptions> = {
  objective: true,
  windowDays: true,
  description: true,
  runbookUrl: true,
  minBad: true,
  degrades: true,
  onAlert: true,
  availability: true,
  latency: true,
  custom: true,
  ignore: true,
};

const NAME = /^[a-z0-9][a-z0-9_.-]{0,62}$/i;
const MAX_ROUTES = 100, MAX_TEXT = 1000;

/**
 * Checks the options of an SLO.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a value that is out of range
 */
export function definitionOf(name: string, options: SloOptions): SloDefinition {
  const isName = typeof name === "string" && NAME.test(name);
  const nameRule =
    "name must be 1 to 63 letters, digits, -, _ and ., and begin with one of the first";
  check(isName, "define SLO", nameRule, name, TypeError);
  const what = `define SLO ${JSON.stringify(name)}`;
  requireKnown(what, options, KNOWN);
  const { objective, windowDays = 30, minBad = 3, description, runbookUrl } = options;
  const isShare = typeof objective === "number" && objective > 0 && objective < 1;
  const shareRule = "objective must be above 0 and below 1 (99.9 % is 0.999)";
  const Kind = typeof objective === "number" ? RangeError : TypeError;
  check(isShare, what, shareRule, objective, Kind);
  checkWhole(what, "windowDays", windowDays, 7, 90);
  checkWhole(what, "minBad", minBad);
  checkText(what, "description", description);
  checkText(what, "runbookUrl", runbookUrl);
  const { degrades = false, onAlert } = options;
  check(typeof degrades === "boolean", what, "degrades must be true or false", degrades, TypeError);
  if (onAlert !== undefined) checkFunction(what, "onAlert", onAlert);
  return {
    name,
    objective,
    windowDays,
    minBad,
    description,
    runbookUrl,
    ...eventsOf(what, options),
  };
}

type Events = Pick<SloDefinition, "kind" | "routes" | "method" | "underMs" | "verdicts">;

function eventsOf(what: string, options: SloOptions): Events {
  const { availability, latency, custom, ignore } = options;
  const kinds = Object.entries({ availability, latency, custom })
    .filter(([, given]) => given !== undefined).map(([kind]) => kind);
  const rule = "it must have one of availability, latency and custom";
  check(kinds.length === 1, what, rule, kinds, TypeError);
  if (custom !== undefined) {
    check(custom === true, what, "custom must be true", custom, TypeError);
    check(ignore === undefined, what, "ignore must not be set with custom", ignore, TypeError);
    const none = { routes: undefined, method: undefined, underMs: undefined };
    return { kind: "custom", ...none, verdicts: new Uint8Array() };
  }
  const ok = availability === undefined ? () => true : availability.ok ?? isNoServerError;
  if (availability !== undefined) {
    requireKnown(`${what}: availability`, availability, { route: true, method: true, ok: true });
    checkFunction(what, "availability.ok", ok);
  } else {
    const known = { route: true, method: true, underMs: true };
    requireKnown(`${what}: latency`, latency, known);
    checkPositive(what, "latency.underMs", latency!.underMs);
    checkNumber(what, "latency.underMs", latency!.underMs, 0, 3_600_000);
  }
  if (ignore !== undefined) checkFunction(what, "ignore", ignore);
  const requests: SloRequests = availability ?? latency!;
  const { method } = requests;
  const isMethod = method === undefined || typeof method === "string" && /^[A-Z_]+$/.test(method);
  check(isMethod, what, "method must be in capitals", method, TypeError);
  return {
    kind: availability === undefined ? "latency" : "availability",
    routes: routesOf(what, requests.route),
    method,
    underMs: latency?.underMs,
    verdicts: verdictsOf(what, ok, ignore ?? (() => false)),
  };
}

function isNoServerError(status: number): boolean {
  return status < 500;
}

/** A path is no template: its series would be those of one customer. */
function routesOf(what: string, route: SloRequests["route"]): readonly string[] | undefined {
  if (route === undefined) return undefined;
  const routes = typeof route === "string" ? [route] : route;
  const isList = Array.isArray(routes) && routes.length > 0 && routes.length <= MAX_ROUTES;
  check(isList, what, `route must be a template or 1 to ${MAX_ROUTES} of them`, route, TypeError);
  for (const one of routes) {
    const isTemplate = typeof one === "string" && /^(?:\/[^\s?#\p{Cc}]*|unmatched)$/u.test(one);
    const rule = "route must be a template such as /orders/:id, without query";
    check(isTemplate && one.length <= MAX_TEXT, what, rule, one, TypeError);
  }
  return [...new Set(routes)];
}

/** Calls the application's functions now: a request then costs one look into a table. */
function verdictsOf(
  what: string,
  ok: (status: number) => boolean,
  ignore: NonNullable<RequestSlo["ignore"]>,
): Uint8Array {
  const verdicts = new Uint8Array(MOST_STATUS + 1);
  const ask = (name: string, fn: (status: number) => boolean, status: number): boolean => {
    const answer: unknown = fn(status);
    const rule = `${name}(${status}) must return true or false`;
    check(typeof answer === "boolean", what, rule, answer, TypeError);
    return answer;
  };
  for (let status = LEAST_STATUS; status <= MOST_STATUS; status++) {
    if (ask("ignore", ignore, status)) continue;
    verdicts[status] = ask("ok", ok, status) ? GOOD : BAD;
  }
  const hasSome = verdicts.some((verdict) => verdict !== IGNORED);
  check(hasSome, what, "ignore must leave some statuses that count", "all ignored", RangeError);
  return verdicts;
}

function checkText(what: string, name: string, text: unknown): void {
  const isText = text === undefined || typeof text === "string" && text.length <= MAX_TEXT;
  check(isText, what, `${name} must be a text of at most ${MAX_TEXT} characters`, text, TypeError);
}
