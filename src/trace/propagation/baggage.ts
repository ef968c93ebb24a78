/**
 * The `baggage` header of W3C Baggage: names and values that travel with a request.
 *
 * @module
 */
import type { Baggage, BaggageEntry } from "../../core/context.ts";
import { trimBlanks } from "./carrier.ts";

const MAX_MEMBERS = 64;
/** Bytes of a whole header; it is ASCII, so also characters. */
const MAX_LENGTH = 8192;
/** RFC 7230 §3.2.6. */
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** baggage-octet: visible ASCII without DQUOTE, comma, semicolon and backslash. */
const OCTETS = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
/** {@linkcode OCTETS} without the percent sign: characters that are not encoded. */
const PLAIN = /^[\x21\x23\x24\x26-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/;
const PROPERTIES = /^[\x20\x21\x23-\x2b\x2d-\x5b\x5d-\x7e\t]+$/;

const encoder = new TextEncoder(),
  decoder = /* @__PURE__ */ new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * Parses a header. Invalid members are left out; the last value of a repeated name wins. Reads at most
 * 64 members and 8192 characters, whole members only. Undefined without any member. Linear in the
 * header's length; never throws.
 *
 * @example
 * ```ts
 * import { parseBaggage } from "@telltale/telltale/trace";
 * import { deepEqual } from "node:assert/strict";
 *
 * const baggage = parseBaggage("tenant=caf%C3%A9;tier=1,empty=");
 * deepEqual([...baggage!], [
 *   ["tenant", { value: "café", metadata: "tier=1" }],
 *   ["empty", { value: "" }],
 * ]);
 * ```
 */
export function parseBaggage(header: string | null | undefined): Baggage | undefined {
  if (typeof header !== "string" || header === "") return undefined;
  // Cut before it is split: a hostile header must cost no more than a valid one.
  const text = header.length <= MAX_LENGTH ? header : wholeMembers(header);
  const entries = new Map<string, BaggageEntry>();
  let members = 0;
  for (let start = 0; start < text.length && members < MAX_MEMBERS;) {
    const comma = text.indexOf(",", start);
    const end = comma < 0 ? text.length : comma;
    if (readMember(text.slice(start, end), entries)) members++;
    start = end + 1;
  }
  return entries.size === 0 ? undefined : entries;
}

/**
 * Formats a header of at most 64 members and 8192 bytes. A member that does not fit, or whose name is
 * not a token, is left out whole. "" when no member is left. Never throws.
 *
 * @example
 * ```ts
 * import { formatBaggage } from "@telltale/telltale/trace";
 * import { equal } from "node:assert/strict";
 *
 * equal(formatBaggage(new Map([["tenant", { value: "café, Ltd" }]])), "tenant=caf%C3%A9%2C%20Ltd");
 * ```
 */
export function formatBaggage(baggage: Baggage): string {
  let text = "", members = 0;
  for (const [name, entry] of baggage) {
    if (members === MAX_MEMBERS) break;
    if (!TOKEN.test(name) || entry.value.length > MAX_LENGTH) continue;
    let member = `${name}=${encodeValue(entry.value)}`;
    if (entry.metadata !== undefined && PROPERTIES.test(entry.metadata)) {
      member += `;${entry.metadata}`;
    }
    const length = text === "" ? member.length : text.length + 1 + member.length;
    if (length > MAX_LENGTH) continue;
    text = text === "" ? member : `${text},${member}`;
    members++;
  }
  return text;
}

/** Adds a member to `entries`; false for an invalid one. */
function readMember(member: string, entries: Map<string, BaggageEntry>): boolean {
  const semicolon = member.indexOf(";");
  const pair = semicolon < 0 ? member : member.slice(0, semicolon);
  const equals = pair.indexOf("=");
  if (equals < 1) return false;
  const name = trimBlanks(pair.slice(0, equals)), value = trimBlanks(pair.slice(equals + 1));
  if (!TOKEN.test(name) || !OCTETS.test(value)) return false;
  const metadata = semicolon < 0 ? "" : trimBlanks(member.slice(semicolon + 1));
  const decoded = value.includes("%") ? decodeValue(value) : value;
  entries.set(
    name,
    metadata !== "" && PROPERTIES.test(metadata)
      ? { value: decoded, metadata }
      : { value: decoded },
  );
  return true;
}

/** The whole members of a header that fit. */
function wholeMembers(header: string): string {
  return header.slice(0, Math.max(0, header.lastIndexOf(",", MAX_LENGTH)));
}

/** Decodes percent-encoding. Invalid UTF-8 gives U+FFFD; an incomplete sequence is left as it is. */
function decodeValue(value: string): string {
  const bytes = new Uint8Array(value.length);
  let length = 0;
  for (let i = 0; i < value.length; i++) {
    let code = value.charCodeAt(i);
    if (code === 37) {
      const high = hexValue(value.charCodeAt(i + 1)), low = hexValue(value.charCodeAt(i + 2));
      if (high >= 0 && low >= 0) {
        code = high << 4 | low;
        i += 2;
      }
    }
    bytes[length++] = code;
  }
  return decoder.decode(bytes.subarray(0, length));
}

function encodeValue(value: string): string {
  if (PLAIN.test(value)) return value;
  let text = "";
  for (const byte of encoder.encode(value)) {
    const character = String.fromCharCode(byte);
    text += PLAIN.test(character)
      ? character
      : `%${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }
  return text;
}

/** The value of a hex digit; -1 for another character, or past the end. */
function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}
