/**
 * What a caller of `fetch` gave, read once, so that more can be said in it.
 *
 * @module
 */
import { deno } from "../../core/platform.ts";

/**
 * A copy of `init` to write in; what the runtime's `fetch` takes beyond the standard is in it too.
 * Each member is read once. What has its members from a prototype is seen through.
 */
export function ownInit(init: RequestInit | null | undefined): RequestInit {
  if (init === undefined || init === null) return {};
  const prototype = Object.getPrototypeOf(init);
  if (prototype === Object.prototype || prototype === null) return { ...init };
  return new Proxy<RequestInit>({}, {
    get: (own, key) => Object.hasOwn(own, key) ? Reflect.get(own, key) : Reflect.get(init, key),
    has: (own, key) => key in own || key in init,
  });
}

/**
 * A `Request` of our own in place of the caller's, whose headers may be written; else the input as it
 * is. On Deno a copy of the headers would not do: several of one name are sent one by one, and a copy
 * joins them, cookies too.
 */
export function ownInput(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { headers }: RequestInit,
): string | URL | Request {
  // A `Request` in the place of `init` says more than its properties do.
  if (init instanceof Request) return new Request(input, init);
  const isCopied = deno !== undefined && input instanceof Request && headers === undefined;
  try {
    return isCopied ? new Request(input) : input;
  } catch {
    return input; // Its body is read or locked: `fetch` refuses it in its own words.
  }
}

/**
 * A copy of the headers that would be sent; undefined for what `fetch` refuses. Headers that can be
 * read only once are kept in `init`, for `fetch` to refuse them.
 */
export function headersOf(init: RequestInit, request: Request | undefined): Headers | undefined {
  const given: unknown = init.headers;
  if (given === undefined) return new Headers(request?.headers);
  if (typeof given !== "object" || given === null) return undefined;
  if (Symbol.iterator in given && !(given instanceof Headers) && !Array.isArray(given)) {
    init.headers = [...given as Iterable<[string, string]>];
  }
  try {
    return new Headers(init.headers);
  } catch {
    return undefined;
  }
}

/** Has the headers sent: those that were changed, and the rest in the caller's own form. */
export function setHeaders(init: RequestInit, headers: Headers): void {
  const given = init.headers;
  if (!Array.isArray(given)) return void (init.headers = headers);
  const before = new Headers(given);
  const isKept = ([name]: readonly string[]) => before.get(name!) === headers.get(name!);
  init.headers = [...given.filter(isKept), ...[...headers].filter((pair) => !isKept(pair))];
}

const AS_IS: ReadonlySet<string> = new Set([
  "GET",
  "POST",
  "PUT",
  "DELETE",
  "PATCH",
  "HEAD",
  "OPTIONS",
]);

/** As the Fetch standard makes them upper-case. */
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i;

/**
 * The method as it goes out.
 *
 * @param byRuntime whether the runtime sends it, which may have rules of its own: Bun writes `patch` in
 * upper-case too, and sends GET for what it does not know
 */
export function sentMethod(given: string, byRuntime: boolean): string {
  if (AS_IS.has(given)) return given;
  const method = String(given);
  if (!byRuntime) return NORMALIZED.test(method) ? method.toUpperCase() : method;
  try {
    return new Request("http://localhost/", { method }).method;
  } catch {
    return method; // It is refused, or can't be in a Request.
  }
}
