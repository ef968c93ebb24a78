import { accessSync, constants } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { installed } from "../tool.ts";

/** The folder that the scripts beside this file build into. */
const CACHE = new URL("../../.cache/", import.meta.url);

/** The path of a program that a script beside this file builds, whether it is there or not. */
export function built(program: string): string {
  return fileURLToPath(new URL(program, CACHE));
}

/** Whether it is there. */
export function isBuilt(program: string): boolean {
  try {
    accessSync(built(program), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** Why a test that needs these is to be skipped, as `lacking` of `../tool.ts` says it of installed ones. */
export function lackingBuilt(...programs: readonly string[]): string | false {
  const missing = programs.filter((program) => !isBuilt(program) && process.env.CI !== "true");
  return missing.length > 0 && `${missing.join(" and ")} not built: run tests/peers/*/build`;
}

/** The path of the built program, or else the name of the one that is installed, if there is one. */
export function builtOrInstalled(program: string): string | undefined {
  if (isBuilt(`peers/${program}`)) return built(`peers/${program}`);
  return installed(program) ? program : undefined;
}
