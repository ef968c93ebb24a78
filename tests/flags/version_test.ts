import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import semver from "semver";
import { compareVersions, parseRange, parseVersion } from "../../src/flags/rule/version.ts";

const number = fc.nat({ max: 3 });
const identifier = fc.constantFrom("alpha", "beta", "rc", "0", "1", "10", "2", "x-1", "-");
const version = fc.tuple(number, number, number, fc.array(identifier, { maxLength: 3 })).map((
  [major, minor, patch, pre],
) => `${major}.${minor}.${patch}${pre.length > 0 ? `-${pre.join(".")}` : ""}`);

test("compareVersions() orders as node-semver", () => {
  fc.assert(fc.property(version, version, (a, b) => {
    const order = compareVersions(parseVersion(a)!, parseVersion(b)!);
    assert.equal(Math.sign(order), semver.compare(a, b), `${a} ${b}`);
  }));
});

test("parseVersion() takes what node-semver takes", () => {
  const parts = fc.constantFrom("0", "1", "01", "10", ".", "-", "+", "rc", "v", " ", "..", "a_b");
  fc.assert(
    fc.property(fc.array(parts, { maxLength: 9 }), (given) => {
      const text = given.join("");
      // node-semver also takes "v" and "=" behind spaces, and looser forms only when asked to.
      if (/^\s*(v\s|=)/.test(text)) return;
      assert.equal(parseVersion(text) !== undefined, semver.valid(text) !== null, text);
    }),
    { numRuns: 2000 },
  );
});

test("parseRange() holds as in node-semver, with pre-releases in their order", () => {
  const operator = fc.constantFrom("^", "~", ">=", "<=", ">", "<", "=", "");
  const term = fc.tuple(operator, version).map((parts) => parts.join(""));
  const range = fc.array(term, { minLength: 1, maxLength: 2 }).map((terms) => terms.join(" "));
  fc.assert(
    fc.property(range, range, version, (one, other, given) => {
      const text = `${one} || ${other}`, parsed = parseVersion(given)!;
      const expected = semver.satisfies(given, text, { includePrerelease: true });
      assert.equal(parseRange(text)!(parsed), expected, `${given} in ${text}`);
    }),
    { numRuns: 2000 },
  );
});

test("parseRange() takes versions with fewer numbers, and refuses what is no range", () => {
  const holds = (range: string, text: string) => parseRange(range)!(parseVersion(text, 1)!);
  const table = [
    ["^1", "1.9.0", true],
    ["^1", "2.0.0", false],
    ["~1", "1.9.0", true],
    ["~1.2", "1.2.9", true],
    ["~1.2", "1.3.0", false],
    [">= 1.2 < 2", "1.9.9", true],
    [">=1.2", "1.2", true],
  ] as const;
  for (const [range, text, expected] of table) assert.equal(holds(range, text), expected, range);
  for (const wrong of ["", "latest", ">", "^x", "1.2.3.4", 5, "1 ||", "1".repeat(300)]) {
    assert.equal(parseRange(wrong), undefined, String(wrong));
  }
});
