/**
 * Which Telltale this is.
 *
 * @module
 */

/** That of `deno.json`; a test holds them together. */
export const VERSION = "0.1.0";
