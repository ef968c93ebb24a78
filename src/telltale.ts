/**
 * The composition: one object that holds the parts and the wires between them.
 *
 * @module
 */
import { type Clock, systemClock } from "./core/clock.ts";
import { load, run } from "./core/context.ts";
import { ASYNC_DISPOSE } from "./core/dispose.ts";
import { errorText } from "./core/redact/error.ts";
import { Faults } from "./core/faults.ts";
import { isolated } from "./compose/isolated.ts";
import { type Known, refuseUnknown, requireObject } from "./core/check.ts";
import { keepAlive } from "./core/platform.ts";
import { type Resource, resource, type ResourceOptions } from "./core/resource.ts";
import type { OtlpOptions } from "./export/otlp/options.ts";
import type { FlushResult } from "./export/otlp/parts.ts";
import type { HealthChange } from "./health/snapshot.ts";
import { Redactor } from "./core/redact/redactor.ts";
import type { RedactOptions } from "./core/redact/options.ts";
import { HealthRegistry } from "./health/registry.ts";
import type { AccessOptions } from "./http/admin/access.ts";
import type { EndpointPaths } from "./http/admin/paths.ts";
import { clientFetch } from "./http/client/metrics.ts";
import { Endpoints } from "./http/admin/endpoints.ts";
import type { ObserveOptions } from "./http/server/extra_attributes.ts";
import type { Handler } from "./http/request/handler.ts";
import { instrument, type InstrumentOptions } from "./http/server/instrument.ts";
import { checkObserverOptions } from "./http/server/options.ts";
import type { Peer } from "./http/request/peer.ts";
import { Logger } from "./log/logger.ts";
import type { LoggerOptions } from "./log/options.ts";
import { Registry } from "./metrics/registry.ts";
import type { RegistryOptions } from "./metrics/options.ts";
import type { RuntimeCollector } from "./metrics/runtime/runtime.ts";
import { Outlet } from "./compose/otlp.ts";
import { samplerFromEnvironment } from "./trace/sampling/environment.ts";
import { Tracer } from "./trace/tracer.ts";
import type { TracerOptions } from "./trace/options.ts";

/** When the watch of the runtime begins, unless a scrape is earlier: after the service's start. */
const WATCH_AFTER_MS = 1000;

/** Options of {@linkcode telltale}; each may be left out. */
export interface TelltaleOptions extends ResourceOptions {
  /** Level, sinks and bounds of the logger. */
  readonly log?: Omit<LoggerOptions, "service" | "clock" | "faults"> | undefined;
  /**
   * What is hidden in all that leaves: log lines, spans, errors, health, and our own lines on standard
   * error. The usual secrets by default.
   */
  readonly redact?: RedactOptions | undefined;
  /** Bounds of the metrics. */
  readonly metrics?: {
    /** The most series of each metric; 2000 by default. */
    readonly maxSeries?: number | undefined;
    /** Whether all isolates (`true`), or all processes at a unix socket, answer a scrape as one. */
    readonly cluster?: RegistryOptions["cluster"];
    /** In which shape a scrape shows histograms; `classic` by default: see {@linkcode RegistryOptions}. */
    readonly histograms?: RegistryOptions["histograms"];
    /** Whether pages say when series began; false by default. */
    readonly created?: RegistryOptions["created"];
    /** Whether the process and its runtime are measured too; true by default. */
    readonly runtime?: boolean | undefined;
  } | undefined;
  /** Sampler and bounds of the tracer. */
  readonly trace?: Omit<TracerOptions, "clock" | "faults"> | undefined;
  /** Other paths for the admin endpoints, or false for one that the application answers itself. */
  readonly endpoints?: EndpointPaths | undefined;
  /**
   * Who may see metrics and the detail of health; direct private peers by default. **Set a token, or
   * serve the admin paths on a port of their own, behind a proxy that adds no header**: see
   * {@linkcode AccessOptions.allow}.
   */
  readonly access?: AccessOptions | undefined;
  /**
   * Whether this caller's `traceparent` is continued; direct private peers' is by default, which are
   * all callers behind a proxy that leaves no mark.
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** What is looked at in a request beyond the standard; a handler may say otherwise. */
  readonly http?: ObserveOptions | undefined;
  /** Outgoing requests. */
  readonly client?: {
    /**
     * Hosts that are sent the trace; all by default. A name, or a suffix as `.example.com`. A redirect
     * to another host is followed without the trace.
     */
    readonly traceHosts?: readonly string[] | undefined;
    /** Hosts, besides private ones, that baggage is sent to; a redirect elsewhere goes without it. */
    readonly baggageHosts?: readonly string[] | undefined;
    /** The methods that are told apart; as in {@linkcode TelltaleOptions.http} unless given. */
    readonly knownMethods?: readonly string[] | undefined;
  } | undefined;
  /** Export by OTLP; false for none. What is left out comes from the environment. */
  readonly otlp?: OtlpOptions | false | undefined;
  /** Time, for tests. */
  readonly clock?: Clock | undefined;
}

