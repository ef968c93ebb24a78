/**
 * Options that nobody reads: a misspelt name must not pass for the default.
 *
 * @module
 */

/** Each option of `Options` and no other: the compiler holds such a list to the interface. */
export type Known<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Throws a `TypeError` for what is not an object, or for an option that nobody knows, with the nearest
 * name that is known: `Cannot serve: unknown option "prot", did you mean "port"?`.
 *
 * @param what the action that fails, as in `serve` or `make logger`
 * @param options what was given; undefined stands for none
 * @param known the names that are read
 * @param name what the options as a whole are called, where they are among others
 */
export function refuseUnknown(
  what: string,
  options: unknown,
  known: object,
  name?: string,
): void {
  requireObject(what, options, name);
  if (options === undefined) return;
  for (const given of Object.keys(options as object)) {
    if (Object.hasOwn(known, given)) continue;
    const where = name === undefined ? what : `${what}: ${name}`;
    throw unknownOption(where, given, nearest(given, Object.keys(known)));
  }
}

/** {@linkcode refuseUnknown} for options that must be given: undefined is refused, too. */
export function requireKnown(what: string, options: unknown, known: object): void {
  if (options === undefined) {
    throw new TypeError(`Cannot ${what}: options must be an object, got undefined`);
  }
  refuseUnknown(what, options, known);
}

/** Throws a `TypeError` for options that are of another kind; undefined stands for none. */
export function requireObject(what: string, value: unknown, name = "options"): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject || value === undefined) return;
  throw new TypeError(`Cannot ${what}: ${name} must be an object, got ${kindOf(value)}`);
}

/** What was given, in a word; of a text only that it is one, for it may be a secret. Never throws. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  const kind = typeof value;
  const isPlain = value === null || kind === "number" || kind === "boolean";
  return isPlain ? String(value) : kind;
}

/**
 * {@linkcode refuseUnknown} where others read the rest of the options, some of which may be newer
 * than we know: refused is only what is nearly one of `known`.
 *
 * @param others names that are right, however near they come
 */
export function refuseMisspelt(
  what: string,
  options: object,
  known: readonly string[],
  others: readonly string[] = [],
): void {
  for (const name of Object.keys(options)) {
    if (known.includes(name) || others.includes(name)) continue;
    const meant = nearest(name, known);
    if (meant !== undefined) throw unknownOption(what, name, meant);
  }
}

function unknownOption(what: string, name: string, meant: string | undefined): TypeError {
  const hint = meant === undefined ? "" : `, did you mean ${JSON.stringify(meant)}?`;
  return new TypeError(`Cannot ${what}: unknown option ${JSON.stringify(name)}${hint}`);
}

/** The name that was likely meant: the same but for case and `_`, its beginning, or few slips. */
function nearest(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  // A long name is none of ours, and the comparison is quadratic.
  if (given.length > 40) return undefined;
  let meant = given.length < 4
    ? undefined
    : known.find((candidate) => plain(candidate).startsWith(given));
  // One slip in three letters.
  let least = meant === undefined ? Math.min(Math.floor(given.length / 3), 3) + 1 : 1;
  for (const candidate of known) {
    const slips = distance(given, plain(candidate));
    if (slips >= least) continue;
    least = slips;
    meant = candidate;
  }
  return meant;
}

function plain(name: string): string {
  return name.toLowerCase().replace(/[_-]/g, "");
}

/** Letters to add, leave out, replace or swap with the next (optimal string alignment). */
function distance(a: string, b: string): number {
  const rows = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i], above = rows[i - 1]!;
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let least = Math.min(above[j]! + 1, row[j - 1]! + 1, above[j - 1]! + (isSame ? 0 : 1));
      const isSwap = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (isSwap) least = Math.min(least, rows[i - 2]![j - 2]! + 1);
      row.push(least);
    }
    rows.push(row);
  }
  return rows[a.length]![b.length]!;
}

/** Text in quotes, numbers as they are, of anything else the kind. Never throws. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "function") return "function";
  return typeof value === "object" && value !== null ? "object" : String(value);
}
