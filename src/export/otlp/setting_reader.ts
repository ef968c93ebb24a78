/**
 * Reads single settings: an option counts first, then the environment, then a default.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { describeError } from "../../core/redact/error.ts";
import {
  check,
  checkChoice,
  checkedUrl,
  checkPositive,
  checkWhole,
  MAX_TIMER_MS,
  refuseUnknown,
} from "../../core/check.ts";
import { deno, fileSystem } from "../../core/platform.ts";
import type { OtlpOptions, SpoolOptions } from "./options.ts";

/** Reads a variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/**
 * Reads settings one by one. An option that can't work throws; a variable that can't work is reported to
 * `faults` and left out.
 */
export class SettingReader {
  readonly #env: Environment;
  readonly #faults: Faults;

  constructor(env: Environment, faults: Faults) {
    this.#env = env;
    this.#faults = faults;
  }

  /** The value of the first variable that is set and that `parse` accepts. */
  variable<T>(names: readonly string[], parse: (text: string, name: string) => T): T | undefined {
    for (const name of names) {
      const text = this.#env(name);
      if (text === undefined) continue;
      try {
        return parse(text.trim(), name);
      } catch (error) {
        this.#faults.record(name, error);
      }
    }
    return undefined;
  }

  /** The meaning of `value`, or of a variable when there is no value. */
  choice<V extends string | boolean>(
    name: string,
    value: string | undefined,
    variables: readonly string[],
    meanings: Readonly<Record<string, V>>,
  ): V | undefined {
    const of = (text: string) => {
      checkChoice("export by OTLP", name, text, Object.keys(meanings));
      return meanings[text];
    };
    if (value !== undefined) return of(value);
    return this.variable(variables, (text) => of(text.toLowerCase()));
  }

  /** A whole number from 1. */
  number(
    name: string,
    value: number | undefined,
    variables: readonly string[],
    otherwise: number,
  ): number {
    const checked = (number: number) => {
      checkWhole("export by OTLP", name, number, 1, MAX_TIMER_MS);
      return number;
    };
    if (value !== undefined) return checked(value);
    return this.variable(variables, (text) => checked(Number(text))) ?? otherwise;
  }
}

/** The URL with `path` added to its own. */
export function endpointUrl(endpoint: string, path: string): URL {
  const url = checkedUrl("export by OTLP", "endpoint", endpoint);
  if (path !== "") url.pathname = url.pathname.replace(/\/*$/, path);
  return url;
}

const DAY_MS = 86_400_000;

/** The settings of the spool, whose folder is made; throws when it can't be written. */
export function spoolSettings(given: OtlpOptions["spool"]): Required<SpoolOptions> | undefined {
  if (given === undefined) return undefined;
  if (typeof given !== "string") {
    refuseUnknown("spool", given, { folder: true, maxBytes: true, maxAgeMs: true });
  }
  const { folder, maxBytes = 64 * 1024 * 1024, maxAgeMs = DAY_MS } = typeof given === "string"
    ? { folder: given }
    : given;
  const isPath = typeof folder === "string" && folder !== "";
  check(isPath, "spool", "folder must be a path", folder, TypeError);
  checkPositive("spool", "maxBytes", maxBytes);
  checkPositive("spool", "maxAgeMs", maxAgeMs);
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
