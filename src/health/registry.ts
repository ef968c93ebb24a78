/**
 * The checks of a service and the states they add up to.
 *
 * @module
 */
import { refuseUnknown } from "../core/check.ts";
import { type Clock, systemClock, within } from "../core/clock.ts";
import { outside } from "../core/context.ts";
import { errorText } from "../core/redact/error.ts";
import { Faults } from "../core/faults.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { Ring } from "../core/ring.ts";
import { Check, type StatusListener } from "./check.ts";
import type { CheckFunction, CheckOptions } from "./check_options.ts";
import type { ComponentHealth, HealthChange, HealthSnapshot, HealthStatus } from "./snapshot.ts";
import { cycleThrough } from "./dependencies.ts";

/** What a registry needs from outside; each has a default. */
export interface HealthRegistryOptions {
  /** Where time comes from. */
  readonly clock?: Clock | undefined;
  /** Where throws of checks and listeners are counted. */
  readonly faults?: Faults | undefined;
  /** What is hidden in descriptions and errors; the usual secrets unless given. */
  readonly redactor?: Redactor | undefined;
}

/** Which checks to run, and for how long to wait for them. */
export interface RefreshOptions {
  /** Only the checks of this group. */
  readonly group?: string | undefined;
  /** Leaves these checks out, of the runs and of the states. */
  readonly exclude?: readonly string[] | undefined;
  /** Gives up waiting after so many milliseconds; the runs go on. Without it, all are waited for. */
  readonly waitMs?: number | undefined;
}

/** Changes of state that are remembered. */
const HISTORY_CAPACITY = 256;
const MAX_REASON = 200;

/**
 * Knows the checks of a service and answers from what they last said. Checks run on demand
 * (`refresh`, at most once in their `ttlMs`) or every `intervalMs`; never twice at once, and a check
 * that hangs stalls no other. A check that throws is DOWN, and counted as a fault.
 *
 * @example
 * ```ts
 * import { HealthRegistry } from "@telltale/telltale/health";
 * import { deepEqual } from "node:assert/strict";
 *
 * const health = new HealthRegistry();
 * health.check("database", () => true);
 * health.check("mail", () => {
 *   throw new Error("connection refused");
 * }, { critical: false });
 *
 * const { status, components } = await health.refresh();
 * deepEqual([status, components.mail?.status], ["DEGRADED", "DOWN"]);
 * ```
 */
export class HealthRegistry {
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #redactor: Redactor;
  readonly #checks = new Map<string, Check>();
  readonly #timers = new Map<string, () => void>();
  readonly #history = new Ring<HealthChange>(HISTORY_CAPACITY);
  readonly #listeners = new Set<(change: HealthChange) => void>();
  #draining = false;
  #maintenance: string | undefined;
  #started = false;
  #closed = false;

  /** Makes a registry without checks: UP. */
  constructor(options: HealthRegistryOptions = {}) {
    refuseUnknown("make health registry", options, { clock: true, faults: true, redactor: true });
    this.#clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
    const redactor = this.#redactor = options.redactor ?? new Redactor();
    this.#faults.describe ??= (error) => errorText(error, redactor);
  }

