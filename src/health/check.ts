/**
 * One health check: its options, its runs under a hard timeout, its last result.
 *
 * @module
 */
import {
  check,
  checkFunction,
  checkNumber,
  checkWhole,
  type Known,
  MAX_TIMER_MS,
  refuseUnknown,
} from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import {
  type CheckResult,
  type ComponentHealth,
  failure,
  type HealthStatus,
  type Outcome,
  outcomeOf,
} from "./snapshot.ts";

/**
 * Looks at one component. Nothing or true means UP; false or a throw means DOWN. The signal aborts at
 * the timeout, and a later result is discarded.
 */
export type CheckFunction = (
  signal: AbortSignal,
) => CheckResult | boolean | void | Promise<CheckResult | boolean | void>;

/** How a check is run and what its result counts for. */
export interface CheckOptions {
  /** Milliseconds after which a run counts as DOWN. @default 2000 */
  readonly timeoutMs?: number | undefined;
  /** Milliseconds that a result stays valid when the check runs on demand. @default 1000 */
  readonly ttlMs?: number | undefined;
  /** Runs the check at this interval in milliseconds, first at once. @default none: on demand */
  readonly intervalMs?: number | undefined;
  /** False: while the component is DOWN, the service is only DEGRADED. @default true */
  readonly critical?: boolean | undefined;
  /** Consecutive DOWN results before an UP component becomes DOWN. @default 1 */
  readonly failureThreshold?: number | undefined;
  /**
   * Milliseconds of consecutive DOWN results, besides their number, before an UP component becomes
   * DOWN. @default 0
   */
  readonly maxTimeInErrorMs?: number | undefined;
  /** Consecutive better results before a DOWN component recovers. @default 1 */
  readonly successThreshold?: number | undefined;
  /**
   * The groups that the result counts for: `ready`, `startup`, `live` or names of your own. Other
   * systems never belong in `live`: a restart of this process does not heal them.
   * @default ["ready", "startup"]
   */
  readonly groups?: readonly string[] | undefined;
  /**
   * The checks that this one needs. They run first; while one of them is DOWN, or not registered,
   * this check is skipped and its component is DOWN without counting as a failure. @default []
   */
  readonly dependsOn?: readonly string[] | undefined;
}

/** {@linkcode CheckOptions} with the defaults filled in. */
export type CheckSettings = Required<Omit<CheckOptions, "intervalMs">> & {
  readonly intervalMs: number | undefined;
};

const KNOWN: Known<CheckOptions> = {
  timeoutMs: true,
  ttlMs: true,
  intervalMs: true,
  critical: true,
  failureThreshold: true,
  maxTimeInErrorMs: true,
  successThreshold: true,
  groups: true,
  dependsOn: true,
};

/** Fills in defaults; throws for an invalid name, function or option. */
function settingsOf(name: string, fn: CheckFunction, options: CheckOptions): CheckSettings {
  const what = `register check ${JSON.stringify(name)}`;
  const isName = typeof name === "string" && /^[^\p{Cc}]{1,100}$/u.test(name);
  check(isName, "register check", "name must be 1 to 100 printable characters", name, TypeError);
  checkFunction(what, "check", fn);
  refuseUnknown(what, options, KNOWN);
  const atLeast = (least: number, option: keyof CheckOptions, fallback: number): number => {
    const value = options[option] ?? fallback;
    checkNumber(what, option, value, least, MAX_TIMER_MS);
    return value;
  };
  const times = (option: "failureThreshold" | "successThreshold"): number => {
    const value = options[option] ?? 1;
    checkWhole(what, option, value);
    return value;
  };
  const { critical = true, groups = ["ready", "startup"], dependsOn = [] } = options;
  check(typeof critical === "boolean", what, "critical must be a boolean", critical, TypeError);
  for (const [option, names] of Object.entries({ groups, dependsOn })) {
    const areNames = Array.isArray(names) && names.every((name) => typeof name === "string");
    check(areNames, what, `${option} must be an array of names`, names, TypeError);
  }
  return {
    timeoutMs: atLeast(1, "timeoutMs", 2000),
    ttlMs: atLeast(0, "ttlMs", 1000),
    intervalMs: options.intervalMs === undefined ? undefined : atLeast(1, "intervalMs", 1),
    critical,
    failureThreshold: times("failureThreshold"),
    maxTimeInErrorMs: atLeast(0, "maxTimeInErrorMs", 0),
    successThreshold: times("successThreshold"),
    groups: [...groups],
    dependsOn: [...dependsOn],
  };
}

/** What a check shares with its registry. */
export interface CheckHost {
  readonly clock: Clock;
  readonly faults: Faults;
  readonly redactor: Redactor;
  /** Called when the state of a check changes; `from` is undefined at its first result. */
  onChange(check: Check, from: HealthStatus | undefined): void;
}

