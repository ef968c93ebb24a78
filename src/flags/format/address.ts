/**
 * Internet addresses and ranges of them (CIDR), of both versions.
 *
 * @module
 */

/** An address as its bits: 32 of version 4, 128 of version 6. */
interface Address {
  readonly bits: bigint;
  readonly width: number;
}

/** Whether a text is an address in a range such as `10.0.0.0/8` or `2001:db8::/32`, or is that address. */
export function isInRange(text: string, range: string): boolean {
  const [base, size, ...more] = range.split("/");
  const address = parseAddress(text), first = parseAddress(base!);
  if (address === undefined || first === undefined || more.length > 0) return false;
  if (address.width !== first.width || size !== undefined && !/^\d{1,3}$/.test(size)) return false;
  const length = size === undefined ? first.width : Number(size);
  if (length > first.width) return false;
  const shift = BigInt(first.width - length);
  return address.bits >> shift === first.bits >> shift;
}

function parseAddress(text: string): Address | undefined {
  const bits = text.includes(":") ? version6(text) : version4(text);
  return bits === undefined ? undefined : { bits, width: text.includes(":") ? 128 : 32 };
}

function version4(text: string): bigint | undefined {
  const parts = text.split(".");
  if (parts.length !== 4) return undefined;
  let bits = 0n;
  for (const part of parts) {
    if (!/^\d{1,3}$/.test(part) || Number(part) > 255) return undefined;
    bits = bits << 8n | BigInt(part);
  }
  return bits;
}

function version6(given: string): bigint | undefined {
  let text = given;
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text);
  if (dotted !== null) {
    const last = version4(dotted[2]!);
    if (last === undefined) return undefined;
    text = `${dotted[1]}${(last >> 16n).toString(16)}:${(last & 0xffffn).toString(16)}`;
  }
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [before = [], after] = halves.map((half) => half === "" ? [] : half.split(":"));
  const zeros = 8 - before.length - (after?.length ?? 0);
  if (after === undefined ? zeros !== 0 : zeros < 1) return undefined;
  const groups = [...before, ...Array<string>(zeros).fill("0"), ...after ?? []];
  let bits = 0n;
  for (const group of groups) {
    if (!/^[\da-f]{1,4}$/i.test(group)) return undefined;
    bits = bits << 16n | BigInt(`0x${group}`);
  }
  return bits;
}
