/**
 * One health check: run under a hard timeout, never twice at once, its result kept.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import {
  type CheckResult,
  failure,
  type HealthStatus,
  type Outcome,
  outcomeOf,
} from "./outcome.ts";

/**
 * Looks at one component. Nothing or true is UP, false is DOWN, and so is a throw; the signal aborts
 * when the timeout has passed, and what is said after that is discarded.
 */
export type CheckFunction = (
  signal: AbortSignal,
) => CheckResult | boolean | void | Promise<CheckResult | boolean | void>;

/** How a check is run and what its result counts for. */
export interface CheckOptions {
  /** Milliseconds until the result is DOWN without waiting longer; 2000 by default. */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a result is good for when the check runs on demand; 1000 by default. */
  readonly ttlMs?: number | undefined;
  /** Runs the check every so many milliseconds, the first time at once, and not on demand. */
  readonly intervalMs?: number | undefined;
  /** False: the component may be DOWN and the service is only DEGRADED. True by default. */
  readonly critical?: boolean | undefined;
  /** DOWN results in a row before an UP component is DOWN; 1 by default. */
  readonly failureThreshold?: number | undefined;
  /** Better results in a row before a DOWN component is up again; 1 by default. */
  readonly successThreshold?: number | undefined;
  /**
   * What the result counts for: `ready`, `startup`, `live` or names of your own; `ready` and
   * `startup` by default. What other systems do never belongs in `live`: restarting this process
   * does not heal them.
   */
  readonly groups?: readonly string[] | undefined;
}

/** What is known of one component. */
export interface ComponentHealth {
  /** The state, thresholds applied; DOWN before the first result. */
  readonly status: HealthStatus;
  /** Whether DOWN here is DOWN for the whole service. */
  readonly critical: boolean;
  /** The groups that the check counts for. */
  readonly groups: readonly string[];
  /** What the last result said about itself. */
  readonly description?: string | undefined;
  /** What the last run threw, as text; for authorised callers only. */
  readonly error?: string | undefined;
  /** When the last result came, in milliseconds since the epoch; undefined before the first. */
  readonly lastCheckedMs: number | undefined;
  /** Milliseconds that the last run took. */
  readonly durationMs: number;
  /** Milliseconds that all runs took together. */
  readonly durationSumMs: number;
  /** Runs that gave a result or timed out. */
  readonly runs: number;
  /** Runs that were DOWN. */
  readonly failures: number;
  /** DOWN results since the last better one. */
  readonly consecutiveFailures: number;
}

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
  readonly intervalMs: number | undefined;
  readonly groups: readonly string[];
  readonly #fn: CheckFunction;
  readonly #timeoutMs: number;
  readonly #ttlMs: number;
  readonly #critical: boolean;
  readonly #failureThreshold: number;
  readonly #successThreshold: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #changed: StatusListener;
  #running: Promise<void> | undefined;
  #health: ComponentHealth;
  #checkedAt = -Infinity;
  #successes = 0;
  #abandoned = 0;

  constructor(
    name: string,
    fn: CheckFunction,
    options: CheckOptions,
    clock: Clock,
    faults: Faults,
    changed: StatusListener,
  ) {
    const fail = (why: string) => `Cannot register check ${JSON.stringify(name)}: ${why}`;
    if (typeof name !== "string" || !/^[^\p{Cc}]{1,100}$/u.test(name)) {
      throw new TypeError(fail("name must be 1 to 100 printable characters"));
    }
    if (typeof fn !== "function") throw new TypeError(fail("the check must be a function"));
    const atLeast = (least: number, option: keyof CheckOptions, fallback: number): number => {
      const value = options[option] ?? fallback;
      // Timers of 2^31 ms and more fire at once.
      if (typeof value !== "number" || !(value >= least && value < 2 ** 31)) {
        throw new RangeError(fail(`${option} must be ${least} to 2147483647, got ${value}`));
      }
      return value;
    };
    this.name = name;
    this.#fn = fn;
    this.#timeoutMs = atLeast(1, "timeoutMs", 2000);
    this.#ttlMs = atLeast(0, "ttlMs", 1000);
    this.intervalMs = options.intervalMs === undefined ? undefined : atLeast(1, "intervalMs", 1);
    this.#failureThreshold = atLeast(1, "failureThreshold", 1);
    this.#successThreshold = atLeast(1, "successThreshold", 1);
    this.#critical = options.critical ?? true;
    this.groups = [...options.groups ?? ["ready", "startup"]];
    this.#clock = clock;
    this.#faults = faults;
    this.#changed = changed;
    this.#health = {
      ...UNCHECKED,
      critical: this.#critical,
      groups: this.groups,
      lastCheckedMs: undefined,
      durationMs: 0,
      durationSumMs: 0,
      runs: 0,
      failures: 0,
      consecutiveFailures: 0,
    };
  }

  /** What is known now. */
  get health(): ComponentHealth {
    return this.#health;
  }

  /** Whether a caller should run it: on demand, and the last result is no longer good. */
  get due(): boolean {
    return this.intervalMs === undefined &&
      this.#clock.monotonic() - this.#checkedAt >= this.#ttlMs;
  }

  /** Runs the check, or joins the run that is under way. Resolves within the timeout, never rejects. */
  run(): Promise<void> {
    return this.#running ??= this.#start().finally(() => this.#running = undefined);
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
      const cancel = this.#clock.after(this.#timeoutMs, () => {
        late = true;
        this.#abandoned++;
        const error = `timed out after ${this.#timeoutMs} ms`;
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
    return outcomeOf(value) ?? this.#fault("health check result", new TypeError(expected));
  }

  #fault(where: string, thrown: unknown): Outcome {
    this.#faults.record(where, thrown, `${where} ${this.name}`);
    return failure(thrown);
  }

  #keep(outcome: Outcome, durationMs: number): void {
    const last = this.#health;
    const down = outcome.status === "DOWN";
    const consecutiveFailures = down ? last.consecutiveFailures + 1 : 0;
    this.#successes = down ? 0 : this.#successes + 1;
    // Thresholds guard a state that is known; the first result is one.
    const held = last.runs > 0 &&
      (last.status === "DOWN"
        ? this.#successes < this.#successThreshold
        : down && consecutiveFailures < this.#failureThreshold);
    this.#checkedAt = this.#clock.monotonic();
    this.#health = {
      status: held ? last.status : outcome.status,
      critical: this.#critical,
      groups: this.groups,
      description: outcome.description,
      error: outcome.error,
      lastCheckedMs: this.#clock.now(),
      durationMs,
      durationSumMs: last.durationSumMs + durationMs,
      runs: last.runs + 1,
      failures: last.failures + (down ? 1 : 0),
      consecutiveFailures,
    };
    const from = last.runs === 0 ? undefined : last.status;
    if (from !== this.#health.status) this.#changed(this.name, from, this.#health);
  }
}
