/**
 * Plain data, which is what JSON can hold, and the bounds of a copy.
 *
 * @module
 */

/** What JSON can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;

/** An object of {@linkcode Plain} values. */
export interface PlainObject {
  readonly [key: string]: Plain;
}

/** Longest string kept, in UTF-16 units; the rest is cut and counted in its place. */
export const MAX_STRING = 16_384;
/** Objects inside objects that are followed. */
export const MAX_DEPTH = 10;
/** Values in all that one walk copies. */
export const MAX_VALUES = 2_000;
/** UTF-16 units in all that one walk copies. */
export const MAX_UNITS = 131_072;
/** Longest key kept, in UTF-16 units. */
export const MAX_KEY = 1024;

/** What an object or an array occupies in memory besides its values, on either engine. */
const OBJECT_BYTES = 40;

/** How much one copy has taken of {@linkcode MAX_VALUES} and {@linkcode MAX_UNITS}. */
export class Budget {
  /** UTF-16 units of text copied so far, plus 8 for each value. */
  size = 0;
  /** Objects and arrays copied so far. */
  objects = 0;
  /** Values copied so far. */
  values = 0;

  /** About what the copy occupies in memory. */
  get bytes(): number {
    return this.size + this.objects * OBJECT_BYTES;
  }

  /** Whether nothing is left; what is copied from now on is only marked. */
  get spent(): boolean {
    return this.values >= MAX_VALUES || this.size >= MAX_UNITS;
  }
}
