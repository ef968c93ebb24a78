import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { compilePattern } from "../../src/flags/format/pattern.ts";

const ATOMS = [
  "a",
  "b",
  "c",
  "A",
  "0",
  "-",
  "_",
  ".",
  "\\.",
  "\\d",
  "\\w",
  "\\D",
  "\\W",
  "[ab]",
  "[^a]",
]
  .concat(["[a-c0]", "[\\d_]", "[^\\w]", "^", "$", "\\b", "\\B", "[\\]a]", "\\x41"]);
const pattern = fc.letrec<{ either: string; sequence: string; atom: string }>((tie) => ({
  atom: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(...ATOMS),
    tie("either").map((inner) => `(${inner})`),
    tie("either").map((inner) => `(?:${inner})`),
  ),
  sequence: fc.array(
    fc.tuple(tie("atom"), fc.constantFrom("", "", "", "*", "+", "?", "*?", "{2}", "{1,2}", "{2,}")),
    { maxLength: 4 },
  ).map((parts) =>
    // An assertion can't be repeated in JavaScript; counted groups in groups grow too long for us.
    parts.map(([atom, times]) =>
      /^(\^|\$|\\[bB])$/.test(atom) || /^\(.*\{/.test(atom + times) ? atom : atom + times
    ).join("")
  ),
  either: fc.array(tie("sequence"), { minLength: 1, maxLength: 3 }).map((all) => all.join("|")),
}));
const text = fc.string({ unit: fc.constantFrom(..."aabbccABC00-_. \n]"), maxLength: 12 });

test("compilePattern() finds what the runtime's expressions find", () => {
  let found = 0, compared = 0;
  fc.assert(
    fc.property(
      pattern.either,
      fc.array(text, { minLength: 5, maxLength: 5 }),
      fc.boolean(),
      fc.boolean(),
      (source, texts, folds, lines) => {
        const modes = lines ? "(?ms)" : "", flags = `${folds ? "i" : ""}${lines ? "ms" : ""}`;
        const ours = compilePattern(modes + source, folds), theirs = new RegExp(source, flags);
        assert.ok(ours !== undefined, source);
        for (const one of texts) {
          assert.equal(ours(one), theirs.test(one), JSON.stringify([source, one, flags]));
          compared++;
          if (theirs.test(one)) found++;
        }
      },
    ),
    { numRuns: 500, endOnFailure: true },
  );
  assert.ok(found > compared / 10 && found < compared * 9 / 10, `${found} of ${compared}`);
});

test("compilePattern() has what RE2 has besides", () => {
  const table: readonly (readonly [pattern: string, text: string, isFound: boolean])[] = [
    ["(?i)hello", "HeLLo", true],
    ["(?i:he)llo", "HEllo", true],
    ["(?i:he)llo", "HELLO", false],
    ["((?i)a)b", "AB", false],
    ["(?m)^b$", "a\nb\nc", true],
    ["(?m)^b$", "a\nbb\nc", false],
    ["(?m)^b$(?-m)$", "a\nb\nc", false],
    ["(?m:^b)$", "a\nb", true],
    ["(?m)\\Ab", "a\nb", false],
    ["(?s)a.b", "a\nb", true],
    ["(?s-i:a.)b", "a\nb", true],
    ["(?s:a).b", "a\nb", false],
    ["(?U)a+?b", "aab", true],
    ["(?ims)A.B$", "a\nb\nc", true],
    ["\\Aab\\z", "ab", true],
    ["\\Aab\\z", "xab", false],
    ["(?P<name>a)(?<other>b)", "ab", true],
    ["[[:alpha:]]+[[:^digit:]]$", "ab-", true],
    ["[[:digit:]]", "x", false],
    ["\\x{1F600}", "😀", true],
    ["^.$", "😀", true],
    ["^[😀-😂]$", "😁", true],
    ["a{,2}", "a{,2}", true],
    ["ü", "Ü", false],
    ["", "", true],
  ];
  for (const [source, given, isFound] of table) {
    assert.equal(compilePattern(source, false)?.(given), isFound, JSON.stringify([source, given]));
  }
  assert.equal(compilePattern("ü", true)!("Ü"), true);
});

test("compilePattern() refuses what is no pattern, and what can't be matched in linear time", () => {
  const refused = [
    "(",
    ")",
    "[",
    "[b-a]",
    "*",
    "a**",
    "a{2}{3}",
    "a{1001}",
    "(?=a)",
    "(?<!a)b",
    "(a)\\1",
  ]
    .concat([
      "\\k<a>",
      "\\",
      "(?x)a",
      "(?i-)a",
      "(?-)a",
      "[[:nope:]]",
      "a{3,2}",
      "\\pL",
      "((a{1000}){1000})",
    ])
    .concat("(".repeat(200) + ")".repeat(200));
  for (const source of refused) assert.equal(compilePattern(source, false), undefined, source);
});

test("compilePattern() takes time in proportion to the text", () => {
  // The runtime's own would take longer than the universe has been there.
  const hard = [
    "^(a+)+$",
    "^(a|a)*$",
    "^(a|aa)+$",
    "(x+x+)+y",
    "^(\\w+\\s?)*$",
    "(.*)*(.*)*(.*)*$b",
  ];
  for (const source of hard) {
    assert.equal(compilePattern(source, false)!(`${"a".repeat(2000)}!${"x".repeat(2000)}`), false);
  }
});