  /**
   * Registers a check and returns what removes it. A name that is taken, an option out of range or a
   * dependency in a circle throws.
   *
   * @param name the component's name, as it stands in answers and metrics
   * @param fn looks at the component; see {@linkcode CheckFunction}
   * @param options timeout, freshness, thresholds, groups
   */
  check(name: string, fn: CheckFunction, options: CheckOptions = {}): () => void {
    if (this.#checks.has(name)) {
      throw new TypeError(`Cannot register check ${JSON.stringify(name)}: the name is taken`);
    }
    const changed: StatusListener = (...change) => {
      // A run may outlive its registration, and then says nothing of the service any more.
      if (this.#checks.get(name) === check) this.#tell(...change);
    };
    const check = new Check(
      name,
      fn,
      options,
      this.#clock,
      this.#faults,
      this.#redactor,
      changed,
    );
    const { intervalMs, dependsOn } = check.settings;
    const others = new Map([...this.#checks].map(([name, { settings }]) => [name, settings]));
    const cycle = cycleThrough(name, dependsOn, others);
    if (cycle !== undefined) {
      const what = `Cannot register check ${JSON.stringify(name)}`;
      throw new TypeError(`${what}: it depends on itself, ${cycle}`);
    }
    this.#checks.set(name, check);
    if (intervalMs !== undefined && !this.#closed) {
      this.#timers.set(name, this.#clock.every(intervalMs, () => void this.#examine(check)));
      // The module that registers it is still being evaluated: what the check uses may come below.
      outside(() =>
        queueMicrotask(() => {
          if (this.#timers.has(name)) void this.#examine(check);
        })
      );
    }
    return () => {
      if (this.#checks.get(name) !== check) return;
      this.#checks.delete(name);
      this.#timers.get(name)?.();
      this.#timers.delete(name);
    };
  }

  /** What is known now. Runs no check and waits for nothing. */
  snapshot(options: Pick<RefreshOptions, "exclude"> = {}): HealthSnapshot {
    const { exclude = [] } = options;
    const closed = this.#draining || this.#maintenance !== undefined;
    return {
      status: closed ? "DOWN" : this.state(undefined, exclude),
      live: this.state("live", exclude),
      ready: closed ? "DOWN" : this.state("ready", exclude),
      startup: this.#startup(exclude),
      draining: this.#draining,
      maintenance: this.#maintenance,
      components: Object.fromEntries([...this.#checks].map(([name, { health }]) => [name, health])),
      timestampMs: this.#clock.now(),
    };
  }

  /**
   * The worst state of a group's checks, or of all checks: DOWN when a critical one is, DEGRADED
   * when one is degraded or a check that is not critical is DOWN; UP when there are none.
   */
  state(group?: string, exclude: readonly string[] = []): HealthStatus {
    let worst: HealthStatus = "UP";
    for (const { name, health } of this.#checks.values()) {
      if (health.status === "UP" || exclude.includes(name)) continue;
      if (group !== undefined && !health.groups.includes(group)) continue;
      // Not knowing yet is a reason to send no requests, not one to restart.
      if (group === "live" && health.lastCheckedMs === undefined) continue;
      if (health.status === "DOWN" && health.critical) return "DOWN";
      worst = "DEGRADED";
    }
    return worst;
  }

  /** Runs the checks that are due, waits for their results and gives a snapshot. Never rejects. */
  async refresh(options: RefreshOptions = {}): Promise<HealthSnapshot> {
    const { group, exclude = [], waitMs } = options;
    const runs: Promise<void>[] = [];
    for (const check of this.#checks.values()) {
      if (group !== undefined && !check.settings.groups.includes(group)) continue;
      if (check.due && !exclude.includes(check.name)) runs.push(this.#examine(check));
    }
    if (runs.length > 0) {
      const all = Promise.all(runs);
      await (waitMs === undefined ? all : within(this.#clock, waitMs, all));
    }
    return this.snapshot({ exclude });
  }

  /** The latest changes of state, oldest first; 256 are kept. */
  history(): readonly HealthChange[] {
    return this.#history.since(0);
  }

  /** Tells `listener` of every change of a component's state; returns what ends that. */
  onChange(listener: (change: HealthChange) => void): () => void {
    // A fresh function, so that one listener added twice is told twice and removed once.
    const told = (change: HealthChange) => listener(change);
    this.#listeners.add(told);
    return () => this.#listeners.delete(told);
  }

  /** From now on not ready, for load balancers to look elsewhere; liveness is not touched. */
  drain(): void {
    this.#draining = true;
  }

  /** Whether {@linkcode HealthRegistry.drain} was called. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Not ready until {@linkcode HealthRegistry.leaveMaintenance}; liveness is not touched, and checks
   * run on.
   *
   * @param reason what authorised callers are told; at most 200 characters are kept
   */
  enterMaintenance(reason = "maintenance"): void {
    const shown = this.#redactor.under("maintenance", String(reason), MAX_REASON);
    this.#maintenance = shown ?? "maintenance";
  }

  /** Back in use. */
  leaveMaintenance(): void {
    this.#maintenance = undefined;
  }

  /** Ends the checks that run by interval; none that is registered later runs by one. */
  close(): void {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #startup(exclude: readonly string[]): HealthStatus {
    // Latched: a dependency that fails later makes the service unready, not unstarted.
    this.#started ||= this.state("startup") !== "DOWN";
    return this.#started || this.state("startup", exclude) !== "DOWN" ? "UP" : "DOWN";
  }

  /** Runs a check once its dependencies are known, or skips it. */
  async #examine(check: Check): Promise<void> {
    const { dependsOn } = check.settings;
    if (dependsOn.length > 0) {
      await Promise.all(dependsOn.map((other) => this.#examineFirst(this.#checks.get(other))));
      const blocker = dependsOn.find((name) =>
        (this.#checks.get(name)?.health.status ?? "DOWN") === "DOWN"
      );
      if (blocker !== undefined) {
        check.skip(`${blocker} is ${this.#checks.has(blocker) ? "DOWN" : "not registered"}`);
        return;
      }
    }
    await check.run();
  }

  async #examineFirst(check: Check | undefined): Promise<void> {
    if (check === undefined) return;
    if (check.due || check.health.lastCheckedMs === undefined) await this.#examine(check);
  }

  readonly #tell = (
    component: string,
    from: HealthStatus | undefined,
    { status: to, critical, description, error }: ComponentHealth,
  ): void => {
    const timeMs = this.#clock.now();
    const change: HealthChange = { component, from, to, timeMs, critical, description, error };
    this.#history.push(change);
    for (const listener of this.#listeners) {
      this.#faults.guard("health listener", () => listener(change));
    }
  };
}
