/**
 * Reads the JSON body of a request.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import { readBody } from "../../export/post/answer.ts";
import { BadRequest } from "./parameters.ts";

/**
 * The value of a JSON body.
 *
 * @param example a body that would do, for the error
 * @throws {BadRequest} for another content type, a body that is too long, or one that is no JSON
 */
export async function jsonBody(
  request: Request,
  maxBytes: number,
  example: string,
): Promise<unknown> {
  const type = request.headers.get("content-type");
  // A page of another site can't send this type unasked.
  if (!/^application\/json *(;|$)/i.test(type ?? "")) {
    throw new BadRequest(`content-type must be application/json, got ${shown(type ?? "none")}`);
  }
  const bytes = await readBody(new Response(request.body), maxBytes + 1);
  if (bytes.length > maxBytes) throw new BadRequest(`The body must have at most ${maxBytes} bytes`);
  try {
    return JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    throw new BadRequest(`The body must be JSON, as in ${example}`);
  }
}
