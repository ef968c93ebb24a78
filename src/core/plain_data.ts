/**
 * Plain data: what JSON can hold.
 *
 * @module
 */

/** What JSON can hold. */
export type Plain = string | number | boolean | null | readonly Plain[] | PlainObject;

/** An object of {@linkcode Plain} values. */
export interface PlainObject {
  readonly [key: string]: Plain;
}
