/**
 * What a check is and how it is run, as it was registered.
 *
 * @module
 */
import { type Known, refuseUnknown } from "../core/check.ts";
import type { CheckResult } from "./snapshot.ts";

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
  /**
   * Milliseconds that results must have been DOWN, besides their number, before an UP component is
   * DOWN; 0 by default.
   */
  readonly maxTimeInErrorMs?: number | undefined;
  /** Better results in a row before a DOWN component is up again; 1 by default. */
  readonly successThreshold?: number | undefined;
  /**
   * What the result counts for: `ready`, `startup`, `live` or names of your own; `ready` and
   * `startup` by default. What other systems do never belongs in `live`: restarting this process
   * does not heal them.
   */
  readonly groups?: readonly string[] | undefined;
  /**
   * Checks without which this one tells nothing. They run first; while one is DOWN, or not
   * registered, this check is skipped and its component is DOWN without counting as a failure.
   */
  readonly dependsOn?: readonly string[] | undefined;
}

/** {@linkcode CheckOptions} with the defaults filled in. */
export interface CheckSettings {
  readonly timeoutMs: number;
  readonly ttlMs: number;
  readonly intervalMs: number | undefined;
  readonly critical: boolean;
  readonly failureThreshold: number;
  readonly maxTimeInErrorMs: number;
  readonly successThreshold: number;
  readonly groups: readonly string[];
  readonly dependsOn: readonly string[];
}

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

/** Fills in defaults; throws for a name, function or option that can't work. */
export function checkSettings(
  name: string,
  fn: CheckFunction,
  options: CheckOptions,
): CheckSettings {
  const fail = (why: string) => `Cannot register check ${JSON.stringify(name)}: ${why}`;
  if (typeof name !== "string" || !/^[^\p{Cc}]{1,100}$/u.test(name)) {
    throw new TypeError(fail("name must be 1 to 100 printable characters"));
  }
  if (typeof fn !== "function") throw new TypeError(fail("the check must be a function"));
  refuseUnknown(`register check ${JSON.stringify(name)}`, options, KNOWN);
  const atLeast = (least: number, option: keyof CheckOptions, fallback: number): number => {
    const value = options[option] ?? fallback;
    // Timers of 2^31 ms and more fire at once.
    if (typeof value !== "number" || !(value >= least && value < 2 ** 31)) {
      throw new RangeError(fail(`${option} must be ${least} to 2147483647, got ${value}`));
    }
    return value;
  };
  return {
    timeoutMs: atLeast(1, "timeoutMs", 2000),
    ttlMs: atLeast(0, "ttlMs", 1000),
    intervalMs: options.intervalMs === undefined ? undefined : atLeast(1, "intervalMs", 1),
    critical: options.critical ?? true,
    failureThreshold: atLeast(1, "failureThreshold", 1),
    maxTimeInErrorMs: atLeast(0, "maxTimeInErrorMs", 0),
    successThreshold: atLeast(1, "successThreshold", 1),
    groups: [...options.groups ?? ["ready", "startup"]],
    dependsOn: [...options.dependsOn ?? []],
  };
}
