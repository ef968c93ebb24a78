/**
 * IP addresses: whether they are loopback or private, and their network.
 *
 * They are read strictly: a text that parsers read in more than one way (`127.1`, `010.0.0.1`,
 * `0x7f.0.0.1`) is not an address, and what is not an address is not private.
 *
 * @module
 */

/** The longest text of an IPv6 address with an embedded IPv4 one, plus room for a zone. */
const LONGEST = 64;
const NO_OCTET = -1;
const ZERO = 48;
/** Relative to the code of `0`. */
const DOT = 46 - ZERO;
const GROUP = /^[0-9A-Fa-f]{1,4}$/;
const ZONE = /^[0-9A-Za-z_.~-]+$/;

/** Whether `text` is an IP address. Never throws. */
export function isAddress(text: string): boolean {
  return text.length <= LONGEST &&
    (parseIpv4(text) !== undefined || parseIpv6(text) !== undefined);
}

/**
 * Whether `address` is this machine: 127.0.0.0/8, `::1`, or the IPv4-mapped form of either.
 * Never throws; a host name or anything unreadable is false.
 */
export function isLoopbackAddress(address: string): boolean {
  if (typeof address !== "string" || address.length > LONGEST) return false;
  const v4 = parseIpv4(address);
  if (v4 !== undefined) return v4 >>> 24 === 127;
  const groups = parseIpv6(address);
  if (groups === undefined) return false;
  const mapped = mappedIpv4(groups);
  if (mapped !== undefined) return mapped >>> 24 === 127;
  return groups[7] === 1 && groups.every((group, index) => index === 7 || group === 0);
}

/**
 * Whether `address` can't be reached from the internet: loopback, RFC 1918, link-local
 * (169.254.0.0/16, fe80::/10), unique local (fc00::/7), or the IPv4-mapped form of one of them.
 * Shared address space (100.64.0.0/10) and the unspecified address are not private. Never throws;
 * a host name or anything unreadable is false.
 */
export function isPrivateAddress(address: string): boolean {
  if (typeof address !== "string" || address.length > LONGEST) return false;
  const v4 = parseIpv4(address);
  if (v4 !== undefined) return isPrivateIpv4(v4);
  const groups = parseIpv6(address);
  if (groups === undefined) return false;
  const mapped = mappedIpv4(groups);
  if (mapped !== undefined) return isPrivateIpv4(mapped);
  const first = groups[0]!;
  return (first & 0xfe00) === 0xfc00 || (first & 0xffc0) === 0xfe80 || isLoopbackAddress(address);
}

/**
 * The network of one subscriber: the first 64 bits of an IPv6 address, however it is written; any
 * other text unchanged. Never throws.
 */
export function networkOf(address: string): string {
  const groups = address.length > LONGEST ? undefined : parseIpv6(address);
  if (groups === undefined || mappedIpv4(groups) !== undefined) return address;
  return groups.slice(0, 4).map((group) => group.toString(16)).join(":");
}

function isPrivateIpv4(bits: number): boolean {
  return bits >>> 24 === 127 || bits >>> 24 === 10 || bits >>> 20 === 0xac1 ||
    bits >>> 16 === 0xc0a8 || bits >>> 16 === 0xa9fe;
}

/** The IPv4 address of `::ffff:a.b.c.d`, as 32 bits. */
function mappedIpv4(groups: readonly number[]): number | undefined {
  if (groups[5] !== 0xffff) return undefined;
  for (let i = 0; i < 5; i++) if (groups[i] !== 0) return undefined;
  return (groups[6]! << 16 | groups[7]!) >>> 0;
}

/**
 * The 32 bits of a dotted-decimal address. By hand, because it is read for every traced request.
 */
function parseIpv4(text: string): number | undefined {
  let bits = 0, octet = NO_OCTET, dots = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - ZERO;
    if (digit === DOT && octet !== NO_OCTET && ++dots <= 3) {
      bits = bits << 8 | octet;
      octet = NO_OCTET;
    } else if (digit >= 0 && digit <= 9 && octet !== 0) {
      // No digit may follow a leading zero: some parsers read it as octal.
      octet = octet === NO_OCTET ? digit : octet * 10 + digit;
      if (octet > 255) return undefined;
    } else return undefined;
  }
  return dots === 3 && octet !== NO_OCTET ? (bits << 8 | octet) >>> 0 : undefined;
}

/** The 8 groups of an IPv6 address, without its zone. */
function parseIpv6(address: string): readonly number[] | undefined {
  const percent = address.indexOf("%");
  if (percent >= 0 && !ZONE.test(address.slice(percent + 1))) return undefined;
  const text = percent < 0 ? address : address.slice(0, percent);
  const gap = text.indexOf("::");
  if (gap < 0) {
    const groups = ipv6Groups(text, true);
    return groups?.length === 8 ? groups : undefined;
  }
  const head = ipv6Groups(text.slice(0, gap), false);
  const tail = ipv6Groups(text.slice(gap + 2), true);
  if (head === undefined || tail === undefined) return undefined;
  // RFC 4291 §2.2: "::" stands for at least one group.
  const zeros = 8 - head.length - tail.length;
  return zeros < 1 ? undefined : [...head, ...new Array<number>(zeros).fill(0), ...tail];
}

/** Groups of one side of `::`; only the last may be an embedded IPv4 address. */
function ipv6Groups(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const parts = text.split(":");
  const groups: number[] = [];
  for (const [index, part] of parts.entries()) {
    if (GROUP.test(part)) {
      groups.push(parseInt(part, 16));
      continue;
    }
    const v4 = last && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (v4 === undefined) return undefined;
    groups.push(v4 >>> 16, v4 & 0xffff);
  }
  return groups;
}
