/**
 * The admin paths, which Telltale answers itself: metrics, health, and added endpoints.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { load, outside } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import { type Known, requireKnown, requireObject } from "../../core/check.ts";
import type { RefreshOptions } from "../../health/registry.ts";
import type { HealthSnapshot } from "../../health/snapshot.ts";
import { Access, type AccessOptions, type Right } from "./access.ts";
import { finish, text } from "./answers.ts";
import { type AdminEndpoint, type EndpointPaths, endpointPaths } from "./paths.ts";
import { Exposure, type Warned } from "./exposure.ts";
import { answerStatus, healthQuestion, type HealthView, statusOf } from "./health_question.ts";
import { isLoopbackHost } from "./loopback.ts";

/** Answers scrapes, as a metrics `Registry` does. */
export interface Scrapeable {
  /** Answers with the metrics, in the format that the request asks for. */
  scrape(request?: Request): Promise<Response>;
}

/** Knows the health of the service, as a `HealthRegistry` does. */
export interface Examinable {
  /** Runs the checks that are due; resolves with the results. */
  refresh(options?: RefreshOptions): Promise<HealthSnapshot>;
}

/** Contents, paths and access of the endpoints. */
export interface EndpointsOptions {
  /** Answers the metrics endpoint. */
  readonly registry: Scrapeable;
  /** Answers the health endpoints. */
  readonly health: Examinable;
  /** The version of the service, for the health report. */
  readonly version?: string | undefined;
  /** The paths. */
  readonly paths?: EndpointPaths | undefined;
  /** Who may read the metrics and the detail of health, and who may control the service. */
  readonly access?: AccessOptions | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** Warned once if the admin paths may be open to everyone. */
  readonly logger?: Warned | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

const KNOWN: Known<EndpointsOptions> = {
  registry: true,
  health: true,
  version: true,
  paths: true,
  access: true,
  faults: true,
  logger: true,
  clock: true,
};

interface Endpoint {
  readonly methods: readonly string[];
  /** Undefined for an endpoint that is open to anyone. */
  readonly right: Right | undefined;
  /** Whether the listener need not be guarded: see {@linkcode AdminEndpoint.isLocal}. */
  readonly isLocal?: boolean;
  answer(request: Request, rest: readonly unknown[]): Response | Promise<Response>;
}

const READING: readonly string[] = ["GET", "HEAD"];

/** Digits of a trace id. */
const ID_LENGTH = 32;

/** A probe of Kubernetes gives up after a second; the answer has what is known until then. */
const HEALTH_WAIT_MS = 900;

/**
 * Answers the admin paths. Metrics and the detail of health need a right, which {@linkcode Access}
 * decides about; liveness, readiness, startup and the bare status of health are open to anyone.
 * Answers are never cached. An endpoint that fails answers 500 without detail and is counted as a
 * fault.
 *
 * Health answers with `application/health+json` to a request that accepts it. A caller that may see
 * the detail can leave out checks with `?exclude=NAME`.
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
  /** By what stands before an id. */
  readonly #beforeId = new Map<string, Endpoint>();
  /** A bit for each path, see {@linkcode bitOf}: most requests need no look-up. */
  #bits = 0;
  /** The path of the console, under which endpoints are added. */
  readonly #prefix: string | undefined;
  readonly #profiles: string | false;
  readonly #access: Access;
  readonly #exposure: Exposure;
  readonly #faults: Faults;
  /** Whether the application is asked first: `fallback` of {@linkcode EndpointPaths}. */
  readonly yields: boolean;
  /** Called with the port on which the endpoints are. */
  onListen: ((port: number) => void) | undefined;

