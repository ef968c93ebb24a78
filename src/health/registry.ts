/**
 * The registry of health checks: runs them and derives the states of the service.
 *
 * @module
 */
import { refuseUnknown } from "../core/check.ts";
import { type Clock, systemClock, within } from "../core/clock.ts";
import { outside } from "../core/context.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { errorText } from "../core/redact/error.ts";
import { Faults } from "../core/faults.ts";
import { Redactor } from "../core/redact/redactor.ts";
import { Ring } from "../core/ring.ts";
import { Check, type CheckFunction, type CheckOptions } from "./check.ts";
import type { HealthChange, HealthSnapshot, HealthStatus } from "./snapshot.ts";

/** What a health registry is made with. */
export interface HealthRegistryOptions {
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
  /** Counts what goes wrong inside. @default one of its own */
  readonly faults?: Faults | undefined;
  /** Hides secrets in descriptions and errors. @default one with the usual rules */
  readonly redactor?: Redactor | undefined;
}

/** Which checks to run, and how long to wait for them. */
export interface RefreshOptions {
  /** Runs only the checks of this group. @default all */
  readonly group?: string | undefined;
  /** Leaves out these checks, both of the runs and of the states. @default [] */
  readonly exclude?: readonly string[] | undefined;
  /** Milliseconds to wait at most; the runs go on afterwards. @default until all have ended */
  readonly deadlineMs?: number | undefined;
}

const MAX_HISTORY = 256;
const MAX_REASON_CHARS = 200;

