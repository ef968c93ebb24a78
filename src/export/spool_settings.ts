/**
 * Whether batches can be spooled where they are asked to be.
 *
 * @module
 */
import { describeError } from "../core/error.ts";
import { refuseUnknown } from "../core/known_options.ts";
import { deno, fileSystem } from "../core/platform.ts";
import type { OtlpOptions, SpoolOptions } from "./otlp_options.ts";

const DAY_MS = 86_400_000;

/** The spool with its defaults, its folder made; throws when it can't be written. */
export function spoolSettings(given: OtlpOptions["spool"]): Required<SpoolOptions> | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") {
    refuseUnknown("spool", given, { folder: true, maxBytes: true, maxAgeMs: true });
  }
  const { folder, maxBytes = 64 * 1024 * 1024, maxAgeMs = DAY_MS } = typeof given === "string"
    ? { folder: given }
    : given;
  if (typeof folder !== "string" || folder === "") {
    throw new TypeError(`Cannot spool to ${JSON.stringify(folder)}: folder must be a path`);
  }
  for (const [name, value] of Object.entries({ maxBytes, maxAgeMs })) {
    if (!(value > 0)) throw new RangeError(`Cannot spool: ${name} must be positive, got ${value}`);
  }
  // A read or write without permission would prompt on a terminal, and much later.
  for (const name of ["read", "write"]) {
    if (
      deno !== undefined && deno.permissions.querySync({ name, path: folder }).state !== "granted"
    ) {
      throw new TypeError(`Cannot spool to "${folder}": needs --allow-${name}=${folder}`);
    }
  }
  try {
    const { accessSync, constants, mkdirSync } = fileSystem();
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    accessSync(folder, constants.R_OK | constants.W_OK);
  } catch (cause) {
    throw new TypeError(`Cannot spool to "${folder}": ${describeError(cause).message}`, { cause });
  }
  return { folder, maxBytes: maxBytes!, maxAgeMs: maxAgeMs! };
}