  /**
   * Adds the endpoints for metrics and health.
   *
   * @throws {TypeError} for an option or path that is not valid, or a path that two endpoints share
   */
  constructor(options: EndpointsOptions) {
    requireKnown("make endpoints", options, KNOWN);
    const { registry, health, version } = options;
    requireObject("set access", options.access);
    this.#access = new Access({ ...options.access, clock: options.clock });
    this.#exposure = new Exposure(options.logger);
    this.#faults = options.faults ?? new Faults();
    const paths = endpointPaths(options.paths);
    this.yields = options.paths?.fallback === true;
    if (paths.console !== false) this.#prefix = paths.console;
    this.#profiles = paths.profiles;
    this.#set(paths.metrics, {
      methods: READING,
      right: "read",
      answer: (request) => registry.scrape(request),
    });
    for (const view of ["health", "live", "ready", "startup"] as const) {
      this.#set(paths[view], this.#health(view, health, version));
    }
  }

  /** The path under which endpoints are added; undefined when it is turned off. */
  get consolePath(): string | undefined {
    return this.#prefix;
  }

  /**
   * Adds an endpoint under `/telltale/`, or the path that the options give for `console`; or under that
   * of `profiles`. Does nothing when that is false.
   *
   * @throws {TypeError} for a path that is taken
   */
  add(endpoint: AdminEndpoint): void {
    const { path, methods = ["GET"], isLocal = false, isOpen = false, answer } = endpoint;
    const right = isOpen && this.#access.hasToken ? undefined : endpoint.right ?? "control";
    const prefix = endpoint.under === "profiles" ? this.#profiles : this.#prefix ?? false;
    if (prefix === false) return;
    const full = prefix + path;
    if (this.#byPath.has(full) || this.#beforeId.has(full)) {
      throw new TypeError(`Cannot add endpoint ${JSON.stringify(full)}: path is taken`);
    }
    const all = methods.includes("GET") ? [...methods, "HEAD"] : methods;
    const added = { methods: all, right, isLocal, answer };
    if (path.endsWith("/")) {
      this.#beforeId.set(full, added);
      this.#bits |= bitOf(full + " ".repeat(ID_LENGTH));
      return;
    }
    this.#set(full, added);
    // People leave the slash out. The page itself answers there, because nothing here redirects.
    const bare = full.slice(0, -1);
    if (path === "" && !this.#byPath.has(bare)) this.#set(bare, added);
  }

  /**
   * Must be called with the address of the server whose handler answers the admin paths, for a
   * warning if other machines can reach it. `serve` does so.
   *
   * @param hostname the host name or address that the server listens on; undefined where it does not
   * tell
   * @param port its port, where it is known already
   */
  listens(hostname: string | undefined, port?: number): void {
    if (hostname !== undefined) this.#exposure.listens(hostname);
    if (port !== undefined) this.onListen?.(port);
  }

  /**
   * Checks that a listener of its own for the endpoints is safe.
   *
   * @param hostname the host name or address that it is to listen on
   * @throws {TypeError} when other machines could reach it, an endpoint needs the right to control,
   * and no token is set
   */
  assertGuarded(hostname: string): void {
    const controls = [...this.#byPath].find(([, { right, isLocal }]) =>
      right === "control" && isLocal !== true
    );
    if (controls === undefined || this.#access.hasToken || isLoopbackHost(hostname)) return;
    throw new TypeError(
      `Cannot serve ${
        controls[0]
      } on ${hostname}: access.token must be set where other machines reach it`,
    );
  }

  /**
   * The answer if `path` is an endpoint's, else undefined. Costs one map look-up at most. Never
   * throws and never rejects.
   *
   * @param path the path of the request's URL, without its query
   * @param request the request
   * @param rest the other arguments of the handler, which tell the peer
   */
  answer(
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> | undefined {
    if ((this.#bits & bitOf(path)) === 0) return undefined;
    const endpoint = this.#byPath.get(path) ?? this.#withId(path);
    if (endpoint === undefined) return undefined;
    // Checks and code that one caller causes to run belong to no caller's context.
    return outside(() => this.#answer(endpoint, path, request, rest));
  }

  /** Whether the application is asked first at this path. */
  yieldsAt(path: string): boolean {
    return this.yields && this.#byPath.has(path) &&
      (this.#prefix === undefined || !path.startsWith(this.#prefix));
  }

  #withId(path: string): Endpoint | undefined {
    if (this.#beforeId.size === 0 || path.length <= ID_LENGTH) return undefined;
    return this.#beforeId.get(path.slice(0, -ID_LENGTH));
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
        // A probe must not fail because code that it does not need can't be loaded.
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
      return text(429, "Too Many Requests: too many wrong tokens", headers);
    }
    const { refusalOf } = await load(() => import("./refusal.ts"));
    return text(403, refusalOf(right, request, rest, this.#access.hasRule));
  }
}

/**
 * One of 32 bits, by length and second character: looking up a new string costs ten times as much.
 */
function bitOf(path: string): number {
  return 1 << (path.length * 5 + path.charCodeAt(1) & 31);
}
