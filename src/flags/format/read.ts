/**
 * Reads flags in one of the formats.
 *
 * @module
 */
import {
  check,
  checkChoice,
  kindOf,
  type Known,
  refuseUnknown,
  requireKnown,
} from "../../core/check.ts";
import type { FlagDefinitions } from "../rule/definition.ts";
import { type Layer, ownLayer } from "../rule/layer.ts";
import { flagdFlags } from "./flagd.ts";
import type { FlagdHash } from "./fractional.ts";
import { unleashFlags } from "./unleash.ts";

/** The formats of files. */
export type FlagFormat = "telltale" | "flagd" | "unleash";

/** How flags are read. */
export interface FormatOptions {
  /**
   * The format: our own is `{ "flags": { <key>: <definition> } }`, with definitions as in code; `flagd` and
   * `unleash` are what these servers give to their clients.
   *
   * A feature of Unleash is a boolean flag. Its variant is that of Unleash, else `on` or `off`; `string`,
   * `number` and `object` give the payload of the variant. Its context has `userId`, `sessionId`,
   * `remoteAddress` and `properties`, as in Unleash; `targetingKey` stands for an absent `userId`.
   *
   * @default "telltale"
   */
  readonly format?: FlagFormat | undefined;
  /** What flagd's `fractional` hashes, where its implementations disagree. @default "text" */
  readonly hash?: FlagdHash | undefined;
}

/** The names of the options. */
export const FORMAT_OPTIONS: Known<FormatOptions> = { format: true, hash: true };

/**
 * Checks the options.
 *
 * @throws {TypeError} for a choice that there is not
 */
export function checkFormat(what: string, { format, hash }: FormatOptions): void {
  checkChoice(what, "format", format ?? "telltale", ["telltale", "flagd", "unleash"]);
  checkChoice(what, "hash", hash ?? "text", ["text", "cbor", "utf-16"]);
  const isOfFlagd = hash === undefined || format === "flagd";
  check(isOfFlagd, what, 'hash must go with the format "flagd"', format, TypeError);
}

/**
 * Compiles the flags of a file.
 *
 * @param given its text, or the data that this stands for
 * @throws {SyntaxError} for a text that is no JSON
 * @throws {TypeError} for a flag that is not one
 * @throws {RangeError} for a number that is out of range
 */
export function readFlags(given: unknown, { format, hash = "text" }: FormatOptions): Layer {
  const data: unknown = typeof given === "string" ? JSON.parse(given) : given;
  if (format === "flagd") return flagdFlags(data, hash);
  if (format === "unleash") return unleashFlags(data);
  const what = "read flags";
  const other = lookalike(data);
  if (other !== undefined) {
    throw new TypeError(
      `Cannot ${what}: this is a file of ${other}, which needs format: "${other}"`,
    );
  }
  requireKnown(what, data, { flags: true, $schema: true, description: true });
  const { flags } = data as { flags?: FlagDefinitions };
  check(
    typeof flags === "object" && flags !== null,
    what,
    "flags must be an object",
    kindOf(flags),
    TypeError,
  );
  refuseUnknown(what, flags, flags);
  return ownLayer(flags);
}

/** The other format that data seems to be in. */
function lookalike(data: unknown): FlagFormat | undefined {
  const { features, events, flags } = (data ?? {}) as {
    features?: unknown;
    events?: unknown;
    flags?: object;
  };
  if (Array.isArray(features ?? events)) return "unleash";
  const [first] = typeof flags === "object" && flags !== null ? Object.values(flags) : [];
  return first?.state !== undefined ? "flagd" : undefined;
}
