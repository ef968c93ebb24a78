import { setRoute } from "../../mod.ts";
import { pathOf } from "../../src/http/mod.ts";

export type Parameters = Readonly<Record<string, string>>;

/** A method, a template such as `/orders/:id`, and the function that answers. */
export type Route = readonly [
  method: string,
  template: string,
  answer: (request: Request, parameters: Parameters) => Response | Promise<Response>,
];

/** Thrown by an answering function that refuses a request. */
export class Refusal extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** Finds the route, gives Telltale its template, and turns a refusal into a response. */
export function router(routes: readonly Route[]): (request: Request) => Promise<Response> {
  return async (request) => {
    try {
      return await answer(routes, request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return Response.json({ error: error.message }, { status: error.status });
    }
  };
}

function answer(routes: readonly Route[], request: Request): Response | Promise<Response> {
  const segments = pathOf(request.url).split("/");
  const allowed: string[] = [];
  for (const [method, template, answer] of routes) {
    const parameters = match(template.split("/"), segments);
    if (parameters === undefined) continue;
    setRoute(request, template);
    if (method === request.method) return answer(request, parameters);
    allowed.push(method);
  }
  if (allowed.length === 0) throw new Refusal(404, "There is nothing here");
  return Response.json({ error: "No such method here" }, {
    status: 405,
    headers: { allow: allowed.join(", ") },
  });
}

function match(template: readonly string[], segments: readonly string[]): Parameters | undefined {
  if (template.length !== segments.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [i, part] of template.entries()) {
    const segment = segments[i]!;
    if (part.startsWith(":") && segment !== "") parameters[part.slice(1)] = segment;
    else if (part !== segment) return undefined;
  }
  return parameters;
}

/** The JSON object in the body of a request. */
export async function jsonBody(request: Request): Promise<Record<string, unknown>> {
  let body: unknown;
  try {
    body = await request.json();
  } catch {
    throw new Refusal(400, "The body is not JSON");
  }
  if (typeof body !== "object" || body === null) throw new Refusal(400, "The body is no object");
  return body as Record<string, unknown>;
}
