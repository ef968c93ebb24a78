/**
 * Flags that came together: those of code, or of one file.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import type { FlagDefinition, FlagDefinitions } from "./definition.ts";
import type { Flag } from "./outcome.ts";
import { OwnFlag } from "./own.ts";
import { frozen } from "./value.ts";

/** A flag of a layer. */
export interface Entry {
  /** The flag, compiled. */
  readonly flag: Flag;
  /** Its definition where it is of our own form; only such a flag can be changed in every part. */
  readonly definition?: FlagDefinition | undefined;
  /** Its definition as text, by which a change is noticed. */
  readonly text: string;
}

/** Flags by key. */
export type Layer = ReadonlyMap<string, Entry>;

/**
 * Compiles definitions of our own form.
 *
 * @throws {TypeError} for a definition that is not one
 * @throws {RangeError} for a number that is out of range
 */
export function ownLayer(definitions: FlagDefinitions): Layer {
  const entries = Object.entries(definitions);
  return new Map(entries.map(([key, definition]) => [key, ownEntry(key, definition)]));
}

/** {@linkcode ownLayer} of one definition. */
export function ownEntry(key: string, given: FlagDefinition): Entry {
  const flag = new OwnFlag(key, given);
  // What the caller changes in it afterwards must not come in with the next patch.
  const definition = frozen(`define flag ${shown(key)}`, given);
  return { flag, definition, text: JSON.stringify(definition) };
}
