/**
 * The parts of a composition, made in the order in which they need each other.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import { errorText } from "../core/redact/error.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { type Resource, resource } from "../core/resource.ts";
import { Blocks } from "../core/runtime/blocks.ts";
import { RuntimeHistory } from "../core/runtime/history.ts";
import { EventStore } from "../events/event_store.ts";
import { HealthRegistry } from "../health/registry.ts";
import { Logger } from "../log/logger.ts";
import { Registry } from "../metrics/registry.ts";
import { samplerFromEnvironment } from "../trace/sampling/environment.ts";
import { Tracer } from "../trace/tracer.ts";
import { Flags } from "../flags/flags.ts";
import type { FlagsOptions } from "../flags/options.ts";
import { clientFetch } from "../http/client/metrics.ts";
import type { InstrumentOptions } from "../http/server/instrument.ts";
import { SloRegistry } from "../slo/registry.ts";
import { adminPaths } from "./admin.ts";
import { storeOptions } from "./console_budget.ts";
import { ConsoleToken } from "./console_token.ts";
import { logChange } from "./health_lines.ts";
import { Jobs } from "./job.ts";
import type { TelltaleOptions } from "./options.ts";
import { OtlpWiring } from "./otlp.ts";
import { Profiles } from "./profiles.ts";
import { RuntimeWatch } from "./runtime_watch.ts";

/** What {@linkcode compose} makes. */
export type Parts = ReturnType<typeof compose>;

/**
 * Makes all parts, and connects them.
 *
 * @throws {TypeError} for an option of the wrong kind
 * @throws {RangeError} for a value that is out of range
 */
export function compose(options: TelltaleOptions) {
  const base = baseOf(options), { clock, faults, redactor } = base;
  const signals = signalsOf(options, base);
  const { metrics, tracer, log, health, events, otlp } = signals;
  const { version } = base.resource;
  const common = { metrics, log, health, clock, faults };

  const profiles = new Profiles(options.profile, { ...common, resource: base.resource });
  const profile = () => profiles.burns();
  const slos = new SloRegistry({ ...options.slo, ...common, profile });
  const flags = new LazyFlags({ ...options.flags, ...common, events });
  const jobs = new Jobs({ tracer, clock, redactor, faults, events, version });

  const history = new RuntimeHistory(), blocks = new Blocks();
  blocks.onBlock = (ms) => profiles.lagged(ms);
  const fetch = clientFetch(metrics, {
    knownMethods: options.http?.knownMethods,
    ...options.client,
    tracer,
    clocks: history,
    faults,
  });
  const runtime = options.metrics?.runtime === false
    ? undefined
    : new RuntimeWatch(clock, faults, blocks, history);

  const stopping = new AbortController();
  const consoleToken = new ConsoleToken(options.console, options.access);
  const shown = { ...base, ...signals, slos, history, profiles, stopping: stopping.signal };
  const endpoints = adminPaths({ ...shown, flags: () => flags.get() }, options, consoleToken);
  profiles.addTo(endpoints);

  const instrument: InstrumentOptions = {
    ...options.http,
    trust: options.trust,
    registry: metrics,
    tracer,
    logger: log,
    events,
    version,
    blocks,
    slos,
    profiles,
    endpoints,
    clock,
    faults,
  };
  const served = { fetch, endpoints, consoleToken, instrument, stopping };
  return { ...base, ...signals, ...served, otlp, profiles, slos, flags, jobs, runtime };
}

/** What every part is given. */
interface Base {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly redactor: Redactor;
  readonly resource: Resource;
}

function baseOf(options: TelltaleOptions): Base {
  const { redact, clock = systemClock } = options;
  const faults = new Faults();
  const redactor = redact instanceof Redactor ? redact : new Redactor(redact);
  faults.describe = (error) => errorText(error, redactor);
  const identity = resource(options, undefined, (error) => {
    faults.record("OTEL_RESOURCE_ATTRIBUTES", error);
  });
  return { clock, faults, redactor, resource: identity };
}

/** The parts that record, each of which works alone, and their export. */
function signalsOf(options: TelltaleOptions, { clock, faults, redactor, resource }: Base) {
  const { service } = resource;
  const common = { redactor, clock, faults };
  const { runtime: _, ...limits } = options.metrics ?? {};
  const cluster = limits.cluster === true ? { name: service } : limits.cluster;
  const metrics = new Registry({ ...limits, cluster, ...common });
  const stores = storeOptions(options);
  const sampler = options.trace?.sampler ?? samplerFromEnvironment(faults);
  const tracer = new Tracer({ ...stores.trace, sampler, ...common });
  const otlp = OtlpWiring.open(options.otlp, clock, faults, options.log?.signals);
  const sinks = otlp?.besides(options.log?.sinks) ?? options.log?.sinks;
  const log = new Logger({ ...stores.log, sinks, service, redact: redactor, clock, faults });
  const health = new HealthRegistry(common);
  health.onChange((change) => logChange(log, change));
  const { events: rows, pinnedBytes, historyBytes } = stores;
  const events = rows === false ? undefined : new EventStore({ ...rows, redactor, clock });
  return { metrics, tracer, log, health, events, otlp, pinnedBytes, historyBytes };
}

/** Flags, made when they are first asked for: most services have none. */
class LazyFlags {
  readonly #options: FlagsOptions;
  #flags: Flags | undefined;

  constructor(options: FlagsOptions) {
    this.#options = options;
  }

  get(): Flags {
    return this.#flags ??= new Flags(this.#options);
  }

  async close(): Promise<void> {
    await this.#flags?.close();
  }
}
