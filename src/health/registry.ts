/**
 * The checks of a service and the states they add up to.
 *
 * @module
 */
import { type Clock, systemClock } from "../core/clock.ts";
import { Faults } from "../core/faults.ts";
import { Check, type CheckFunction, type CheckOptions, type ComponentHealth } from "./check.ts";
import type { HealthStatus } from "./outcome.ts";

/** What a registry needs from outside; each has a default. */
export interface HealthRegistryOptions {
  /** Where time comes from. */
  readonly clock?: Clock | undefined;
  /** Where throws of checks and listeners are counted. */
  readonly faults?: Faults | undefined;
}

/** The health of a service at one moment, as plain data. */
export interface HealthSnapshot {
  /** The worst of all components; DOWN while draining. */
  readonly status: HealthStatus;
  /** Whether the process works at all; stays UP while draining. DOWN asks for a restart. */
  readonly live: HealthStatus;
  /** Whether requests should be sent here. */
  readonly ready: HealthStatus;
  /** Whether the start is over: DOWN until the group `startup` was once not DOWN, then UP for good. */
  readonly startup: HealthStatus;
  /** Whether the service is on its way out. */
  readonly draining: boolean;
  /** What is known of each component, by the name of its check. */
  readonly components: Readonly<Record<string, ComponentHealth>>;
  /** When this was true, in milliseconds since the epoch. */
  readonly timestampMs: number;
}

/** A component changed its state. */
export interface HealthChange {
  /** The name of the check. */
  readonly component: string;
  /** The state before; undefined at the first result. */
  readonly from: HealthStatus | undefined;
  /** The state now. */
  readonly to: HealthStatus;
  /** Whether DOWN here is DOWN for the whole service. */
  readonly critical: boolean;
  /** What the result said about itself. */
  readonly description?: string | undefined;
  /** What the check threw, as text. */
  readonly error?: string | undefined;
}

/** Which checks to run, and for how long to wait for them. */
export interface RefreshOptions {
  /** Only the checks of this group. */
  readonly group?: string | undefined;
  /** Gives up waiting after so many milliseconds; the runs go on. Without it, all are waited for. */
  readonly waitMs?: number | undefined;
}

/** A status as a number, for a gauge: 0 is DOWN, 1 is DEGRADED, 2 is UP. */
export function statusValue(status: HealthStatus): 0 | 1 | 2 {
  return status === "UP" ? 2 : status === "DEGRADED" ? 1 : 0;
}

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
  readonly #checks = new Map<string, Check>();
  readonly #timers = new Map<string, () => void>();
  readonly #listeners = new Set<(change: HealthChange) => void>();
  #draining = false;
  #started = false;

  /** Makes a registry without checks: UP. */
  constructor(options: HealthRegistryOptions = {}) {
    this.#clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
  }

  /**
   * Registers a check and returns what removes it. A name that is taken or an option out of range
   * throws.
   *
   * @param name the component's name, as it stands in answers and metrics
   * @param fn looks at the component; see {@linkcode CheckFunction}
   * @param options timeout, freshness, thresholds, groups
   */
  check(name: string, fn: CheckFunction, options: CheckOptions = {}): () => void {
    if (this.#checks.has(name)) {
      throw new TypeError(`Cannot register check ${JSON.stringify(name)}: the name is taken`);
    }
    const check = new Check(name, fn, options, this.#clock, this.#faults, this.#tell);
    this.#checks.set(name, check);
    if (check.intervalMs !== undefined) {
      this.#timers.set(name, this.#clock.every(check.intervalMs, () => void check.run()));
      // The module that registers it is still being evaluated: what the check uses may come below.
      queueMicrotask(() => void check.run());
    }
    return () => {
      if (this.#checks.get(name) !== check) return;
      this.#checks.delete(name);
      this.#timers.get(name)?.();
      this.#timers.delete(name);
    };
  }

  /** What is known now. Runs no check and waits for nothing. */
  snapshot(): HealthSnapshot {
    return {
      status: this.#draining ? "DOWN" : this.state(),
      live: this.state("live"),
      ready: this.#draining ? "DOWN" : this.state("ready"),
      startup: this.#startup(),
      draining: this.#draining,
      components: Object.fromEntries([...this.#checks].map(([name, { health }]) => [name, health])),
      timestampMs: this.#clock.now(),
    };
  }

  /**
   * The worst state of a group's checks, or of all checks: DOWN when a critical one is, DEGRADED
   * when one is degraded or a check that is not critical is DOWN; UP when there are none.
   */
  state(group?: string): HealthStatus {
    let worst: HealthStatus = "UP";
    for (const { groups, health } of this.#checks.values()) {
      if (health.status === "UP" || group !== undefined && !groups.includes(group)) continue;
      // Not knowing yet is a reason to send no requests, not one to restart.
      if (group === "live" && health.runs === 0) continue;
      if (health.status === "DOWN" && health.critical) return "DOWN";
      worst = "DEGRADED";
    }
    return worst;
  }

  /** Runs the checks that are due, waits for their results and gives a snapshot. Never rejects. */
  async refresh(options: RefreshOptions = {}): Promise<HealthSnapshot> {
    const { group, waitMs } = options;
    const runs: Promise<void>[] = [];
    for (const check of this.#checks.values()) {
      if ((group === undefined || check.groups.includes(group)) && check.due) {
        runs.push(check.run());
      }
    }
    if (runs.length > 0) await this.#within(waitMs, Promise.all(runs));
    return this.snapshot();
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

  /** Ends the checks that run by interval. */
  close(): void {
    for (const cancel of this.#timers.values()) cancel();
    this.#timers.clear();
  }

  #startup(): HealthStatus {
    // Latched: a dependency that fails later makes the service unready, not unstarted.
    this.#started ||= this.state("startup") !== "DOWN";
    return this.#started ? "UP" : "DOWN";
  }

  #within(waitMs: number | undefined, all: Promise<unknown>): Promise<unknown> {
    if (waitMs === undefined) return all;
    return new Promise((resolve) => {
      const cancel = this.#clock.after(waitMs, () => resolve(undefined));
      all.then(() => {
        cancel();
        resolve(undefined);
      });
    });
  }

  readonly #tell = (
    component: string,
    from: HealthStatus | undefined,
    { status: to, critical, description, error }: ComponentHealth,
  ): void => {
    const change: HealthChange = { component, from, to, critical, description, error };
    for (const listener of this.#listeners) {
      this.#faults.guard("health listener", () => listener(change));
    }
  };
}
