import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";

/**
 * Why a test that needs these programs is to be skipped, or false when all are installed: the value
 * of `node:test`'s `skip`. In CI nothing of the kind is skipped: the test runs, and fails.
 */
export function lacking(...programs: readonly string[]): string | false {
  if (process.env.CI === "true") return false;
  const missing = programs.filter((program) => !installed(program));
  return missing.length > 0 && `${missing.join(" and ")} not installed`;
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
