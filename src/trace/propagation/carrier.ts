/**
 * Carriers of a context: `Headers`, a `Map`, or a plain record such as a message's headers.
 *
 * @module
 */

/** An object with `get` and `set`, such as `Headers` and `Map`. */
export interface CarrierMap {
  /** The value of a name; null or undefined without one. */
  get(name: string): string | null | undefined;
  /** Sets the value of a name. */
  set(name: string, value: string): unknown;
  /** Removes a name and its value. */
  delete?(name: string): unknown;
}

/** A carrier of a context: `Headers`, a `Map`, or a plain record such as a message's headers. */
export type Carrier = CarrierMap | Record<string, unknown>;

/** Writes a field, in place of one that a record holds under the name in another case. */
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

/** Removes a field, whatever the case of its name. */
export function removeField(carrier: Carrier, name: string): void {
  if (isMap(carrier)) {
    carrier.delete?.(name);
    return;
  }
  for (const key of Object.keys(carrier)) {
    if (key.toLowerCase() === name) delete carrier[key];
  }
}

/** Reads a field in any case; an array of values is read as a repeated header. Never throws. */
export function readField(carrier: Carrier, name: string): string | undefined {
  try {
    if (isMap(carrier)) return text(carrier.get(name));
    if (Object.hasOwn(carrier, name)) return text(carrier[name]);
    const key = Object.keys(carrier).find((key) => key.toLowerCase() === name);
    return key === undefined ? undefined : text(carrier[key]);
  } catch {
    return undefined; // A getter or method of the carrier threw.
  }
}

/**
 * {@linkcode readField} for headers that few requests have. On Deno each `get` of a request's headers
 * is a call into the runtime; the first `has` lists all headers, and the next ones look there. So `has`
 * pays for callers that read several headers.
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

/** The part of `text` from `start` to `end`, without leading and trailing blanks. */
export function trimBlanks(text: string, start = 0, end: number = text.length): string {
  while (start < end && isBlank(text.charCodeAt(start))) start++;
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}
