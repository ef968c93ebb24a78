/**
 * The well-known symbols of disposal, where a consumer's own type library may not have them.
 *
 * @module
 */

/** The type of `Symbol.dispose` where the library lacks it; it has no value. */
export declare const noDispose: unique symbol;
/** The type of `Symbol.asyncDispose` where the library lacks it; it has no value. */
export declare const noAsyncDispose: unique symbol;

/** `Symbol.dispose`; another symbol where the library is older than `using`. */
export type Dispose = SymbolConstructor extends { readonly dispose: infer S extends symbol } ? S
  : typeof noDispose;

/** `Symbol.asyncDispose`, likewise. */
export type AsyncDispose = SymbolConstructor extends
  { readonly asyncDispose: infer S extends symbol } ? S : typeof noAsyncDispose;

/** `Symbol.dispose`. */
export const DISPOSE: Dispose = Symbol.dispose;

/** `Symbol.asyncDispose`. */
export const ASYNC_DISPOSE: AsyncDispose = Symbol.asyncDispose;
