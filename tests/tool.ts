import { accessSync, appendFileSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/**
 * How long a test may hang before the runner gives it up. A guard against waiting for what never
 * comes, not a verdict on speed: a machine that is busy or slow must not reach it.
 */
export const HANG_MS = 600_000;

/**
 * The value of `node:test`'s `skip`: the reason when a test is not to run here, or else false. The
 * runtimes keep reasons to themselves, so that the runner is told of them by a file of its own.
 */
export function skipWhen(condition: boolean, reason: string): string | false {
  if (!condition) return false;
  const path = process.env.TELLTALE_SKIP_REASONS;
  const file = /tests\/[\w/.-]+_test\.ts/.exec(new Error().stack ?? "")?.[0];
  if (path !== undefined) appendFileSync(path, `${file}\t${reason}\n`);
  return reason;
}

/**
 * Why a test that needs these programs is to be skipped, or false when all are installed: the value
 * of `node:test`'s `skip`. In CI nothing of the kind is skipped: the test runs, and fails.
 */
export function lacking(...programs: readonly string[]): string | false {
  if (process.env.CI === "true") return false;
  const missing = programs.filter((program) => !installed(program));
  return skipWhen(missing.length > 0, `${missing.join(" and ")} not installed`);
}

/** Whether a program is in the search path. */
export function installed(program: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
