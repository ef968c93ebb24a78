/**
 * Changes of a flag at run time, and what the type system allows in them.
 *
 * @module
 */
import type { FlagDefinition, FlagShape } from "./definition.ts";
import type { FlagKind, FlagObject, FlagValue } from "./value.ts";

/** The types of values by kind. */
export interface ValuesByKind {
  /** On or off. */
  readonly boolean: boolean;
  /** A text. */
  readonly string: string;
  /** A number. */
  readonly number: number;
  /** Plain data. */
  readonly object: FlagObject;
}

/** The type of the values of a kind. */
export type ValueOfKind<Kind extends FlagKind> = ValuesByKind[Kind];

/** What `default` and `serve` take besides variants: the value itself where it has no name of its own. */
export type PatchValue<Shape extends FlagShape> = string extends Shape["variant"] ? FlagValue
  : Shape["variant"] extends "default" ? ValueOfKind<Shape["kind"]>
  : "boolean" extends Shape["kind"] ? boolean
  : never;

/** Parts of a definition that replace those of the flag. */
export type FlagPatch<Shape extends FlagShape = FlagShape> = Partial<
  FlagDefinition<Shape["variant"], PatchValue<Shape>>
>;
