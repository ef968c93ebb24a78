/**
 * Lists of hosts that an application gives.
 *
 * @module
 */

/**
 * The entries of an option as {@linkcode isListed} compares them; nothing when it is not given.
 * Throws a `TypeError` for what is no list of hosts.
 */
export function hostList(
  option: string,
  hosts: readonly string[] | undefined,
): readonly string[] | undefined {
  if (hosts === undefined) return undefined;
  if (!Array.isArray(hosts) || !hosts.every((host) => typeof host === "string" && host !== "")) {
    throw new TypeError(`Cannot trace fetch: ${option} must be an array of hosts`);
  }
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
