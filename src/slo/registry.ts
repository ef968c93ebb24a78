/**
 * The registry of SLOs: defines them, feeds them with requests, tells their alerts.
 *
 * @module
 */
import { check, checkFunction, type Known, refuseUnknown, requireGiven } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { Faults } from "../core/faults.ts";
import type { HealthRegistry } from "../health/registry.ts";
import type { Logger } from "../log/logger.ts";
import type { Counter } from "../metrics/instrument/counter.ts";
import type { Registry } from "../metrics/registry.ts";
import type { SloChange } from "./live/alert.ts";
import { degrade, logAlert } from "./voice.ts";
import { definitionOf, type SloDefinition, type SloOptions } from "./live/definition.ts";
import { Ledger } from "./live/ledger.ts";
import type { Members } from "./live/members.ts";
import { RouteWatch } from "./live/routes.ts";
import { Tracker } from "./live/tracker.ts";
import { Slo } from "./slo.ts";

/** Options of a registry of SLOs. */
export interface SloRegistryOptions {
  /** Holds `slo_events_total`, and shows the other families. In a cluster, states are of all members. */
  readonly metrics: Pick<Registry, "counter" | "collector"> & Partial<Pick<Registry, "channel">>;
  /** Gets a line when an alert begins, changes or ends. @default none */
  readonly log?: Pick<Logger, "info" | "warn" | "error"> | undefined;
  /** Shows the SLOs that degrade it. @default none */
  readonly health?: Pick<HealthRegistry, "check"> | undefined;
  /** Called when any alert begins, changes or ends. A throw is counted. */
  readonly onAlert?: ((change: SloChange) => void) | undefined;
  /**
   * Called when an alert begins or changes: what it returns is the `profile_id` of the line, a profile that
   * is taken because of it. A throw is counted. @default none is
   */
  readonly profile?: ((change: SloChange) => string | undefined) | undefined;
  /**
   * The file in which budgets survive a restart: written every minute and by `close`, which `serve` calls
   * when the process ends and another server must; read when the first
   * SLO is defined. Each process needs its own, but the members of a cluster, who know the same, may share
   * one. One that is damaged is ignored and counted as a fault.
   *
   * @default none: a restart begins with a whole budget
   */
  readonly path?: string | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
}

const KNOWN: Known<SloRegistryOptions> = {
  metrics: true,
  log: true,
  health: true,
  onAlert: true,
  profile: true,
  path: true,
  clock: true,
  faults: true,
};

/** 45 KB each. */
const MAX_SLOS = 100;
/** Routes whose SLOs are looked up once; of further ones each request looks again. */
const MAX_ROUTES = 1000;
const TICK_MS = 10_000;
/** Budgets are saved every minute. */
const SAVE_TICKS = 6;

/**
 * Defines SLOs and keeps their error budgets. Nothing runs until the first is defined; then a timer reads
 * the counters every ten seconds, without keeping the process alive.
 *
 * @example
 * ```ts
 * import { Registry } from "@telltale/telltale/metrics";
 * import { SloRegistry } from "@telltale/telltale/slo";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using slos = new SloRegistry({ metrics: new Registry() });
 * const mails = slos.define("mails", { objective: 0.9, custom: true });
 * mails.good(95);
 * mails.bad(5);
 *
 * const { events, budgetRemaining } = mails.state();
 * deepEqual([events, budgetRemaining], [100, 0.5]);
 * ```
 */
export class SloRegistry {
  readonly #trackers = new Map<string, Tracker>();
  readonly #slos: Slo[] = [];
  readonly #listeners = new Map<string, SloOptions["onAlert"]>();
  readonly #byRoute = new Map<string, readonly Tracker[]>();
  #lastRoute: string | undefined;
  #lastTrackers: readonly Tracker[] = [];
  readonly #routes = new RouteWatch();
  readonly #options: SloRegistryOptions;
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** As the histogram has them, once it is made. */
  #bounds: readonly number[] | undefined;
  #events: Counter<"slo" | "outcome"> | undefined;
  #cancel: (() => void) | undefined;
  #closing: Promise<void> | undefined;
  #ticks = 0;
  /** Undefined outside of a cluster. */
  #members: Members | undefined;
  /** Undefined where budgets are not saved. */
  readonly #ledger: Ledger | undefined;

