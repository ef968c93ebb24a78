/**
 * Changes of a flag at run time, and what the type system allows in them.
 *
 * @module
 */
import type { FlagDefinition, FlagShape } from "./definition.ts";
import type { FlagKind, FlagObject, FlagValue } from "./value.ts";

interface Values {
  readonly boolean: boolean;
  readonly string: string;
  readonly number: number;
  readonly object: FlagObject;
}

/** The type of the values of a kind. */
export type ValueOfKind<Kind extends FlagKind> = Values[Kind];

/** What `default` and `serve` take besides variants: the value itself where it has no name of its own. */
type PatchValue<Shape extends FlagShape> = string extends Shape["variant"] ? FlagValue
  : Shape["variant"] extends "default" ? ValueOfKind<Shape["kind"]>
  : "boolean" extends Shape["kind"] ? boolean
  : never;

/** Parts of a definition that replace those of the flag. */
export type FlagPatch<Shape extends FlagShape = FlagShape> = Partial<
  FlagDefinition<Shape["variant"], PatchValue<Shape>>
>;