/** Runs that outlived their timeout and still hang, after which a check is not run any more. */
const MAX_ABANDONED = 4;
const UNCHECKED = { status: "DOWN", description: "not checked yet" } as const;

/** Runs one check function and keeps its last result. Made by `HealthRegistry.check`. */
export class Check {
  readonly name: string;
  /** The options that it was registered with. */
  readonly settings: CheckSettings;
  readonly #fn: CheckFunction;
  readonly #host: CheckHost;
  #running: Promise<void> | undefined;
  #health: ComponentHealth;
  #checkedAt = -Infinity;
  /** When the current series of DOWN results began. */
  #downSinceMs = Infinity;
  #successes = 0;
  #abandoned = 0;

  constructor(name: string, fn: CheckFunction, options: CheckOptions, host: CheckHost) {
    const { critical, groups } = this.settings = settingsOf(name, fn, options);
    this.name = name;
    this.#fn = fn;
    this.#host = host;
    this.#health = {
      ...UNCHECKED,
      critical,
      groups,
      skipped: false,
      lastCheckedMs: undefined,
      durationMs: 0,
      durationSumMs: 0,
      runs: 0,
      failures: 0,
      consecutiveFailures: 0,
    };
  }

  /** The component's health as of the last result. */
  get health(): ComponentHealth {
    return this.#health;
  }

  /** Whether it runs on demand and its last result is no longer valid. */
  get due(): boolean {
    return this.settings.intervalMs === undefined &&
      this.#host.clock.monotonic() - this.#checkedAt >= this.settings.ttlMs;
  }

  /** Runs the check, or joins a run in progress. Resolves within the timeout, never rejects. */
  run(): Promise<void> {
    return this.#running ??= this.#start().finally(() => this.#running = undefined);
  }

  /** Marks the component DOWN without a run, as a check that it depends on is DOWN. */
  skip(why: string): void {
    this.#successes = 0;
    this.#checkedAt = this.#host.clock.monotonic();
    this.#set({
      ...this.#health,
      status: "DOWN",
      skipped: true,
      description: `skipped: ${why}`,
      error: undefined,
      lastCheckedMs: this.#host.clock.now(),
    });
  }

  async #start(): Promise<void> {
    const { clock } = this.#host;
    const startMs = clock.monotonic();
    const outcome = this.#abandoned < MAX_ABANDONED
      ? await this.#call()
      : { status: "DOWN", error: `${MAX_ABANDONED} earlier runs ignore their abort` } as const;
    this.#keep(outcome, clock.monotonic() - startMs);
  }

  #call(): Promise<Outcome> {
    const controller = new AbortController();
    return new Promise((resolve) => {
      let late = false;
      const cancel = this.#host.clock.after(this.settings.timeoutMs, () => {
        late = true;
        this.#abandoned++;
        const error = `timed out after ${this.settings.timeoutMs} ms`;
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
    const rule = "a check must return nothing, a boolean or { status: UP, DEGRADED or DOWN }";
    return outcomeOf(value, this.#host.redactor) ??
      this.#fault("health check result", new TypeError(rule));
  }

  #fault(where: string, thrown: unknown): Outcome {
    this.#host.faults.record(where, thrown, `${where} ${this.name}`);
    return failure(thrown, this.#host.redactor);
  }

  #keep(outcome: Outcome, durationMs: number): void {
    const last = this.#health;
    const down = outcome.status === "DOWN";
    const consecutiveFailures = down ? last.consecutiveFailures + 1 : 0;
    const nowMs = this.#checkedAt = this.#host.clock.monotonic();
    this.#successes = down ? 0 : this.#successes + 1;
    this.#downSinceMs = down ? Math.min(this.#downSinceMs, nowMs) : Infinity;
    const held = this.#isHeld(down, consecutiveFailures, nowMs);
    this.#set({
      ...last,
      status: held ? last.status : outcome.status,
      skipped: false,
      description: outcome.description,
      error: outcome.error,
      lastCheckedMs: this.#host.clock.now(),
      durationMs,
      durationSumMs: last.durationSumMs + durationMs,
      runs: last.runs + 1,
      failures: last.failures + (down ? 1 : 0),
      consecutiveFailures,
    });
  }

  /** Whether a threshold keeps the state as it is; only a state found by a run is kept. */
  #isHeld(down: boolean, consecutiveFailures: number, nowMs: number): boolean {
    const { status, runs, skipped } = this.#health;
    const { failureThreshold, maxTimeInErrorMs, successThreshold } = this.settings;
    if (runs === 0 || skipped) return false;
    if (status === "DOWN") return this.#successes < successThreshold;
    return down && (consecutiveFailures < failureThreshold ||
      nowMs - this.#downSinceMs < maxTimeInErrorMs);
  }

  #set(health: ComponentHealth): void {
    const last = this.#health;
    this.#health = health;
    const from = last.lastCheckedMs === undefined ? undefined : last.status;
    if (from !== health.status) this.#host.onChange(this, from);
  }
}
