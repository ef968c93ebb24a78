/**
 * The `tracestate` header of W3C Trace Context, level 2. A tracestate is kept as text: most services
 * only forward it.
 *
 * @module
 */
import { copy } from "../../core/text.ts";
import { trimBlanks } from "./carrier.ts";

const MAX_MEMBERS = 32;
/** The characters that must be propagated at least (§3.3.1.5); longer ones lose whole members. */
const MAX_LENGTH = 512;
/** Members longer than this are removed first. */
const LONG_MEMBER = 128;
const KEY = /^[a-z0-9][a-z0-9_\-*/@]{0,255}$/;
/** 0x20 to 0x7e without comma and equals sign, not ending in a space, 1 to 256 characters. */
const VALUE = /^[\x20-\x2b\x2d-\x3c\x3e-\x7e]{0,255}[\x21-\x2b\x2d-\x3c\x3e-\x7e]$/;

/**
 * Parses a header (several are joined by commas, in order) and returns what is to be propagated:
 * members trimmed, without empty ones, at most 512 characters. One invalid member, or a 33rd, gives
 * "". Linear in the header's length; never throws.
 *
 * @example
 * ```ts
 * import { parseTracestate } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * equal(parseTracestate("congo=t61rcWkgMzE , ,rojo=00f067aa0ba902b7"), "congo=t61rcWkgMzE,rojo=00f067aa0ba902b7");
 * equal(parseTracestate("congo=t61rcWkgMzE,ROJO=1"), "");
 * ```
 */
export function parseTracestate(header: string | null | undefined): string {
  if (typeof header !== "string" || header === "") return "";
  const members: string[] = [];
  for (let start = 0; start <= header.length;) {
    const comma = header.indexOf(",", start);
    const end = comma < 0 ? header.length : comma;
    const member = trimBlanks(header, start, end);
    start = end + 1;
    if (member === "") continue;
    if (members.length === MAX_MEMBERS || !isMember(member)) return "";
    members.push(member);
  }
  return shorten(members);
}

/** The value of a key, or undefined. */
export function tracestateValue(tracestate: string, key: string): string | undefined {
  for (const member of membersOf(tracestate)) {
    if (hasKey(member, key)) return member.slice(key.length + 1);
  }
  return undefined;
}

/**
 * Sets a key, whose member becomes the leftmost. With 33 members the rightmost is removed. An invalid
 * key or value changes nothing.
 *
 * @example
 * ```ts
 * import { setTracestate } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * equal(setTracestate("congo=1,rojo=2", "rojo", "3"), "rojo=3,congo=1");
 * ```
 */
export function setTracestate(tracestate: string, key: string, value: string): string {
  if (!KEY.test(key) || !VALUE.test(value)) return tracestate;
  const others = membersOf(tracestate).filter((member) => !hasKey(member, key));
  return shorten([`${key}=${value}`, ...others.slice(0, MAX_MEMBERS - 1)]);
}

/** Removes a key; the order of the others stays. */
export function deleteTracestate(tracestate: string, key: string): string {
  return membersOf(tracestate).filter((member) => !hasKey(member, key)).join(",");
}

function membersOf(tracestate: string): string[] {
  return tracestate === "" ? [] : tracestate.split(",");
}

function hasKey(member: string, key: string): boolean {
  return member.charCodeAt(key.length) === 61 && member.startsWith(key);
}

function isMember(member: string): boolean {
  const equals = member.indexOf("=");
  return equals > 0 && KEY.test(member.slice(0, equals)) && VALUE.test(member.slice(equals + 1));
}

/** Joins members; when they are too long, the long ones are removed first, then the rightmost. */
function shorten(members: string[]): string {
  let length = members.length - 1;
  for (const member of members) length += member.length;
  for (let i = members.length - 1; i >= 0 && length > MAX_LENGTH; i--) {
    if (members[i]!.length <= LONG_MEMBER) continue;
    length -= members[i]!.length + 1;
    members.splice(i, 1);
  }
  while (length > MAX_LENGTH) length -= members.pop()!.length + 1;
  const text = members.join(",");
  // A copy of a single member, which is a slice and would keep a long header in memory.
  return members.length === 1 ? copy(text) : text;
}

const VALID = { th: /^[0-9a-f]{1,14}$/, rv: /^[0-9a-f]{14}$/ } as const;

/** A sub-key of `ot`: `th`, a rejection threshold, or `rv`, explicit randomness. Undefined if invalid. */
export function otValue(tracestate: string, key: "th" | "rv"): string | undefined {
  const field = fieldsOf(tracestate).find((field) => field.startsWith(`${key}:`));
  const value = field?.slice(3);
  return value !== undefined && VALID[key].test(value) ? value : undefined;
}

/** The share of traces that `th` stands for; 1 without it. */
export function otShare(tracestate: string): number {
  const threshold = tracestate === "" ? undefined : otValue(tracestate, "th");
  return threshold === undefined ? 1 : 1 - parseInt(threshold.padEnd(14, "0"), 16) / 2 ** 56;
}

/** Sets `th`, or removes it when undefined; other sub-keys stay. */
export function setOtThreshold(tracestate: string, threshold: string | undefined): string {
  const before = fieldsOf(tracestate);
  const fields = before.filter((field) => !field.startsWith("th:"));
  if (threshold === undefined && fields.length === before.length) return tracestate;
  if (threshold !== undefined) fields.unshift(`th:${threshold}`);
  return fields.length === 0
    ? deleteTracestate(tracestate, "ot")
    : setTracestate(tracestate, "ot", fields.join(";"));
}

function fieldsOf(tracestate: string): string[] {
  return tracestateValue(tracestate, "ot")?.split(";") ?? [];
}
