/**
 * The paths that Telltale answers itself: metrics, health, and what is added under its own prefix.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { load, outside } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import { type Known, requireKnown } from "../../core/check.ts";
import { unsentBody } from "../../core/fetch.ts";
import type { RefreshOptions } from "../../health/registry.ts";
import type { HealthSnapshot } from "../../health/snapshot.ts";
import { Access, type AccessOptions, type Right } from "./access.ts";
import { type AdminEndpoint, type EndpointPaths, endpointPaths } from "./paths.ts";
import { Exposure, type Warned } from "./exposure.ts";
import { answerStatus, healthQuestion, type HealthView, statusOf } from "./health_question.ts";
import { isLoopbackHost } from "./loopback.ts";

/** What answers a scrape; a metrics `Registry` does. */
export interface Scrapeable {
  /** Answers with the metrics, in the format that the request asks for. */
  scrape(request?: Request): Promise<Response>;
}

/** What knows the health of the service; a `HealthRegistry` does. */
export interface Examinable {
  /** Runs the checks that are due and tells what is known. */
  refresh(options?: RefreshOptions): Promise<HealthSnapshot>;
}

/** What the endpoints tell, where, and to whom. */
export interface EndpointsOptions {
  /** Answers the metrics endpoint. */
  readonly registry: Scrapeable;
  /** Answers the health endpoints. */
  readonly health: Examinable;
  /** The version of the service, for the health report. */
  readonly version?: string | undefined;
  /** Where the endpoints are. */
  readonly paths?: EndpointPaths | undefined;
  /** Who may read the metrics and the detail of health, and who may control. */
  readonly access?: AccessOptions | undefined;
  /** Where an endpoint that fails is counted. */
  readonly faults?: Faults | undefined;
  /** Warned once where the admin paths may be open to everyone. */
  readonly log?: Warned | undefined;
  /** Its time. */
  readonly clock?: Clock | undefined;
}

const KNOWN: Known<EndpointsOptions> = {
  registry: true,
  health: true,
  version: true,
  paths: true,
  access: true,
  faults: true,
  log: true,
  clock: true,
};

interface Endpoint {
  readonly methods: readonly string[];
  /** Undefined: anyone. */
  readonly right: Right | undefined;
  answer(request: Request, rest: readonly unknown[]): Response | Promise<Response>;
}

const READING: readonly string[] = ["GET", "HEAD"];

/** A probe of Kubernetes gives up after a second: what is known by then is the answer. */
const HEALTH_WAIT_MS = 900;

/**
 * Answers the admin paths. Metrics and the detail of health are for those whom {@linkcode Access}
 * lets in; liveness, readiness, startup and the bare state of health are for anyone. Answers are
 * never cached; an endpoint that fails is a 500 without detail, counted as a fault.
 *
 * Health answers `application/health+json` where that is accepted. Whoever sees the detail may leave
 * out checks with `?exclude=NAME`.
 *
 * @example
 * ```ts
 * import { Endpoints } from "@telltale/telltale/http";
 * import { HealthRegistry } from "@telltale/telltale/health";
 * import { Registry } from "@telltale/telltale/metrics";
 * import { deepEqual, equal } from "node:assert/strict";
 *
 * const endpoints = new Endpoints({ registry: new Registry(), health: new HealthRegistry() });
 * const response = await endpoints.answer("/readyz", new Request("http://orders/readyz"), []);
 * deepEqual(await response?.json(), { status: "UP" });
 * equal(endpoints.answer("/orders", new Request("http://orders/orders"), []), undefined);
 * ```
 */
export class Endpoints {
  readonly #byPath = new Map<string, Endpoint>();
  /** A bit for each path, see {@linkcode bitOf}: most requests need no look-up. */
  #bits = 0;
  /** The path of the console, under which endpoints are added. */
  readonly #prefix: string | undefined;
  readonly #access: Access;
  readonly #exposure: Exposure;
  readonly #faults: Faults;
  /** Whether the application is asked first at the paths of endpoints; see {@linkcode EndpointPaths}. */
  readonly yields: boolean;

