/**
 * Patterns: secrets that are recognized by their form, anywhere in a text.
 *
 * @module
 */

/** A form of secrets. */
export interface RedactPattern {
  /** Every match is hidden. The flag `g` is added, `y` is refused. */
  readonly find: RegExp;
  /** A text that every match contains; it is searched first, at a tenth of the cost. */
  readonly needs?: string | undefined;
  /** The length of the shortest match, if that is known: a shorter text is not searched. */
  readonly minLength?: number | undefined;
  /**
   * The part of a match to hide, from and to; undefined for none.
   *
   * @default all of it
   */
  readonly locate?: ((found: string) => readonly [number, number] | undefined) | undefined;
}

/** The part of a match to hide; all of it when `locate` throws. */
export function partOf(
  { locate }: RedactPattern,
  found: string,
): readonly [number, number] | undefined {
  const all = [0, found.length] as const;
  try {
    return locate === undefined ? all : locate(found);
  } catch {
    return all;
  }
}

/** Whether a text may hold a match: cheaper than a search. */
export function mayMatch({ needs, minLength }: RedactPattern, text: string): boolean {
  return (minLength === undefined || text.length >= minLength) &&
    (needs === undefined || text.includes(needs));
}

// Each is linear in the text: a look-behind lets a run of characters match at its start only, and the
// length of a look-behind is bounded.

/** Payment card numbers, 13 to 19 digits in groups or not, that satisfy the Luhn check. */
export const CARD_NUMBERS: RedactPattern = {
  find: /(?<!\d)\d(?:[ -]?\d){12,24}(?!\d)/,
  minLength: 13,
  locate: locateCard,
};

/** Tokens after `Bearer`. */
export const BEARER_TOKENS: RedactPattern = {
  find: /(?<=\bBearer[ \t]{1,32})[\w.~+/-]+=*/i,
  minLength: 8,
};

/** E-mail addresses. */
export const EMAILS: RedactPattern = {
  find: /(?<![\w.%+-])[\w.%+-]+@[a-z\d](?:[a-z\d-]*[a-z\d])?(?:\.[a-z\d](?:[a-z\d-]*[a-z\d])?)+/i,
  needs: "@",
};

/** JSON Web Tokens: three parts in base64url; the first starts with an encoded `{"`. */
export const JWTS: RedactPattern = {
  find: /(?<![\w-])eyJ[\w-]{4,}\.[\w-]{4,}\.[\w-]*/,
  needs: "eyJ",
};

/** The card number in a run of digits, which may include groups of other numbers. */
function locateCard(found: string): readonly [number, number] | undefined {
  const groups = [...found.matchAll(/\d+/g)];
  for (const [i, first] of groups.entries()) {
    let digits = "";
    for (const group of groups.slice(i)) {
      digits += group[0];
      if (digits.length > 19) break;
      if (isCard(digits)) return [first.index, group.index + group[0].length];
    }
  }
  return undefined;
}

/** Requires first digits of the card schemes in use, so that times in milliseconds don't match. */
function isCard(digits: string): boolean {
  return /^(?:[3-6]\d{12,18}|2[2-7]\d{14})$/.test(digits) && luhn(digits);
}

function luhn(digits: string): boolean {
  let sum = 0;
  for (let i = 0; i < digits.length; i++) {
    const digit = digits.charCodeAt(digits.length - 1 - i) - 48;
    sum += i % 2 === 0 ? digit : digit > 4 ? digit * 2 - 9 : digit * 2;
  }
  return sum % 10 === 0;
}
