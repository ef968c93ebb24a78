/**
 * Semantic versions (2.0.0) and ranges of them.
 *
 * @module
 */

/** A version: three numbers and the identifiers of a pre-release. */
export interface Version {
  /** Major, minor, patch. */
  readonly core: readonly [number, number, number];
  /** Identifiers of the pre-release; none for a release. */
  readonly pre: readonly string[];
}

const NUMBER = "(?:0|[1-9]\\d{0,14})";
const VERSION = /* @__PURE__ */ new RegExp(
  `^v?(${NUMBER})(?:\\.(${NUMBER}))?(?:\\.(${NUMBER}))?(?:-([0-9A-Za-z.-]+))?(?:\\+[0-9A-Za-z.-]+)?$`,
);
const NUMERIC = /^\d+$/;
const MAX_LENGTH = 256;

/**
 * The version that a text holds; undefined when it is none.
 *
 * @param parts how many of its numbers must be there, the others being 0
 */
export function parseVersion(text: unknown, parts = 3): Version | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const found = VERSION.exec(text.trim());
  if (found === null || found[parts] === undefined) return undefined;
  const [, major, minor = "0", patch = "0", given] = found;
  const pre = given?.split(".") ?? [];
  if (pre.some((one) => one === "" || NUMERIC.test(one) && one.length > 1 && one[0] === "0")) {
    return undefined;
  }
  return { core: [Number(major), Number(minor), Number(patch)], pre };
}

/** Below 0, 0 or above 0 as `a` is lower than, equal to or higher than `b` (§11). */
export function compareVersions(a: Version, b: Version): number {
  for (let i = 0; i < 3; i++) {
    const difference = a.core[i]! - b.core[i]!;
    if (difference !== 0) return difference;
  }
  if (a.pre.length === 0 || b.pre.length === 0) return b.pre.length - a.pre.length;
  const length = Math.min(a.pre.length, b.pre.length);
  for (let i = 0; i < length; i++) {
    const difference = compareIdentifiers(a.pre[i]!, b.pre[i]!);
    if (difference !== 0) return difference;
  }
  return a.pre.length - b.pre.length;
}

function compareIdentifiers(a: string, b: string): number {
  const isNumber = NUMERIC.test(a), other = NUMERIC.test(b);
  if (isNumber !== other) return isNumber ? -1 : 1;
  if (isNumber && a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

type Comparator = (version: Version) => boolean;

const TERM = /^(\^|~|>=|<=|>|<|=)?\s*(\S+)$/;

/**
 * A test of a range: `^1.2.0`, `~1.2`, `>=1.0.0 <2.0.0`, `1.4.2 || ^2.0.0`. Terms beside each other must
 * all hold; a missing number is 0. Pre-releases are ordered like any version, so that `<2.0.0` holds for
 * `2.0.0-rc.1`. Undefined when the text is no range.
 */
export function parseRange(text: unknown): Comparator | undefined {
  if (typeof text !== "string" || text.length > MAX_LENGTH) return undefined;
  const either: (readonly Comparator[])[] = [];
  for (const part of text.split("||")) {
    const terms = part.trim().replace(/([<>=~^])\s+/g, "$1").split(/\s+/);
    const all = terms.map(comparator);
    if (!all.every((one) => one !== undefined)) return undefined;
    either.push(all);
  }
  return (version) => either.some((all) => all.every((holds) => holds(version)));
}

function comparator(term: string): Comparator | undefined {
  const found = TERM.exec(term), least = parseVersion(found?.[2], 1);
  if (found === null || least === undefined) return undefined;
  switch (found[1]) {
    case "^":
      return between(least, nextBreaking(least));
    case "~": {
      const [major, minor] = least.core;
      const hasMinor = /^v?\d+\.\d/.test(found[2]!);
      return between(least, hasMinor ? [major, minor + 1, 0] : [major + 1, 0, 0]);
    }
    case ">=":
      return (version) => compareVersions(version, least) >= 0;
    case "<=":
      return (version) => compareVersions(version, least) <= 0;
    case ">":
      return (version) => compareVersions(version, least) > 0;
    case "<":
      return (version) => compareVersions(version, least) < 0;
    default:
      return (version) => compareVersions(version, least) === 0;
  }
}

/** `^` allows what changes no number left of the first that is not 0. */
function nextBreaking({ core: [major, minor, patch] }: Version): [number, number, number] {
  if (major > 0) return [major + 1, 0, 0];
  return minor > 0 ? [0, minor + 1, 0] : [0, 0, patch + 1];
}

/** The end is not in it, nor are its pre-releases: `^1.0.0` is not for `2.0.0-rc.1`. */
function between(least: Version, end: [number, number, number]): Comparator {
  const before: Version = { core: end, pre: ["0"] };
  return (version) => compareVersions(version, least) >= 0 && compareVersions(version, before) < 0;
}
