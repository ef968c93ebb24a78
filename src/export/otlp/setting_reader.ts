/**
 * Reads settings: what is given in code counts first, then the environment, then a default.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { describeError } from "../../core/redact/error.ts";
import { refuseUnknown } from "../../core/check.ts";
import { deno, fileSystem } from "../../core/platform.ts";
import type { OtlpOptions, SpoolOptions } from "./options.ts";

/** Reads a variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/**
 * Reads one setting after the other. What is given in code and can't work throws; a variable that
 * can't is told to `faults` and left out.
 */
export class SettingReader {
  readonly #env: Environment;
  readonly #faults: Faults;

  constructor(env: Environment, faults: Faults) {
    this.#env = env;
    this.#faults = faults;
  }

  /** What the first of the variables says that is set and makes sense to `parse`. */
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

  /** What `value`, or else a variable, stands for in `meanings`. */
  choice<V extends string | boolean>(
    name: string,
    value: string | undefined,
    variables: readonly string[],
    meanings: Readonly<Record<string, V>>,
  ): V | undefined {
    const of = (text: string) => {
      if (Object.hasOwn(meanings, text)) return meanings[text];
      const known = Object.keys(meanings).join(", ");
      throw new RangeError(`Cannot export with ${name} "${text}": must be one of ${known}`);
    };
    if (value !== undefined) return of(value);
    return this.variable(variables, (text) => of(text.toLowerCase()));
  }

  /** A whole number of at least 1. */
  number(
    name: string,
    value: number | undefined,
    variables: readonly string[],
    otherwise: number,
  ): number {
    const checked = (number: number) => {
      // Past 2^31 - 1 a timer fires at once.
      if (Number.isInteger(number) && number >= 1 && number <= 0x7fffffff) return number;
      throw new RangeError(
        `Cannot export with ${name} ${number}: must be a whole number from 1 to 2147483647`,
      );
    };
    if (value !== undefined) return checked(value);
    return this.variable(variables, (text) => checked(Number(text))) ?? otherwise;
  }
}

/** The URL with `path` behind its own; the error never repeats what may hold a password. */
export function checkedUrl(endpoint: string, path: string): URL {
  let url: URL;
  try {
    url = new URL(endpoint);
  } catch {
    throw new TypeError(`Cannot export to "${endpoint}": endpoint must be an http or https URL`);
  }
  if (url.username !== "" || url.password !== "") {
    throw new TypeError(
      `Cannot export to "${url.host}": endpoint must have no user or password, send them in headers`,
    );
  }
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    throw new TypeError(`Cannot export to "${endpoint}": endpoint must be an http or https URL`);
  }
  if (path !== "") url.pathname = url.pathname.replace(/\/*$/, path);
  return url;
}

/** Throws the `TypeError` of `Headers` for a name or value that can't be sent, without the value. */
export function checkedHeaders(headers: Readonly<Record<string, string>>): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new TypeError(`Cannot export with header ${JSON.stringify(name)}: it can't be sent`);
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

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
