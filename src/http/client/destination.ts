/**
 * Where an outgoing request goes: its URL, what of it may be recorded, and how near its host is.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { isPrivateAddress } from "../request/address.ts";
import type { Redactor } from "../../core/redact/redactor.ts";
import { decoded, parameters } from "../../core/redact/text.ts";

/** The URL of a string or `URL`; undefined for what is no HTTP. Never throws. */
export function httpUrl(input: unknown): URL | undefined {
  try {
    if (typeof input !== "string" && !(input instanceof URL)) return undefined;
    const url = new URL(input);
    return url.protocol === "http:" || url.protocol === "https:" ? url : undefined;
  } catch {
    return undefined;
  }
}

/** The host of a URL; an IPv6 address without the brackets that only a URL needs. */
export function hostOf({ hostname }: URL): string {
  return unbracketed(hostname);
}

/** The port of a URL, also where it is the scheme's own. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? protocol === "https:" ? 443 : 80 : Number(port);
}

/** What of a URL is secret: as it is written, and decoded. */
export function secretsOf(
  { username, password, search, hash }: URL,
  redactor: Redactor,
): string[] {
  const written = [password === "" ? username : password];
  const hider = { hides: (name: string) => redactor.hides(name), standIn: () => "" };
  for (const text of [search.slice(1), hash.slice(1)]) {
    for (const [from, to] of parameters(text, hider, true)) written.push(text.slice(from, to));
  }
  const secrets = written.filter((text) => text !== "");
  return [...secrets, ...secrets.map(decoded)];
}

/** Private addresses, and names that only a private network resolves. */
export function isPrivateHost(host: string): boolean {
  if (host.includes(":")) return isPrivateAddress(host);
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  return isPrivateAddress(name) || !name.includes(".") ||
    /\.(local|localhost|internal)$/.test(name);
}

/**
 * The entries of an option as {@linkcode isListed} compares them; nothing when it is not given.
 * Throws a `TypeError` for what is no list of hosts.
 */
export function hostList(
  option: string,
  hosts: readonly string[] | undefined,
): readonly string[] | undefined {
  if (hosts === undefined) return undefined;
  const isList: boolean = Array.isArray(hosts) &&
    hosts.every((host) => typeof host === "string" && host !== "");
  check(isList, "trace fetch", `${option} must be an array of hosts`, hosts, TypeError);
  return hosts.map((host) => unbracketed(host.toLowerCase()));
}

/** Whether a host is one of these names, or ends in one that begins with a dot. */
export function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((entry) => entry.startsWith(".") ? host.endsWith(entry) : host === entry);
}

/** A host; an IPv6 address without the brackets that only a URL needs. */
export function unbracketed(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
