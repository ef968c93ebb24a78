/**
 * The paths that Telltale answers itself: metrics and health.
 *
 * @module
 */
import { Faults } from "../core/faults.ts";
import type { HealthStatus } from "../health/outcome.ts";
import type { HealthSnapshot, RefreshOptions } from "../health/registry.ts";
import { healthReport } from "../health/report.ts";
import { Access, type AccessOptions } from "./access.ts";

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
  /** Who may read the metrics and the detail of health. */
  readonly access?: AccessOptions | undefined;
  /** Where an endpoint that fails is counted. */
  readonly faults?: Faults | undefined;
}

type Endpoint = (request: Request, rest: readonly unknown[]) => Promise<Response>;

const DEFAULT_PATHS = {
  metrics: "/metrics",
  health: "/health",
  live: "/livez",
  ready: "/readyz",
  startup: "/startupz",
} as const;

/** A probe of Kubernetes gives up after a second: what is known by then is the answer. */
const HEALTH_WAIT_MS = 900;

/**
 * Answers the admin paths. Metrics and the detail of health are for those whom {@linkcode Access}
 * lets in; liveness, readiness, startup and the bare state of health are for anyone. Answers are
 * never cached; an endpoint that fails is a 500 without detail, counted as a fault.
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
  readonly #access: Access;
  readonly #faults: Faults;

  /** Throws a `TypeError` for a path that is none or that two endpoints share. */
  constructor(options: EndpointsOptions) {
    const { registry, health, version } = options;
    this.#access = new Access(options.access);
    this.#faults = options.faults ?? new Faults();
    const paths = { ...DEFAULT_PATHS, ...defined(options.paths) };
    const state = (group: "live" | "ready" | "startup"): Endpoint => async () => {
      const snapshot = await health.refresh({ group, waitMs: HEALTH_WAIT_MS });
      return answerHealth(snapshot[group]);
    };
    this.#add("metrics", paths.metrics, this.#guarded((request) => registry.scrape(request)));
    this.#add("health", paths.health, async (request, rest) => {
      const snapshot = await health.refresh({ waitMs: HEALTH_WAIT_MS });
      return this.#access.allows(request, rest)
        ? answerHealth(snapshot.status, healthReport(snapshot, { version }))
        : answerHealth(snapshot.status);
    });
    this.#add("live", paths.live, state("live"));
    this.#add("ready", paths.ready, state("ready"));
    this.#add("startup", paths.startup, state("startup"));
  }

  /**
   * The answer when `path` is an endpoint's, else undefined: one map look-up. Never throws and never
   * rejects.
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
    const endpoint = this.#byPath.get(path);
    return endpoint === undefined ? undefined : this.#answer(endpoint, path, request, rest);
  }

  #add(name: keyof EndpointPaths, path: string | false, endpoint: Endpoint): void {
    if (path === false) return;
    const fail = (why: string) =>
      new TypeError(`Cannot set path of endpoint ${name} to ${JSON.stringify(path)}: ${why}`);
    if (typeof path !== "string" || !/^\/[!-~]*$/.test(path) || /[?#]/.test(path)) {
      throw fail("it must start with / and hold no space, query or fragment");
    }
    if (this.#byPath.has(path)) throw fail("another endpoint has it");
    this.#byPath.set(path, endpoint);
  }

  #guarded(endpoint: Endpoint): Endpoint {
    return (request, rest) =>
      this.#access.allows(request, rest)
        ? endpoint(request, rest)
        : Promise.resolve(text(403, "Forbidden: for direct private peers, or with a token"));
  }

  async #answer(
    endpoint: Endpoint,
    path: string,
    request: Request,
    rest: readonly unknown[],
  ): Promise<Response> {
    const { method } = request;
    if (method !== "GET" && method !== "HEAD") {
      return finish(text(405, "Method Not Allowed", { allow: "GET, HEAD" }), method);
    }
    try {
      return finish(await endpoint(request, rest), method);
    } catch (error) {
      this.#faults.record(`endpoint ${path}`, error);
      return finish(text(500, "Internal Server Error"), method);
    }
  }
}

/** Leaves out what is undefined, so that it does not hide a default. */
function defined(paths: EndpointPaths = {}): EndpointPaths {
  return Object.fromEntries(Object.entries(paths).filter(([, path]) => path !== undefined));
}

function answerHealth(status: HealthStatus, body: object = { status }): Response {
  return Response.json(body, { status: status === "DOWN" ? 503 : 200 });
}

function text(status: number, line: string, headers: Record<string, string> = {}): Response {
  const type = "text/plain; charset=utf-8";
  return new Response(line + "\n", { status, headers: { "content-type": type, ...headers } });
}

/** Adds what every answer carries; HEAD gets the head of what GET would. */
function finish(response: Response, method: string): Response {
  response.headers.set("cache-control", "no-store");
  response.headers.set("x-content-type-options", "nosniff");
  return method === "HEAD" ? new Response(null, response) : response;
}
