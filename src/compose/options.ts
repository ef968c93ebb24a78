/**
 * Options of the composition.
 *
 * @module
 */
import { type Known, refuseUnknown, requireObject } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { RedactOptions } from "../core/redact/options.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import type { ResourceOptions } from "../core/resource.ts";
import type { LoggerOptions } from "../log/options.ts";
import type { RegistryOptions } from "../metrics/options.ts";
import type { TracerOptions } from "../trace/options.ts";
import type { RowLimits } from "../events/store/limits.ts";
import { checkedExposures, type FlagsOptions } from "../flags/options.ts";
import type { OtlpOptions } from "../export/otlp/options.ts";
import type { AccessOptions } from "../http/admin/access.ts";
import type { EndpointPaths } from "../http/admin/paths.ts";
import type { SloRegistryOptions } from "../slo/registry.ts";
import type { ProfileOptions } from "./profile_parts.ts";
import type { Peer } from "../http/request/peer.ts";
import type { ConsoleOptions } from "./console_token.ts";
import { checkObserverOptions, type ObserveOptions } from "../http/server/options.ts";

/** Options of {@linkcode telltale}; none is required. What several parts need is set here once. */
export interface TelltaleOptions extends ResourceOptions {
  /**
   * What is hidden in all output: log lines, spans, errors, health, and Telltale's own
   * lines on standard error. Values of metric labels and resource attributes are not redacted.
   *
   * @default the usual secrets
   */
  readonly redact?: RedactOptions | Redactor | undefined;
  /**
   * Whether the `traceparent` of this caller is continued instead of linked. A throw counts as no.
   *
   * @default direct private peers; behind a proxy that adds no forwarding headers, all callers are
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** Options of the registry. */
  readonly metrics?:
    | Omit<RegistryOptions, "redactor" | "clock" | "faults"> & {
      /** Whether the process and its runtime are measured too. @default true */
      readonly runtime?: boolean | undefined;
    }
    | undefined;
  /** Options of the tracer. */
  readonly trace?: Omit<TracerOptions, "redactor" | "clock" | "faults"> | undefined;
  /** Options of the logger. */
  readonly log?: Omit<LoggerOptions, "service" | "redact" | "clock" | "faults"> | undefined;
  /** What is observed of a request beyond the standard; `instrument` can override it for a handler. */
  readonly http?: ObserveOptions | undefined;
  /** Outgoing requests. */
  readonly client?: {
    /**
     * Hosts that are sent the trace: a name, or a suffix such as `.example.com`. A redirect to another
     * host is followed without the trace. @default all
     */
    readonly traceHosts?: readonly string[] | undefined;
    /** Hosts, besides private ones, that are sent baggage; a redirect elsewhere goes without it. */
    readonly baggageHosts?: readonly string[] | undefined;
    /** The methods that are told apart. @default those of `http` */
    readonly knownMethods?: readonly string[] | undefined;
  } | undefined;
  /** How much is kept of the rows of requests and jobs; false for none. */
  readonly events?: RowLimits | false | undefined;
  /** Options of the feature flags. */
  readonly flags?: Pick<FlagsOptions, "exposures"> | undefined;
  /** Other paths for the admin endpoints, or false for one that the application answers itself. */
  readonly endpoints?: EndpointPaths | undefined;
  /**
   * Who may see metrics and the detail of health. **Set a token, or serve the admin paths on a port of
   * their own, behind a proxy that adds no header**: see {@linkcode AccessOptions.allow}.
   *
   * @default direct private peers
   */
  readonly access?: AccessOptions | undefined;
  /** What all SLOs share: where their budgets survive a restart, and who is told of alerts. */
  readonly slo?: Pick<SloRegistryOptions, "path" | "onAlert"> | undefined;
  /**
   * Profiles the CPU all the time, and keeps a profile now and then; see {@linkcode ContinuousOptions}. On
   * Deno it needs `--allow-sys`. @default profiles are taken on demand only
   */
  readonly profile?: ProfileOptions | undefined;
  /**
   * The console at `/telltale/`, which answers callers on this machine unless a token is set; false for
   * none.
   */
  readonly console?: ConsoleOptions | false | undefined;
  /** Export by OTLP; false for none. Options that are absent come from the environment. */
  readonly otlp?: OtlpOptions | false | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

const KNOWN: Known<TelltaleOptions> = {
  service: true,
  version: true,
  environment: true,
  instanceId: true,
  redact: true,
  trust: true,
  metrics: true,
  trace: true,
  log: true,
  http: true,
  client: true,
  events: true,
  flags: true,
  endpoints: true,
  access: true,
  slo: true,
  profile: true,
  console: true,
  otlp: true,
  clock: true,
};

const KNOWN_METRICS: Known<NonNullable<TelltaleOptions["metrics"]>> = {
  maxSeries: true,
  names: true,
  cluster: true,
  histograms: true,
  created: true,
  maxScrapes: true,
  collectorTimeoutMs: true,
  runtime: true,
};

const KNOWN_CLIENT: Known<NonNullable<TelltaleOptions["client"]>> = {
  traceHosts: true,
  baggageHosts: true,
  knownMethods: true,
};

/** Options of a part that the composition sets itself: given here, they would have no effect. */
const SHARED: Readonly<Partial<Record<keyof TelltaleOptions, readonly string[]>>> = {
  trace: ["redactor", "clock", "faults"],
  log: ["service", "redact", "clock", "faults"],
  http: [
    "trust",
    "registry",
    "tracer",
    "logger",
    "events",
    "version",
    "slos",
    "profiles",
    "endpoints",
    "clock",
    "faults",
  ],
  events: ["redactor", "clock"],
};

const KNOWN_FLAGS: Known<NonNullable<TelltaleOptions["flags"]>> = { exposures: true };

const WHAT = "set up telltale";

/**
 * Refuses what the composition can't use; the parts check the values of their own options.
 *
 * @throws {TypeError} for an unknown option, or one of the wrong kind
 * @throws {RangeError} for a value that is out of range
 */
export function checkOptions(options: TelltaleOptions): void {
  refuseUnknown(WHAT, options, KNOWN);
  const { log, redact, metrics, trace, endpoints, access, http, client, otlp, clock } = options;
  const { profile } = options;
  const nested = { log, redact, metrics, trace, endpoints, access, http, client, profile, clock };
  for (const [name, value] of Object.entries(nested)) requireObject(WHAT, value, name);
  if (otlp !== false) requireObject(WHAT, otlp, "otlp");
  if (options.console !== false) requireObject(WHAT, options.console, "console");
  if (options.events !== false) requireObject(WHAT, options.events, "events");
  for (const [part, names] of Object.entries(SHARED)) {
    const given = options[part as keyof TelltaleOptions] as
      | Partial<Record<string, unknown>>
      | undefined;
    for (const name of names) {
      if (given?.[name] === undefined) continue;
      throw new TypeError(`Cannot ${WHAT}: ${part} must not have "${name}", which all parts share`);
    }
  }
  refuseUnknown("set up metrics", metrics, KNOWN_METRICS);
  refuseUnknown("set up client", client, KNOWN_CLIENT);
  refuseUnknown("set up SLOs", options.slo, { path: true, onAlert: true });
  refuseUnknown("set up flags", options.flags, KNOWN_FLAGS);
  checkedExposures({ ...options.flags });
  checkObserverOptions({ ...http });
}
