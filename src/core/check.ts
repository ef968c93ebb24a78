/**
 * Checks of options and arguments. All errors have one form: `Cannot <action>: <rule>, got <value>`; a rule
 * names what it is about: `maxRows must be positive`.
 *
 * @module
 */

/** The longest wait of a timer; past it, runtimes fire at once. */
export const MAX_TIMER_MS = 0x7fffffff;

/** Throws unless `isRight`; `rule` begins with the name of the option: `names must be distinct`. */
export function check(
  isRight: boolean,
  action: string,
  rule: string,
  value: unknown,
  Kind: new (message: string) => Error = RangeError,
): asserts isRight {
  if (!isRight) throw new Kind(`Cannot ${action}: ${rule}, got ${shown(value)}`);
}

/** Throws unless the value is a number from `least` to `most`, both included. */
export function checkNumber(
  action: string,
  name: string,
  value: unknown,
  least: number,
  most = Infinity,
): asserts value is number {
  const rule = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
  checkKind(least <= (value as number) && value as number <= most, action, name, rule, value);
}

/** Throws unless the value is a whole number from `least` to `most`, both included. */
export function checkWhole(
  action: string,
  name: string,
  value: unknown,
  least = 1,
  most = Infinity,
): asserts value is number {
  const isRight = Number.isInteger(value) && least <= (value as number) && value as number <= most;
  const rule = `a whole number from ${least}${most === Infinity ? "" : ` to ${most}`}`;
  checkKind(isRight, action, name, rule, value);
}

/** Throws unless the value is a number above 0. */
export function checkPositive(
  action: string,
  name: string,
  value: unknown,
): asserts value is number {
  checkKind(value as number > 0, action, name, "positive", value);
}

function checkKind(isRight: boolean, action: string, name: string, rule: string, value: unknown) {
  const isNumber = typeof value === "number";
  const Kind = isNumber ? RangeError : TypeError;
  check(isNumber && isRight, action, `${name} must be ${rule}`, value, Kind);
}

/** Throws unless the value is a function. */
export function checkFunction(action: string, name: string, value: unknown): void {
  const rule = `${name} must be a function`;
  check(typeof value === "function", action, rule, value, TypeError);
}

/** Throws unless the value is one of `choices`. */
export function checkChoice(
  action: string,
  name: string,
  value: unknown,
  choices: readonly unknown[],
): void {
  const rule = `${name} must be one of ${choices.join(", ")}`;
  check(choices.includes(value), action, rule, value, TypeError);
}

/** The URL; throws unless it is an absolute one of HTTP without credentials, which are not shown. */
export function checkedUrl(action: string, name: string, given: string | URL): URL {
  const text = String(given), url = URL.parse(text);
  const isHttp = url?.protocol === "http:" || url?.protocol === "https:";
  if (isHttp && url.username + url.password === "") return url;
  const rule = `${name} must be an http or https URL without user and password`;
  // Secrets precede an "@", or follow a "?".
  const got = text.includes("@") ? "one with them" : shown(text.replace(/[?#].*/s, ""));
  throw new TypeError(`Cannot ${action}: ${rule}, got ${got}`);
}

/** The headers under lower-case names; throws for one that can't be sent. Values are not shown. */
export function checkedHeaders(
  action: string,
  headers: Readonly<Record<string, string>>,
): Record<string, string> {
  const checked: Record<string, string> = {};
  for (const [name, value] of Object.entries(headers)) {
    try {
      new Headers([[name, value]]);
    } catch {
      throw new TypeError(
        `Cannot ${action}: header ${shown(name)} must have a valid name and value`,
      );
    }
    checked[name.toLowerCase()] = value;
  }
  return checked;
}

/** A value as errors show it: text quoted, arrays by their elements, others by {@linkcode kindOf}. */
export function shown(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 100));
  if (!Array.isArray(value)) return kindOf(value);
  const shownOnes = value.slice(0, 10).map(shown).join(", ");
  return value.length > 10 ? `[${shownOnes}, …]` : `[${shownOnes}]`;
}

/** The kind of a value, or a number or boolean itself; never a text, which may be a secret. */
export function kindOf(value: unknown): string {
  if (Array.isArray(value)) return "array";
  const kind = typeof value;
  const isPlain = value === null || kind === "number" || kind === "boolean";
  return isPlain ? String(value) : kind;
}

/** The names of all options of an interface; the compiler refuses a missing or another one. */
export type Known<Options> = { readonly [Name in keyof Required<Options>]: true };

/**
 * Throws a `TypeError` for options that are not an object, and for an unknown option, which would
 * otherwise be ignored: `Cannot serve: unknown option "prot", did you mean "port"?`.
 *
 * @param what the action that fails, such as `serve` or `make logger`
 * @param options the options; undefined for none
 * @param known the names of all options
 * @param name the name of the options, if they are an option themselves
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
  requireGiven(what, options);
  refuseUnknown(what, options, known);
}

/** {@linkcode requireObject} for an object that must be given: undefined is refused, too. */
export function requireGiven(what: string, value: unknown, name = "options"): void {
  if (value !== undefined) return requireObject(what, value, name);
  throw new TypeError(`Cannot ${what}: ${name} must be an object, got undefined`);
}

/** Throws a `TypeError` unless the value is an object or undefined. */
export function requireObject(what: string, value: unknown, name = "options"): void {
  const isObject = typeof value === "object" && value !== null && !Array.isArray(value);
  if (isObject || value === undefined) return;
  throw new TypeError(`Cannot ${what}: ${name} must be an object, got ${kindOf(value)}`);
}

/**
 * {@linkcode refuseUnknown} for options that are passed on to a runtime, which may know more: only names
 * that are similar to one of `known` are refused.
 *
 * @param others names that are valid, however similar they are
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

/** The name that was probably meant: equal but for case and `_`, the beginning of it, or with typos. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const given = plain(name);
  // Hardly a name is longer, and the comparison is quadratic.
  if (given.length > 40) return undefined;
  let meant = given.length < 4
    ? undefined
    : known.find((candidate) => plain(candidate).startsWith(given));
  // One typo in three letters.
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

/** Letters to insert, delete, replace or swap with the next one (optimal string alignment). */
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
