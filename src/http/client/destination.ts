/**
 * The destination of an outgoing request: its URL, its host and port, and whether the host is
 * private.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { isPrivateAddress } from "../request/address.ts";

/** The URL of a string or `URL`; undefined for any other scheme. Never throws. */
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

/** The port of a URL, or the default of its scheme. */
export function portOf({ port, protocol }: URL): number {
  return port === "" ? protocol === "https:" ? 443 : 80 : Number(port);
}

/** Whether a host is a private address, or a name that only a private network resolves. */
export function isPrivateHost(host: string): boolean {
  if (host.includes(":")) return isPrivateAddress(host);
  const name = host.endsWith(".") ? host.slice(0, -1) : host;
  return isPrivateAddress(name) || !name.includes(".") ||
    /\.(local|localhost|internal)$/.test(name);
}

/**
 * The hosts of an option in the form that {@linkcode isListed} compares.
 *
 * @throws {TypeError} for anything but an array of hosts
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

/** Whether a host is in the list, or ends in an entry that begins with a dot. */
export function isListed(host: string, hosts: readonly string[]): boolean {
  return hosts.some((entry) => entry.startsWith(".") ? host.endsWith(entry) : host === entry);
}

/** A host; an IPv6 address without the brackets that only a URL needs. */
function unbracketed(host: string): string {
  return host.startsWith("[") && host.endsWith("]") ? host.slice(1, -1) : host;
}