/**
 * Holds the checks of a service and answers from their last results. Checks run on demand
 * ({@linkcode HealthRegistry.refresh}, at most once per `ttlMs`) or every `intervalMs`, never twice at
 * the same time, and a check that hangs blocks no other. A check that throws is DOWN, and the fault is
 * counted.
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
  /** What cancels the timer of each check that runs by interval. */
  readonly #timers = new Map<string, () => void>();
  readonly #history = new Ring<HealthChange>(MAX_HISTORY);
  readonly #listeners = new Set<(change: HealthChange) => void>();
  #draining = false;
  #maintenance: string | undefined;
  #started = false;
  #closed = false;

  /** Makes a registry without checks, whose states are UP. */
  constructor(options: HealthRegistryOptions = {}) {
    refuseUnknown("make health registry", options, { clock: true, faults: true, redactor: true });
    this.#clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
    const redactor = this.#redactor = options.redactor ?? new Redactor();
    this.#faults.describe ??= (error) => errorText(error, redactor);
  }

  /**
   * Registers a check and returns a function that removes it.
   *
   * @param name the name of the component in answers and metrics
   * @param fn looks at the component
   * @param options timeout, interval, thresholds, groups
   * @throws {TypeError} for a name that is taken, an unknown option, a circular dependency
   * @throws {RangeError} for an option out of range
   */
  check(name: string, fn: CheckFunction, options: CheckOptions = {}): () => void {
    const what = `Cannot register check ${JSON.stringify(name)}`;
    if (this.#checks.has(name)) throw new TypeError(`${what}: the name is taken`);
    const check = new Check(name, fn, options, {
      clock: this.#clock,
      faults: this.#faults,
      redactor: this.#redactor,
      onChange: (check, from) => {
        // A run may outlive its registration; its result no longer counts.
        if (this.#checks.get(name) === check) this.#tell(check, from);
      },
    });
    const cycle = cycleThrough(check, this.#checks);
    if (cycle !== undefined) throw new TypeError(`${what}: it depends on itself, ${cycle}`);
    const { intervalMs } = check.settings;
    this.#checks.set(name, check);
    if (intervalMs !== undefined && !this.#closed) {
      this.#timers.set(name, this.#clock.every(intervalMs, () => void this.#examine(check)));
      // Not at once: the module that registers the check may still be initialising what it uses.
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

  /** The last results and the states that follow from them. Runs no check. */
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
   * The state of a group's checks, or of all checks: DOWN when a critical one is DOWN, DEGRADED when
   * one is DEGRADED or one that is not critical is DOWN, else UP.
   */
  state(group?: string, exclude: readonly string[] = []): HealthStatus {
    let worst: HealthStatus = "UP";
    for (const { name, health } of this.#checks.values()) {
      if (health.status === "UP" || exclude.includes(name)) continue;
      if (group !== undefined && !health.groups.includes(group)) continue;
      // A check without a result is a reason to send no requests, not to restart the process.
      if (group === "live" && health.lastCheckedMs === undefined) continue;
      if (health.status === "DOWN" && health.critical) return "DOWN";
      worst = "DEGRADED";
    }
    return worst;
  }

  /** Runs the checks that are due and returns a snapshot with their results. Never rejects. */
  async refresh(options: RefreshOptions = {}): Promise<HealthSnapshot> {
    const { group, exclude = [], deadlineMs } = options;
    const runs: Promise<void>[] = [];
    for (const check of this.#checks.values()) {
      if (group !== undefined && !check.settings.groups.includes(group)) continue;
      if (check.due && !exclude.includes(check.name)) runs.push(this.#examine(check));
    }
    if (runs.length > 0) {
      const all = Promise.all(runs);
      await (deadlineMs === undefined ? all : within(this.#clock, deadlineMs, all));
    }
    return this.snapshot({ exclude });
  }

  /** The latest 256 changes of state, oldest first. */
  history(): readonly HealthChange[] {
    return this.#history.since(0);
  }

  /** Calls `listener` for every change of a component's state; returns a function that removes it. */
  onChange(listener: (change: HealthChange) => void): () => void {
    // Wrapped, so that a listener added twice is called twice and removed one at a time.
    const wrapped = (change: HealthChange) => listener(change);
    this.#listeners.add(wrapped);
    return () => this.#listeners.delete(wrapped);
  }

  /** Makes the service not ready for good, so that load balancers avoid it; `live` is unaffected. */
  drain(): void {
    this.#draining = true;
  }

  /** Whether {@linkcode HealthRegistry.drain} was called. */
  get draining(): boolean {
    return this.#draining;
  }

  /**
   * Makes the service not ready until {@linkcode HealthRegistry.leaveMaintenance}; `live` is
   * unaffected, and checks go on.
   *
   * @param reason shown to authorised callers; cut to 200 characters
   */
  enterMaintenance(reason = "maintenance"): void {
    const shown = this.#redactor.under("maintenance", String(reason), MAX_REASON_CHARS);
    this.#maintenance = shown ?? "maintenance";
  }

  /** Ends the maintenance. */
  leaveMaintenance(): void {
    this.#maintenance = undefined;
  }

  /** Stops all checks that run by interval; those registered later don't start. */
  close(): Promise<void> {
    this.#closed = true;
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
    return Promise.resolve();
  }

  /** {@linkcode HealthRegistry.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #startup(exclude: readonly string[]): HealthStatus {
    // Latched: a dependency that fails later makes the service not ready, but it stays started.
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

  #tell({ name: component, health }: Check, from: HealthStatus | undefined): void {
    const { status: to, critical, description, error } = health;
    const timeMs = this.#clock.now();
    const change: HealthChange = { component, from, to, timeMs, critical, description, error };
    this.#history.push(change);
    for (const listener of this.#listeners) {
      this.#faults.guard("health listener", () => listener(change));
    }
  }
}

/**
 * The path from a check back to itself, as `a → b → a`; undefined without one. Only the new check,
 * which is not yet among the others, can have closed a cycle.
 */
function cycleThrough(check: Check, others: ReadonlyMap<string, Check>): string | undefined {
  const seen = new Set<string>();
  const walk = (at: string, path: readonly string[]): readonly string[] | undefined => {
    if (at === check.name && path.length > 0) return [...path, at];
    if (seen.has(at)) return undefined;
    seen.add(at);
    const { settings } = at === check.name ? check : others.get(at) ?? {};
    for (const other of settings?.dependsOn ?? []) {
      const found = walk(other, [...path, at]);
      if (found !== undefined) return found;
    }
    return undefined;
  };
  return walk(check.name, [])?.join(" → ");
}
