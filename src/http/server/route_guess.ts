/**
 * Route templates guessed from paths, for routers that don't tell theirs.
 *
 * @module
 */
import { checkWhole, refuseUnknown } from "../../core/check.ts";
import type { RouteResolver } from "./route.ts";

/** How {@linkcode guessRoutes} guesses. */
export interface GuessOptions {
  /** The most templates; what comes after them is unmatched. 100 by default, 1 to 10 000. */
  readonly maxRoutes?: number | undefined;
}

const LONGEST_PATH = 512;
const MOST_SEGMENTS = 12;
/** A word as people write routes: short, lower case, no hash, at most a version's digits. */
const WORD = /^(?![a-f]{8,}$)[a-z][a-z_.-]{0,31}$|^v\d{1,3}$/;

/**
 * Guesses the template of a path: each segment that is not a plain lower-case word becomes `:id`, so
 * that numbers, UUIDs, hashes, names and whatever a scanner sends all share one. A guess can be
 * wrong, and words that are data make a template each: hence an opt-in with a cap. What was refused
 * (400 to 499: not found, but also not authorised before any route was looked at) teaches no
 * template, so that a scanner can't use them up. Prefer what the router knows.
 *
 * @example
 * ```ts
 * import { guessRoutes } from "@telltale/telltale/http";
 * import { equal } from "node:assert/strict";
 *
 * const guess = guessRoutes({ maxRoutes: 50 });
 * const request = new Request("http://orders.example/v1/orders/7f3a9c/items/2");
 * equal(guess(request, "/v1/orders/7f3a9c/items/2", 200), "/v1/orders/:id/items/:id");
 * ```
 */
export function guessRoutes(options: GuessOptions = {}): RouteResolver {
  refuseUnknown("guess routes", options, { maxRoutes: true });
  const { maxRoutes = 100 } = options;
  checkWhole("guess routes", "maxRoutes", maxRoutes, 1, 10_000);
  const known = new Set<string>();
  return (_request, path, status) => {
    if (path.length > LONGEST_PATH) return undefined;
    const segments = path.split("/");
    if (segments.length > MOST_SEGMENTS) return undefined;
    const template = segments
      .map((segment) => segment === "" || WORD.test(segment) ? segment : ":id")
      .join("/");
    if (known.has(template)) return template;
    const isRefused = status >= 400 && status < 500;
    if (isRefused || known.size >= maxRoutes) return undefined;
    known.add(template);
    return template;
  };
}
