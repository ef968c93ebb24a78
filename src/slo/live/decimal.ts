/**
 * Arithmetic on decimals as they are written, so that generated rules say `0.001` and not
 * `0.0010000000000000009`.
 *
 * @module
 */

/** A decimal: digits without a point, and how many of them follow it. */
interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

/** `1 - value`, exactly. */
export function complement(value: number): number {
  const { digits, places } = decimalOf(value);
  return numberOf({ digits: 10n ** BigInt(places) - digits, places });
}

/** `a * b`, exactly. */
export function product(a: number, b: number): number {
  const left = decimalOf(a), right = decimalOf(b);
  return numberOf({ digits: left.digits * right.digits, places: left.places + right.places });
}

/** A number as PromQL and YAML read it: without an exponent where that is short. */
export function written(value: number): string {
  const text = String(value);
  if (!text.includes("e")) return text;
  const { digits, places } = decimalOf(value);
  const padded = String(digits).padStart(places + 1, "0");
  return places === 0 ? padded : `${padded.slice(0, -places)}.${padded.slice(-places)}`;
}

/** The shortest decimal that reads as this number; the number is finite and not negative. */
function decimalOf(value: number): Decimal {
  const [mantissa, exponent = "0"] = String(value).split("e") as [string, string?];
  const [whole, fraction = ""] = mantissa.split(".") as [string, string?];
  const places = fraction.length - Number(exponent);
  const digits = BigInt(whole + fraction);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}

/** The nearest number, which prints as the same decimal where that has up to 15 digits. */
function numberOf({ digits, places }: Decimal): number {
  return Number(`${digits}e-${places}`);
}