  /** Throws a `TypeError` for a path that is none or that two endpoints share. */
  constructor(options: EndpointsOptions) {
    requireKnown("make endpoints", options, KNOWN);
    const { registry, health, version } = options;
    this.#access = new Access(options.access, options.clock);
    this.#exposure = new Exposure(options.log);
    this.#faults = options.faults ?? new Faults();
    const paths = endpointPaths(options.paths);
    this.yields = options.paths?.fallback === true;
    if (paths.console !== false) this.#prefix = paths.console;
    this.#set(paths.metrics, {
      methods: READING,
      right: "read",
      answer: (request) => registry.scrape(request),
    });
    for (const view of ["health", "live", "ready", "startup"] as const) {
      this.#set(paths[view], this.#health(view, health, version));
    }
  }

  /**
   * Adds an endpoint under the path of the console, `/telltale/` by default; nothing when that is
   * turned off. Throws a `TypeError` for a path that is taken.
   */
  add({ path, methods = ["GET"], right = "control", answer }: AdminEndpoint): void {
    if (this.#prefix === undefined) return;
    const full = this.#prefix + path;
    if (this.#byPath.has(full)) {
      throw new TypeError(`Cannot add endpoint ${JSON.stringify(full)}: another one has the path`);
    }
    const all = methods.includes("GET") ? [...methods, "HEAD"] : methods;
    this.#set(full, { methods: all, right, answer });
  }

  /**
   * Told where a server listens whose handler answers the admin paths, for a warning where that is
   * beyond this machine; `serve` tells it.
   *
   * @param hostname the host name or address that is bound
   */
  listens(hostname: string): void {
    this.#exposure.listens(hostname);
  }

  /**
   * Throws a `TypeError` when a listener of the endpoints' own could be reached from other machines,
   * something there is for control, and no token is asked for.
   *
   * @param hostname what the listener binds
   */
  assertGuarded(hostname: string): void {
    const controls = [...this.#byPath].find(([, { right }]) => right === "control");
    if (controls === undefined || this.#access.hasToken || isLoopbackHost(hostname)) return;
    throw new TypeError(
      `Cannot serve ${controls[0]} on ${hostname}: beyond this machine it needs access.token`,
    );
  }

  /**
   * The answer when `path` is an endpoint's, else undefined: one map look-up at most.
   * Never throws and never rejects.
   *
   * @param path the path of the request's URL, without its query
   * @param request the request
   * @param rest what else the runtime gave the handler; tells the peer
   */
  answer(
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> | undefined {
    if ((this.#bits & bitOf(path)) === 0) return undefined;
    const endpoint = this.#byPath.get(path);
    if (endpoint === undefined) return undefined;
    // Checks and code that one caller causes to run belong to no caller's context.
    return outside(() => this.#answer(endpoint, path, request, rest));
  }

  /** Whether the application is asked first at this path. */
  yieldsAt(path: string): boolean {
    return this.yields && this.#byPath.has(path) &&
      (this.#prefix === undefined || !path.startsWith(this.#prefix));
  }

  #set(path: string | false, endpoint: Endpoint): void {
    if (path === false) return;
    this.#byPath.set(path, endpoint);
    this.#bits |= bitOf(path);
  }

  #health(view: HealthView, health: Examinable, version: string | undefined): Endpoint {
    const group = view === "health" ? undefined : view;
    return {
      methods: READING,
      right: undefined,
      answer: async (request, rest) => {
        const verdict = this.#access.judge(request, rest);
        const mayDetail = verdict.allowed;
        const question = healthQuestion(request, mayDetail);
        const { exclude, isDraft } = question;
        const snapshot = await health.refresh({ group, exclude, deadlineMs: HEALTH_WAIT_MS });
        const isDetailed = isDraft || (mayDetail && view === "health");
        // A probe must not fail for want of code that it does not need.
        if (!isDetailed) return answerStatus(statusOf(view, snapshot));
        if (verdict.allowed && verdict.by === "peer") this.#exposure.letIn(request, rest);
        const { answerHealth } = await load(() => import("./health.ts"));
        return answerHealth(view, snapshot, question, mayDetail ? { version } : undefined);
      },
    };
  }

  async #answer(
    { methods, right, answer }: Endpoint,
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> {
    const { method } = request;
    try {
      if (!methods.includes(method)) {
        const allow = methods.join(", ");
        return finish(text(405, "Method Not Allowed", { allow }), method);
      }
      const refusal = right === undefined ? undefined : await this.#refuse(right, request, rest);
      return finish(refusal ?? await answer(request, rest), method);
    } catch (error) {
      this.#faults.record(`endpoint ${path}`, error);
      return finish(text(500, "Internal Server Error"), method);
    }
  }

  async #refuse(
    right: Right,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response | undefined> {
    const verdict = this.#access.judge(request, rest, right);
    if (verdict.allowed) {
      if (right === "read" && verdict.by === "peer") this.#exposure.letIn(request, rest);
      return undefined;
    }
    const { retryAfterSeconds } = verdict;
    if (retryAfterSeconds > 0) {
      const headers = { "retry-after": String(retryAfterSeconds) };
      return text(429, "Too Many Requests: wrong tokens", headers);
    }
    const { refusalOf } = await load(() => import("./refusal.ts"));
    return text(403, refusalOf(right, request, rest, this.#access.hasRule));
  }
}

/** One of 32 bits, by length and second character: a look-up by a new string costs ten times as much. */
function bitOf(path: string): number {
  return 1 << (path.length * 5 + path.charCodeAt(1) & 31);
}

function text(status: number, line: string, headers: Record<string, string> = {}): Response {
  const type = "text/plain; charset=utf-8";
  return new Response(line + "\n", { status, headers: { "content-type": type, ...headers } });
}

/** Adds what every answer carries; HEAD gets the head of what GET would. */
function finish(response: Response, method: string): Response {
  if (method === "HEAD" && response.body !== null) return headOf(response);
  try {
    guard(response.headers);
    return response;
  } catch {
    // The headers of a redirect are immutable.
    const { status, body } = response;
    const headers = new Headers(response.headers);
    guard(headers);
    return new Response(body, { status, headers });
  }
}

function headOf({ status, body, headers: given }: Response): Response {
  // An event stream that nobody is going to read would stay open.
  body?.cancel().catch(() => {});
  const headers = new Headers(given);
  guard(headers);
  return new Response(headers.has("content-length") ? null : unsentBody(), { status, headers });
}

function guard(headers: Headers): void {
  headers.set("cache-control", "no-store");
  headers.set("x-content-type-options", "nosniff");
}
