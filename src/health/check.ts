/**
 * One health check: run under a hard timeout, never twice at once, its result kept.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import {
  type CheckFunction,
  type CheckOptions,
  type CheckSettings,
  checkSettings,
} from "./check_options.ts";
import {
  type ComponentHealth,
  failure,
  type HealthStatus,
  type Outcome,
  outcomeOf,
} from "./snapshot.ts";

/** Told when the state of a component changed; `from` is undefined at the first result. */
export type StatusListener = (
  name: string,
  from: HealthStatus | undefined,
  health: ComponentHealth,
) => void;

/** Runs that outlived their timeout and still hang. A check that ignores its signal gets no more. */
const MAX_ABANDONED = 4;
const UNCHECKED = { status: "DOWN", description: "not checked yet" } as const;

/** Runs one check function and keeps what it said. Made by `HealthRegistry.check`. */
export class Check {
  readonly name: string;
  readonly #fn: CheckFunction;
  readonly #settings: CheckSettings;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #redactor: Redactor;
  readonly #changed: StatusListener;
  #running: Promise<void> | undefined;
  #health: ComponentHealth;
  #checkedAt = -Infinity;
  /** When the DOWN results since the last better one began. */
  #downSinceMs = Infinity;
  #successes = 0;
  #abandoned = 0;

  constructor(
    name: string,
    fn: CheckFunction,
    options: CheckOptions,
    clock: Clock,
    faults: Faults,
    redactor: Redactor,
    changed: StatusListener,
  ) {
    const settings = this.#settings = checkSettings(name, fn, options);
    this.name = name;
    this.#fn = fn;
    this.#clock = clock;
    this.#faults = faults;
    this.#redactor = redactor;
    this.#changed = changed;
    this.#health = {
      ...UNCHECKED,
      critical: settings.critical,
      groups: settings.groups,
      skipped: false,
      lastCheckedMs: undefined,
      durationMs: 0,
      durationSumMs: 0,
      runs: 0,
      failures: 0,
      consecutiveFailures: 0,
    };
  }

  /** How it was registered. */
  get settings(): CheckSettings {
    return this.#settings;
  }

  /** What is known now. */
  get health(): ComponentHealth {
    return this.#health;
  }

  /** Whether a caller should run it: on demand, and the last result is no longer good. */
  get due(): boolean {
    return this.#settings.intervalMs === undefined &&
      this.#clock.monotonic() - this.#checkedAt >= this.#settings.ttlMs;
  }

  /** Runs the check, or joins the run that is under way. Resolves within the timeout, never rejects. */
  run(): Promise<void> {
    return this.#running ??= this.#start().finally(() => this.#running = undefined);
  }

  /** Does not run the check: what it depends on makes its answer worthless. */
  skip(why: string): void {
    this.#successes = 0;
    this.#checkedAt = this.#clock.monotonic();
    this.#set({
      ...this.#health,
      status: "DOWN",
      skipped: true,
      description: `skipped: ${why}`,
      error: undefined,
      lastCheckedMs: this.#clock.now(),
    });
  }

  async #start(): Promise<void> {
    const started = this.#clock.monotonic();
    const outcome = this.#abandoned < MAX_ABANDONED
      ? await this.#call()
      : { status: "DOWN", error: `${MAX_ABANDONED} earlier runs ignore their abort` } as const;
    this.#keep(outcome, this.#clock.monotonic() - started);
  }

  #call(): Promise<Outcome> {
    const controller = new AbortController();
    return new Promise((resolve) => {
      let late = false;
      const cancel = this.#clock.after(this.#settings.timeoutMs, () => {
        late = true;
        this.#abandoned++;
        const error = `timed out after ${this.#settings.timeoutMs} ms`;
        resolve({ status: "DOWN", error });
        controller.abort(new DOMException(`Health check ${error}`, "TimeoutError"));
      });
      const settle = (outcome: () => Outcome) => {
        if (late) {
          this.#abandoned--;
          return;
        }
        cancel();
        resolve(outcome());
      };
      new Promise<unknown>((done) => done(this.#fn(controller.signal))).then(
        (value) => settle(() => this.#read(value)),
        (error) => settle(() => this.#fault("health check", error)),
      );
    });
  }

  #read(value: unknown): Outcome {
    const expected = "a check returns nothing, a boolean or { status: UP, DEGRADED or DOWN }";
    return outcomeOf(value, this.#redactor) ??
      this.#fault("health check result", new TypeError(expected));
  }

  #fault(where: string, thrown: unknown): Outcome {
    this.#faults.record(where, thrown, `${where} ${this.name}`);
    return failure(thrown, this.#redactor);
  }

  #keep(outcome: Outcome, durationMs: number): void {
    const last = this.#health;
    const down = outcome.status === "DOWN";
    const consecutiveFailures = down ? last.consecutiveFailures + 1 : 0;
    const nowMs = this.#checkedAt = this.#clock.monotonic();
    this.#successes = down ? 0 : this.#successes + 1;
    this.#downSinceMs = down ? Math.min(this.#downSinceMs, nowMs) : Infinity;
    const held = this.#isHeld(down, consecutiveFailures, nowMs);
    this.#set({
      ...last,
      status: held ? last.status : outcome.status,
      skipped: false,
      description: outcome.description,
      error: outcome.error,
      lastCheckedMs: this.#clock.now(),
      durationMs,
      durationSumMs: last.durationSumMs + durationMs,
      runs: last.runs + 1,
      failures: last.failures + (down ? 1 : 0),
      consecutiveFailures,
    });
  }

  /** Thresholds guard a state that was found by a run; the first result is one. */
  #isHeld(down: boolean, consecutiveFailures: number, nowMs: number): boolean {
    const { status, runs, skipped } = this.#health;
    const { failureThreshold, maxTimeInErrorMs, successThreshold } = this.#settings;
    if (runs === 0 || skipped) return false;
    if (status === "DOWN") return this.#successes < successThreshold;
    return down && (consecutiveFailures < failureThreshold ||
      nowMs - this.#downSinceMs < maxTimeInErrorMs);
  }

  #set(health: ComponentHealth): void {
    const last = this.#health;
    this.#health = health;
    const from = last.lastCheckedMs === undefined ? undefined : last.status;
    if (from !== health.status) this.#changed(this.name, from, health);
  }
}
