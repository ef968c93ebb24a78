/**
 * What of a query may be recorded.
 *
 * @module
 */
import { cut } from "../core/attributes.ts";
import type { Redactor } from "../core/redact.ts";

/** A longer query is cut. */
const LONGEST_QUERY = 2048;

/**
 * The query of a request that came in, without its `?` (semantic conventions for `url.query`): without
 * the values that the redactor hides by the names of parameters, and bounded in length.
 */
export function shownQuery(query: string, redactor: Redactor): string {
  if (query.length <= LONGEST_QUERY) return redactor.query(query);
  const reach = redactor.query(cut(query, 2 * LONGEST_QUERY));
  return cut(reach, LONGEST_QUERY);
}
