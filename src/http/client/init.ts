/**
 * Copies of the arguments of `fetch`, each member read once, to which headers can be added.
 *
 * @module
 */
import { deno } from "../../core/platform.ts";

/**
 * A writable copy of `init`, with members beyond the standard. Each member is read once; an object
 * that inherits its members is wrapped.
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
 * A copy of the caller's `Request`, whose headers may be changed; any other input unchanged. On
 * Deno a copy of the headers alone would not do: it joins several headers of one name, which Deno
 * sends one by one, and cookies must not be joined.
 */
export function ownInput(
  input: string | URL | Request,
  init: RequestInit | undefined,
  { headers }: RequestInit,
): string | URL | Request {
  // The constructor reads more of a `Request` in place of `init` than its properties.
  if (init instanceof Request) return new Request(input, init);
  const isCopied = deno !== undefined && input instanceof Request && headers === undefined;
  try {
    return isCopied ? new Request(input) : input;
  } catch {
    return input; // Its body is read or locked: `fetch` refuses it in its own words.
  }
}

/**
 * A copy of the headers that would be sent; undefined for headers that `fetch` refuses. Headers
 * that can be read only once are kept in `init`, so that `fetch` can read them.
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

/**
 * Puts the headers into `init`: the changed ones, and the rest in the form that the caller chose.
 */
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

/** Methods that the Fetch standard writes in upper case. */
const NORMALIZED = /^(?:delete|get|head|options|post|put)$/i;

/**
 * The method as it is sent.
 *
 * @param byRuntime whether the runtime sends it, by its own rules: Bun writes `patch` in upper case
 * too, and sends GET for a method that it does not know
 */
export function sentMethod(given: string, byRuntime: boolean): string {
  if (AS_IS.has(given)) return given;
  const method = String(given);
  if (!byRuntime) return NORMALIZED.test(method) ? method.toUpperCase() : method;
  try {
    return new Request("http://localhost/", { method }).method;
  } catch {
    return method; // `fetch` refuses it, or a Request can't have it.
  }
}
