/**
 * HTTP methods that are told apart: those of an option, of the environment, or the standard ones.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import { environment } from "../../core/platform.ts";

/** The methods of the semantic conventions. */
export const METHODS: ReadonlySet<string> = new Set([
  "GET",
  "HEAD",
  "POST",
  "PUT",
  "DELETE",
  "CONNECT",
  "OPTIONS",
  "TRACE",
  "PATCH",
  "QUERY",
]);

/** The method if it is known, else `_OTHER`: the values of a label must be bounded. */
export function knownMethod(method: string, known: ReadonlySet<string> = METHODS): string {
  return known.has(method) ? method : "_OTHER";
}

/** The variable of the semantic conventions. */
const VARIABLE = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";
/** Each is a value of a label. */
const MAX_METHODS = 100;
/** RFC 9110 §5.6.2: a token. */
const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,64}$/;

/**
 * The methods of the option; without it those of the environment; without those, the ones of the
 * semantic conventions. Lists are not combined. An invalid list in the environment is ignored, and
 * counted as a fault.
 *
 * @throws {TypeError} for an option that is not an array of 1 to 100 methods
 */
export function knownMethods(
  given: readonly string[] | undefined,
  faults: Faults,
  variable: (name: string) => string | undefined = environment,
): ReadonlySet<string> {
  if (given !== undefined) return new Set(checked(given));
  const text = variable(VARIABLE);
  if (text === undefined) return METHODS;
  const names = text.split(",").map((name) => name.trim()).filter((name) => name !== "");
  return faults.guard(VARIABLE, () => new Set(checked(names))) ?? METHODS;
}

function checked(names: readonly string[]): readonly string[] {
  const isList: boolean = Array.isArray(names) && names.length >= 1 && names.length <= MAX_METHODS;
  const rule = `knownMethods must be an array of 1 to ${MAX_METHODS} methods`;
  check(isList, "instrument handler", rule, names, TypeError);
  for (const name of names) {
    const isMethod = typeof name === "string" && METHOD.test(name);
    const rule = "each of knownMethods must be an HTTP token";
    check(isMethod, "instrument handler", rule, name, TypeError);
  }
  return names;
}
