/**
 * Endpoints that answer only where the application does not.
 *
 * @module
 */
import type { Endpoints } from "./endpoints.ts";

/**
 * The application's own answer, unless that is a 404: then the endpoint's. Neither is observed, as no
 * request for an endpoint is. What the application throws is thrown on.
 */
export async function answerAfter(
  own: Response | undefined | Promise<Response | undefined>,
  endpoints: Endpoints,
  path: string,
  request: Request,
  rest: readonly unknown[],
): Promise<Response> {
  const answer = await own;
  if (!(answer instanceof Response) || answer.status !== 404) return answer as Response;
  const ours = await endpoints.answer(path, request, rest);
  if (ours === undefined) return answer;
  // Nobody reads it; a failure to close has nobody to tell.
  answer.body?.cancel().catch(() => {});
  return ours;
}
