/**
 * What a caller asks a health endpoint for.
 *
 * @module
 */

/** The media type of draft-inadarei-api-health-check. */
export const HEALTH_JSON_TYPE = "application/health+json";

/** What a caller of a health endpoint asked for. */
export interface HealthQuestion {
  /** The checks to leave out. */
  readonly exclude: readonly string[];
  /** As `application/health+json`. */
  readonly isDraft: boolean;
}

/** Names that are left out at once; more are not read. */
const MAX_EXCLUDED = 100;

/** Reads what a request asks for; who may not see the detail asks for a format at most. */
export function healthQuestion(request: Request, mayDetail: boolean): HealthQuestion {
  const isDraft = request.headers.get("accept")?.includes(HEALTH_JSON_TYPE) ?? false;
  const start = request.url.indexOf("?");
  if (start === -1 || !mayDetail) return { exclude: [], isDraft };
  const query = new URLSearchParams(request.url.slice(start + 1));
  return { exclude: query.getAll("exclude").slice(0, MAX_EXCLUDED), isDraft };
}