const KNOWN: Known<TelltaleOptions> = {
  service: true,
  version: true,
  environment: true,
  instanceId: true,
  log: true,
  redact: true,
  metrics: true,
  trace: true,
  endpoints: true,
  access: true,
  trust: true,
  http: true,
  client: true,
  otlp: true,
  clock: true,
};
/** The options that have options of their own. */
const NESTED = [
  ...[
    "log",
    "redact",
    "metrics",
    "trace",
    "endpoints",
    "access",
    "http",
    "client",
    "otlp",
    "clock",
  ],
] as readonly (keyof TelltaleOptions)[];
const KNOWN_METRICS: Known<NonNullable<TelltaleOptions["metrics"]>> = {
  maxSeries: true,
  cluster: true,
  histograms: true,
  created: true,
  runtime: true,
};
const KNOWN_CLIENT: Known<NonNullable<TelltaleOptions["client"]>> = {
  traceHosts: true,
  baggageHosts: true,
  knownMethods: true,
};

/** A composed Telltale: every part, and the wrappers that use them all. Made by {@linkcode telltale}. */
export class Telltale {
  /** Who is speaking. */
  readonly resource: Resource;
  /** Counters, gauges and histograms, and the pages that Prometheus scrapes. */
  readonly metrics: Registry;
  /** Spans. */
  readonly tracer: Tracer;
  /** Log lines, correlated with the request they belong to. */
  readonly log: Logger;
  /** Checks, and what they add up to. */
  readonly health: HealthRegistry;
  /** The admin paths: metrics, health and what is added to them. */
  readonly endpoints: Endpoints;
  /**
   * The runtime's `fetch`, which continues the trace, counts and times; it takes what that takes, and
   * may be made the global one: `globalThis.fetch = t.fetch`.
   */
  readonly fetch: typeof globalThis.fetch;
  /** What went wrong inside Telltale itself, as numbers. */
  readonly faults: Faults;
  readonly #clock: Clock;
  readonly #isWatching: boolean;
  #cancelWatch: (() => void) | undefined;
  #runtime: Promise<RuntimeCollector | undefined> | undefined;
  readonly #instrument: InstrumentOptions;
  readonly #outlet: Outlet | undefined;
  readonly #stopping = new AbortController();
  #shutdown: Promise<void> | undefined;

