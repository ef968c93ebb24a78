import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  deleteTracestate,
  parseTracestate,
  setTracestate,
  tracestateValue,
} from "../../src/trace/propagation/tracestate.ts";

const members = (count: number, length = 1) =>
  Array.from({ length: count }, (_, i) => `k${i}=${"v".repeat(length)}`).join(",");
const long = (key: string, length: number) => `${key}=${"v".repeat(length - key.length - 1)}`;

/** W3C Trace Context level 2, §3.3: a header and what is sent on. */
const rules: [rule: string, header: string | null | undefined, expected: string][] = [
  ["one member", "congo=t61rcWkgMzE", "congo=t61rcWkgMzE"],
  ["members in order", "rojo=1,congo=2", "rojo=1,congo=2"],
  ["missing", undefined, ""],
  ["null", null, ""],
  ["empty", "", ""],
  ["only empty members", " , ,\t,", ""],
  ["empty members are left out", ",a=1,,b=2,", "a=1,b=2"],
  ["blanks around members", " a=1 \t,\tb=2 ", "a=1,b=2"],
  ["several headers, joined in order", "a=1, b=2,c=3, d=4", "a=1,b=2,c=3,d=4"],
  ["leading spaces of a value are kept", "a=  1", "a=  1"],
  ["inner spaces are kept", "a=1 2", "a=1 2"],
  ["key begins with a digit", "0a=1", "0a=1"],
  ["every key character", "a0_-*/@z=1", "a0_-*/@z=1"],
  ["several at signs", "a@b@c=1", "a@b@c=1"],
  ["longest key", `${"k".repeat(256)}=1`, `${"k".repeat(256)}=1`],
  ["key too long", `${"k".repeat(257)}=1`, ""],
  ["upper-case key", "a=1,B=2", ""],
  ["key begins with a sign", "_a=1", ""],
  ["key begins with an at sign", "@a=1", ""],
  ["blank in the key", "a b=1", ""],
  ["blank before the equals sign", "a =1", ""],
  ["no key", "=1", ""],
  ["no equals sign", "a=1,b", ""],
  ["empty value", "a=,b=2", ""],
  ["equals sign in the value", "a=b=c", ""],
  ["longest value", `a=${"v".repeat(256)}`, `a=${"v".repeat(256)}`],
  ["value too long", `a=${"v".repeat(257)}`, ""],
  [
    "every value character",
    "a=!\"#$%&'()*+-./09:;<>?@AZ[\\]^_`az{|}~",
    "a=!\"#$%&'()*+-./09:;<>?@AZ[\\]^_`az{|}~",
  ],
  ["tab in the value", "a=1\t2", ""],
  ["control character", "a=1\u0000", ""],
  ["line break", "a=1\r\nb=2", ""],
  ["beyond ASCII", "a=é", ""],
  ["one invalid member drops all", "a=1,b=2,c d=3,e=4", ""],
  ["32 members", members(32), members(32)],
  ["33 members", members(33), ""],
  ["33 with an empty one", `,${members(32)}`, members(32)],
  ["512 characters", `${long("a", 255)},${long("b", 256)}`, `${long("a", 255)},${long("b", 256)}`],
  [
    "over 512: the rightmost long member goes first",
    `a=1,${long("b", 256)},${long("c", 256)},d=4`,
    `a=1,${long("b", 256)},d=4`,
  ],
  [
    "over 512: one of exactly 128 is not long",
    `${[..."abcde"].map((k) => long(k, 128)).join(",")}`,
    `${[..."abc"].map((k) => long(k, 128)).join(",")}`,
  ],
  [
    "over 512: long ones go before the rightmost",
    `${long("x", 129)},${[..."abcd"].map((k) => long(k, 110)).join(",")}`,
    [..."abcd"].map((k) => long(k, 110)).join(","),
  ],
  ["not a string", {} as unknown as string, ""],
];

for (const [rule, header, expected] of rules) {
  test(`parseTracestate() of W3C level 2: ${rule}`, () => {
    equal(parseTracestate(header), expected);
  });
}

test("setTracestate() moves the key to the left", () => {
  equal(setTracestate("", "a", "1"), "a=1");
  equal(setTracestate("a=1,b=2", "c", "3"), "c=3,a=1,b=2");
  equal(setTracestate("a=1,b=2,c=3", "b", "9"), "b=9,a=1,c=3");
  equal(setTracestate("ab=1,a=2", "a", "9"), "a=9,ab=1");
});

test("setTracestate() of a 33rd member removes the rightmost", () => {
  equal(setTracestate(members(32), "new", "1"), `new=1,${members(31)}`);
  equal(setTracestate(members(32), "k31", "1"), `k31=1,${members(31)}`);
});

test("setTracestate() ignores what the specification does not allow", () => {
  for (
    const [key, value] of [["A", "1"], ["", "1"], ["a", ""], ["a", "x,y"], ["a", "x "], ["a", "é"]]
  ) {
    equal(setTracestate("b=2", key!, value!), "b=2");
  }
});

test("setTracestate() is limited to 512 characters", () => {
  const state = `${long("b", 256)},${long("c", 255)}`;
  equal(setTracestate(state, "a", "1"), `a=1,${long("b", 256)}`);
});

test("deleteTracestate() and tracestateValue() find whole keys only", () => {
  equal(deleteTracestate("a=1,ab=2,b=3", "a"), "ab=2,b=3");
  equal(deleteTracestate("a=1", "a"), "");
  equal(deleteTracestate("a=1", "x"), "a=1");
  equal(tracestateValue("ab=1,a= 2", "a"), " 2");
  equal(tracestateValue("ab=1", "a"), undefined);
  equal(tracestateValue("", ""), undefined);
});

test("parseTracestate() never throws, and its result is stable and within the limits", () => {
  const piece = fc.constantFrom("a", "b=", "=", ",", " ", "\t", "1", "K", "@", long("z", 200), "é");
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: "binary" }),
        fc.array(piece, { maxLength: 40 }).map((p) => p.join("")),
      ),
      (header) => {
        const state = parseTracestate(header);
        equal(parseTracestate(state), state);
        equal(state.length <= 512, true);
        equal(state === "" || state.split(",").length <= 32, true);
      },
    ),
    { numRuns: 500 },
  );
});