  /**
   * Makes a registry without SLOs.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   */
  constructor(options: SloRegistryOptions) {
    const what = "make SLO registry";
    requireGiven(what, options);
    refuseUnknown(what, options, KNOWN);
    requireGiven(what, options.metrics, "metrics");
    const { path, onAlert } = options;
    if (onAlert !== undefined) checkFunction(what, "onAlert", onAlert);
    const isPath = path === undefined || typeof path === "string" && path !== "";
    check(isPath, what, "path must be that of a file", path, TypeError);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
    if (path !== undefined) this.#ledger = new Ledger(path, this.#clock, this.#faults);
  }

  /**
   * Defines an SLO.
   *
   * @param name names it in metrics, logs and rules; one service has at most 100
   * A route that the service does not have is an error too, where it has told its routes by then: see
   * {@linkcode SloRegistry.serves}. Else it is one when it tells them, and where routes come from `setRoute`,
   * a line and a note in the health once a minute of requests has shown a similar one, or an hour others.
   *
   * @throws {TypeError} for a name that is taken, an unknown option, or one of the wrong kind
   * @throws {RangeError} for a value that is out of range
   */
  define(name: string, options: SloOptions): Slo {
    const definition = definitionOf(name, options), what = `define SLO "${name}"`;
    if (this.#trackers.has(name)) throw new TypeError(`Cannot ${what}: the name is taken`);
    const count = this.#slos.length;
    check(count < MAX_SLOS, what, `there must be at most ${MAX_SLOS}`, count + 1);
    this.#routes.check(definition);
    // At 0 from now on: a series that begins with its first failure hides that failure from `rate`.
    const events = this.#events ??= this.#begin();
    const good = events.with({ slo: name, outcome: "good" });
    const bad = events.with({ slo: name, outcome: "bad" });
    const tracker = new Tracker(definition, good, bad, this.#clock.monotonic());
    const slo = new Slo(tracker, this.#clock);
    if (options.degrades === true) degrade(this.#options.health, slo);
    this.#trackers.set(name, tracker);
    this.#slos.push(slo);
    this.#byRoute.clear();
    this.#lastRoute = undefined;
    this.#ledger?.resume(tracker);
    this.#listeners.set(name, options.onAlert);
    return slo;
  }

  /** All SLOs, in the order of their definition. */
  [Symbol.iterator](): Iterator<Slo> {
    return this.#slos.values();
  }

  /** A request has ended: counts it in the SLOs of its route. */
  ended(method: string, route: string, status: number, durationMs: number): void {
    if (this.#slos.length === 0) return;
    // Many requests have the route of the one before.
    if (route !== this.#lastRoute) this.#turnTo(route);
    const trackers = this.#lastTrackers;
    for (let i = 0; i < trackers.length; i++) trackers[i]!.count(method, status, durationMs);
  }

  /**
   * Tells the templates of all routes of the service, or of one of its handlers. `instrument` with
   * `matchRoutes`, and `serve` on Bun with `routes` alone, call it; call it yourself where another router has
   * a list, such as `app.routes.map(({ path }) => path)` of Hono.
   *
   * @throws {TypeError} for an SLO whose route is none of them
   */
  serves(templates: readonly string[]): void {
    this.#routes.serves(templates, this.#slos.map(({ definition }) => definition));
  }

  /** The bounds of latencies in seconds. Those of SLOs that are defined later are bounds of no histogram. */
  durationBounds(): readonly number[] {
    return this.#bounds ??= this.#latencies();
  }

  /** Whether the bound of a latency is one of the histogram of durations. */
  hasBound({ underMs }: SloDefinition): boolean {
    return underMs !== undefined && (this.#bounds ?? this.#latencies()).includes(underMs / 1000);
  }

  /** Resolves when what was saved has been read. */
  async restored(): Promise<void> {
    await this.#ledger?.settled;
  }

  /** Ends the timer and saves the budgets. The SLOs go on counting. */
  close(): Promise<void> {
    if (this.#closing !== undefined) return this.#closing;
    this.#cancel?.();
    this.#members?.tell();
    return this.#closing = this.#ledger?.save(this.#trackers) ?? Promise.resolve();
  }

  /** {@linkcode SloRegistry.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #latencies(): number[] {
    return this.#slos.flatMap(({ definition: { underMs } }) =>
      underMs === undefined ? [] : [underMs / 1000]
    );
  }

  /** At the first definition. */
  #begin(): Counter<"slo" | "outcome"> {
    const { metrics } = this.#options;
    const events = metrics.counter(
      "slo_events_total",
      "Events that count for an SLO, by whether they were good",
      ["slo", "outcome"],
      { maxSeries: 2 * MAX_SLOS },
    );
    metrics.collector(async () => {
      this.#members?.tell();
      const { familiesOf } = await load(() => import("./live/families.ts"));
      return familiesOf([...this.#trackers.values()], this.#clock.monotonic());
    });
    this.#ledger?.read(this.#trackers);
    void this.#join();
    if (this.#closing === undefined) this.#cancel = this.#clock.every(TICK_MS, () => this.#tick());
    return events;
  }

  /** Adds up with the other members of the cluster, if there is one. */
  async #join(): Promise<void> {
    try {
      const channel = await this.#options.metrics.channel?.("slo");
      // After what was saved is known: who has observed more gives its history.
      await this.#ledger?.settled;
      if (channel === undefined) return;
      const { Members } = await load(() => import("./live/members.ts"));
      const trackers = this.#trackers, clock = this.#clock;
      this.#members = new Members({ channel, trackers, clock });
    } catch (error) {
      this.#faults.record("SLO members", error);
    }
  }

  #turnTo(route: string): void {
    this.#lastTrackers = this.#byRoute.get(route) ?? this.#of(route);
    this.#lastRoute = route;
  }

  /** The SLOs of a route. */
  #of(route: string): readonly Tracker[] {
    const trackers = [...this.#trackers.values()].filter(({ definition: { kind, routes } }) =>
      kind !== "custom" && (routes === undefined || routes.includes(route))
    );
    if (this.#byRoute.size < MAX_ROUTES) this.#byRoute.set(route, trackers);
    return trackers;
  }

  #tick(): void {
    if (++this.#ticks % SAVE_TICKS === 0) void this.#ledger?.save(this.#trackers);
    this.#members?.tell();
    this.#findUnseen();
    const nowMs = this.#clock.monotonic();
    for (const tracker of this.#trackers.values()) {
      const change = tracker.tick(nowMs);
      if (change === undefined) continue;
      this.#tell({ ...change, speaks: this.#members?.speaks(change.slo) ?? true });
    }
  }

  #findUnseen(): void {
    const definitions = this.#slos.map(({ definition }) => definition);
    for (const one of this.#routes.unseen(this.#ticks, this.#byRoute, definitions)) {
      const { slo, route, meant } = one, { log, health } = this.#options;
      log?.warn("SLO has a route that no request has had", { slo, route, meant });
      health?.check(`slo ${slo} route ${route}`, () => {
        if (this.#byRoute.has(route)) return true;
        const hint = meant === undefined ? "" : `, did you mean ${meant}?`;
        return { status: "UP", description: `no request has had route ${route}${hint}` };
      }, { critical: false, groups: [] });
    }
  }

  #tell(change: SloChange): void {
    const { onAlert, profile } = this.#options, { slo, to, speaks } = change;
    const isBurning = to === "page" || to === "ticket";
    const profileId = isBurning && profile
      ? this.#faults.guard("profile", () => profile(change))
      : undefined;
    if (speaks) logAlert(this.#options.log, change, profileId);
    for (const listener of [this.#listeners.get(slo), onAlert]) {
      if (listener !== undefined) this.#faults.guard("SLO alert", () => listener(change));
    }
  }
}