  /** Throws for an option that can't work. Prefer {@linkcode telltale}. */
  constructor(options: TelltaleOptions = {}) {
    refuseUnknown("set up telltale", options, KNOWN);
    for (const name of NESTED) {
      const isOff = name === "otlp" && options.otlp === false;
      if (!isOff) requireObject("set up telltale", options[name], name);
    }
    requireObject("make logger", options.log?.redact, "redact");
    checkObserverOptions({ ...options.http });
    const clock = this.#clock = options.clock ?? systemClock;
    const faults = this.faults = new Faults();
    this.resource = resource(
      options,
      undefined,
      (error) => faults.record("OTEL_RESOURCE_ATTRIBUTES", error),
    );
    refuseUnknown("set up metrics", options.metrics, KNOWN_METRICS);
    refuseUnknown("set up client", options.client, KNOWN_CLIENT);
    const { maxSeries, cluster, histograms, created } = options.metrics ?? {};
    const group = cluster === true ? { name: this.resource.service } : cluster;
    const redact = options.redact ?? options.log?.redact;
    const redactor = redact instanceof Redactor ? redact : new Redactor(redact);
    faults.describe = (error) => errorText(error, redactor);
    this.metrics = new Registry({
      ...{ maxSeries, cluster: group, histograms, created },
      ...{ clock, faults, redactor },
    });
    const sampler = options.trace?.sampler ?? samplerFromEnvironment(faults);
    this.tracer = new Tracer({ redactor, ...options.trace, sampler, clock, faults });
    const outlet = this.#outlet = Outlet.open(options.otlp, clock, faults, options.log?.signals);
    const sinks = outlet?.besides(options.log?.sinks) ?? options.log?.sinks;
    this.log = new Logger({
      ...options.log,
      redact: redactor,
      sinks,
      service: this.resource.service,
      clock,
      faults,
    });
    this.health = new HealthRegistry({ clock, faults, redactor });
    this.health.onChange((change) => logChange(this.log, change));
    this.fetch = clientFetch(this.metrics, {
      knownMethods: options.http?.knownMethods,
      ...options.client,
      tracer: this.tracer,
      faults,
    });
    this.endpoints = new Endpoints({
      registry: this.metrics,
      health: this.health,
      version: this.resource.version,
      paths: options.endpoints,
      access: options.access,
      log: this.log,
      clock,
      faults,
    });
    this.#instrument = {
      trust: options.trust,
      ...options.http,
      registry: this.metrics,
      tracer: this.tracer,
      logger: this.log,
      endpoints: this.endpoints,
      clock,
      faults,
    };
    this.#isWatching = options.metrics?.runtime !== false;
    this.metrics.collector(async () => {
      const runtime = this.#isWatching ? await this.#watch() : undefined;
      const { selfFamilies } = await load(() => import("./compose/self_metrics.ts"));
      return [...runtime?.collect() ?? [], ...selfFamilies(this), ...outlet?.families() ?? []];
    });
    // A scrape shows what the checks say now, even where nobody asks for /health.
    this.metrics.collector(() => {
      void this.health.refresh();
      return [];
    });
    outlet?.connect(this);
  }

  /**
   * Wraps a handler: metrics, span, log lines and correlation for each request, and the admin
   * endpoints. Its behaviour stays as it was; see `instrument` of `./http`.
   *
   * @param options `endpoints: false` for a handler whose paths are all the application's own; what
   * else is looked at, over `http` of {@linkcode TelltaleOptions}
   */
  instrument<
    Rest extends unknown[],
    Result extends Response | undefined | Promise<Response | undefined>,
  >(
    handler: Handler<Rest, Result>,
    options: ObserveOptions & { readonly endpoints?: false | undefined } = {},
  ): Handler<Rest, Result | Promise<Response>> {
    const endpoints = options.endpoints === false ? undefined : this.endpoints;
    // Not before: a script that serves nothing is left without a timer of ours (see heedSignals).
    if (this.#isWatching) {
      this.#cancelWatch ??= this.#clock.after(WATCH_AFTER_MS, () => void this.#watch());
    }
    return instrument(handler, { ...this.#instrument, ...options, endpoints });
  }

  /** Aborted when the service is about to stop: end event streams and long polls on it. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /**
   * Not ready from now on, and {@linkcode Telltale.stopping} is aborted. What its listeners throw is
   * counted: requests in flight are not to be lost of it.
   */
  stop(): void {
    this.health.drain();
    if (this.#stopping.signal.aborted) return;
    isolated(() => this.#stopping.abort(), (error) => this.faults.record("stopping", error));
  }

  /**
   * Resolves when all that is queued has left, or `timeoutMs` has passed (5000 by default), and tells
   * what still waits to be exported. A receiver that asked for patience is not asked again before.
   */
  async flush(timeoutMs = 5000): Promise<FlushResult> {
    let cancel = () => {};
    const late = new Promise<void>((resolve) => cancel = this.#clock.after(timeoutMs, resolve));
    // Timers of ours don't hold the process, so nothing else might while a try waits for the next.
    const release = keepAlive();
    // The logger hands over to its sinks before it returns, so that the outlet has all records.
    const done = Promise.all([this.log.flush(), this.#outlet?.drain(timeoutMs)]);
    await Promise.race([done, late]).finally(release);
    cancel();
    return this.#outlet?.pending ?? { queued: 0, retryAfterMs: 0 };
  }

  /**
   * Stops, flushes for five seconds at most, and ends every timer. What a receiver that is away has
   * not taken by then stays in the spool, or is dropped where there is none. Safe to call again.
   */
  shutdown(): Promise<void> {
    return this.#shutdown ??= this.#end();
  }

  /** {@linkcode Telltale.shutdown}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.shutdown();
  }

  async #end(): Promise<void> {
    this.stop();
    this.#cancelWatch?.();
    this.health.close();
    this.tracer.flush();
    await this.flush();
    this.#outlet?.close();
    // A watch that has not begun does not begin any more.
    (await (this.#runtime ??= Promise.resolve(undefined)))?.stop();
    await this.metrics.close();
  }

  /** Begins to watch the runtime, if that has not begun; outside any request that may have asked. */
  #watch(): Promise<RuntimeCollector | undefined> {
    return this.#runtime ??= run(undefined, async () => {
      try {
        const { RuntimeCollector } = await load(() => import("./metrics/runtime/runtime.ts"));
        return new RuntimeCollector({ clock: this.#clock });
      } catch (error) {
        this.faults.record("collector", error);
        return undefined;
      }
    });
  }
}

/** A component that comes up for the first time is no news. */
function logChange(log: Logger, change: HealthChange): void {
  const { component, from, to, critical, description, error } = change;
  if (from === undefined && to === "UP") return;
  const fields = { component, from, to, critical, description, error };
  if (to === "UP") log.info("health changed", fields);
  else log.warn("health changed", fields);
}

/**
 * Composes all parts with sensible defaults. Throws for an option that can't work; nothing is
 * global. Once a handler is instrumented, one timer watches the event loop; it does not keep the
 * process alive.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { equal } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const orders = t.metrics.counter("orders_total", "Orders placed");
 * const handler = t.instrument(() => {
 *   orders.inc();
 *   t.log.info("placed");
 *   return new Response("ok");
 * });
 *
 * const response = await handler(new Request("http://localhost/orders"));
 * const record = t.log.ring.since(0).find((record) => record.message === "placed");
 * equal(record?.traceId, response.headers.get("x-request-id"));
 * ```
 */
export function telltale(options: TelltaleOptions = {}): Telltale {
  return new Telltale(options);
}
