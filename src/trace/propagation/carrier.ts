/**
 * What carries a context: `Headers`, a `Map`, or a plain record such as a message's headers.
 *
 * @module
 */

/** What has `get` and `set`, as `Headers` and `Map` have. */
export interface CarrierMap {
  /** The value under a name; null or undefined when there is none. */
  get(name: string): string | null | undefined;
  /** Sets the value under a name. */
  set(name: string, value: string): unknown;
  /** Removes the value under a name. */
  delete?(name: string): unknown;
}

/** What carries a context: `Headers`, a `Map`, or a plain record such as a message's headers. */
export type Carrier = CarrierMap | Record<string, unknown>;

/** Writes a field; one that a record holds in another case is replaced. */
export function writeField(carrier: Carrier, name: string, value: string): void {
  if (isMap(carrier)) {
    carrier.set(name, value);
    return;
  }
  for (const key of Object.keys(carrier)) {
    if (key !== name && key.toLowerCase() === name) delete carrier[key];
  }
  carrier[name] = value;
}

/** Removes a field, in any case. */
export function removeField(carrier: Carrier, name: string): void {
  if (isMap(carrier)) {
    carrier.delete?.(name);
    return;
  }
  for (const key of Object.keys(carrier)) {
    if (key.toLowerCase() === name) delete carrier[key];
  }
}

/** Reads a field, in any case; a list of values counts as one header repeated. Never throws. */
export function readField(carrier: Carrier, name: string): string | undefined {
  try {
    if (isMap(carrier)) return text(carrier.get(name));
    if (Object.hasOwn(carrier, name)) return text(carrier[name]);
    const key = Object.keys(carrier).find((key) => key.toLowerCase() === name);
    return key === undefined ? undefined : text(carrier[key]);
  } catch {
    return undefined; // A carrier of another make: what it can't give is not there.
  }
}

/**
 * {@linkcode readField} for what few requests have. On Deno each `get` of a request is a call into
 * the runtime; the first `has` makes a list of all headers, and every other looks there. So the
 * second is for who reads several.
 */
export function readRareField(carrier: Carrier, name: string): string | undefined {
  try {
    if (carrier instanceof Headers && !carrier.has(name)) return undefined;
  } catch {
    return undefined;
  }
  return readField(carrier, name);
}

function isMap(carrier: Carrier): carrier is CarrierMap {
  return typeof carrier.get === "function" && typeof carrier.set === "function";
}

function text(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  return Array.isArray(value) ? value.join(",") : undefined;
}

/** The part of `text` from `start` to `end`, without blanks around it. */
export function trimBlanks(text: string, start = 0, end: number = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
