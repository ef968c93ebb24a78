/**
 * Paths of values to hide: `user.email`, `orders[*].card`, `["odd.key"].*.ssn`.
 *
 * @module
 */

/** A segment that matches every key and index. */
const ANY = /* @__PURE__ */ Symbol("any");
type Segment = string | typeof ANY;

/** The depth to which fields are followed. */
const MAX_SEGMENTS = 10;
/** One segment with its separator: a name, a wildcard, or either in brackets. */
const PART = /(?:^|(?<!^)\.)([^.[\]*"]+|\*)(?=[.[]|$)|\[(\d+|\*|"(?:[^"\\]|\\.)*")\](?=[.[]|$)/y;

/** A set of parsed paths. */
export class RedactPaths {
  readonly #paths: readonly (readonly Segment[])[];

  /** @throws {TypeError} for a path that could never match */
  constructor(paths: readonly string[]) {
    this.#paths = paths.map(parse);
  }

  /** Whether a path matches the given one, keys and indexes from the outside in. */
  match(path: readonly string[]): boolean {
    return this.#paths.some((segments) =>
      segments.length === path.length &&
      segments.every((segment, i) => segment === ANY || segment === path[i])
    );
  }
}

function parse(path: string): Segment[] {
  const refuse = (why: string) => {
    throw new TypeError(`Cannot redact path ${JSON.stringify(path)}: ${why}`);
  };
  if (typeof path !== "string" || path === "") refuse("must be a non-empty string");
  const segments: Segment[] = [];
  PART.lastIndex = 0;
  for (let at = 0; at < path.length; at = PART.lastIndex) {
    const [, bare, bracketed] = PART.exec(path) ?? [];
    const part = bare ?? bracketed;
    if (part === undefined) return refuse(`must be like a.*.b or a[*]["b.c"], fails at ${at}`);
    segments.push(
      part === "*"
        ? ANY
        : part.startsWith('"') && part === bracketed
        ? unquote(part, refuse)
        : part,
    );
  }
  if (segments.length > MAX_SEGMENTS) {
    refuse(`fields are followed ${MAX_SEGMENTS} deep, this is ${segments.length}`);
  }
  return segments;
}

function unquote(part: string, refuse: (why: string) => never | void): string {
  try {
    return JSON.parse(part);
  } catch {
    refuse(`${part} must be a JSON string`);
    return part;
  }
}
