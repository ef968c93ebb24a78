import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatTraceparent, parseTraceparent } from "../../src/trace/propagation/traceparent.ts";

const T = "0af7651916cd43dd8448eb211c80319c", S = "b7ad6b7169203331";
const ok = (flags: number) => ({ traceId: T, spanId: S, flags });

/** Every rule of W3C Trace Context level 2, §3.2: a header and what it says. */
const rules: [rule: string, header: string | null | undefined, expected: unknown][] = [
  ["sampled", `00-${T}-${S}-01`, ok(1)],
  ["not sampled", `00-${T}-${S}-00`, ok(0)],
  ["random flag", `00-${T}-${S}-03`, ok(3)],
  ["random, not sampled", `00-${T}-${S}-02`, ok(2)],
  ["unknown flag bits are not taken over", `00-${T}-${S}-ff`, ok(3)],
  ["unknown flag bits alone", `00-${T}-${S}-0c`, ok(0)],
  ["letters in the low digit", `00-${T}-${S}-0b`, ok(3)],
  ["the high digit of the flags is unknown bits", `00-${T}-${S}-10`, ok(0)],
  ["blanks around", ` \t00-${T}-${S}-01\t `, ok(1)],
  ["missing", undefined, undefined],
  ["null", null, undefined],
  ["empty", "", undefined],
  ["blanks", "  \t", undefined],
  ["version ff", `ff-${T}-${S}-01`, undefined],
  ["version ff, longer", `ff-${T}-${S}-01-x`, undefined],
  ["upper-case version", `0A-${T}-${S}-01`, undefined],
  ["version no hex", `0g-${T}-${S}-01`, undefined],
  ["version of one digit", `0-${T}-${S}-01`, undefined],
  ["version of three digits", `000-${T}-${S}-01`, undefined],
  ["upper-case trace id", `00-${T.toUpperCase()}-${S}-01`, undefined],
  ["upper-case span id", `00-${T}-${S.toUpperCase()}-01`, undefined],
  ["upper-case flags", `00-${T}-${S}-0A`, undefined],
  ["zero trace id", `00-${"0".repeat(32)}-${S}-01`, undefined],
  ["zero span id", `00-${T}-${"0".repeat(16)}-01`, undefined],
  ["trace id no hex", `00-${T.slice(0, 31)}x-${S}-01`, undefined],
  ["span id no hex", `00-${T}-${S.slice(0, 15)}.-01`, undefined],
  ["flags no hex", `00-${T}-${S}-0x`, undefined],
  ["short trace id", `00-${T.slice(1)}-${S}-01`, undefined],
  ["long trace id", `00-${T}0-${S}-01`, undefined],
  ["short span id", `00-${T}-${S.slice(1)}-01`, undefined],
  ["long span id", `00-${T}-${S}0-01`, undefined],
  ["flags of one digit", `00-${T}-${S}-1`, undefined],
  ["version 00, longer", `00-${T}-${S}-01-x`, undefined],
  ["version 00, dash at the end", `00-${T}-${S}-01-`, undefined],
  ["version 00, digits at the end", `00-${T}-${S}-0100`, undefined],
  ["no flags", `00-${T}-${S}`, undefined],
  ["other separators", `00_${T}_${S}_01`, undefined],
  ["first separator", `00_${T}-${S}-01`, undefined],
  ["second separator", `00-${T}_${S}-01`, undefined],
  ["third separator", `00-${T}-${S}_01`, undefined],
  ["higher version of the same length", `cc-${T}-${S}-01`, ok(1)],
  ["higher version, more behind a dash", `cc-${T}-${S}-01-what-the-future-brings`, ok(1)],
  ["higher version, only a dash behind", `cc-${T}-${S}-01-`, ok(1)],
  ["higher version, more without a dash", `cc-${T}-${S}-01.x`, undefined],
  ["higher version, three flag digits", `cc-${T}-${S}-012`, undefined],
  ["higher version, shorter", `cc-${T}-${S}-0`, undefined],
  ["higher version, zero ids", `cc-${"0".repeat(32)}-${S}-01-x`, undefined],
  ["higher version, blanks around", `\tcc-${T}-${S}-01-x `, ok(1)],
  ["two headers joined", `00-${T}-${S}-01, 00-${T}-${S}-01`, undefined],
  ["two headers joined, higher version", `01-${T}-${S}-01,01-${T}-${S}-01`, undefined],
  ["line break around", `00-${T}-${S}-01\n`, undefined],
  ["no-break space around", `\u00a000-${T}-${S}-01`, undefined],
  ["a full-width digit", `00-${T.slice(0, 31)}\uff11-${S}-01`, undefined],
  ["not a string", 7 as unknown as string, undefined],
];

for (const [rule, header, expected] of rules) {
  test(`parseTraceparent() of W3C level 2: ${rule}`, () => {
    deepEqual(parseTraceparent(header), expected);
  });
}

test("formatTraceparent() writes version 00 and known flags in two digits", () => {
  equal(formatTraceparent(ok(0)), `00-${T}-${S}-00`);
  equal(formatTraceparent(ok(3)), `00-${T}-${S}-03`);
  equal(formatTraceparent(ok(0xff)), `00-${T}-${S}-03`);
});

const hex = (length: number) =>
  fc.array(fc.constantFrom(..."0123456789abcdef"), { minLength: length, maxLength: length })
    .map((digits) => digits.join("")).filter((id) => /[^0]/.test(id));

test("parseTraceparent() reads back what formatTraceparent() wrote", () => {
  fc.assert(
    fc.property(hex(32), hex(16), fc.integer({ min: 0, max: 3 }), (traceId, spanId, flags) => {
      const parent = { traceId, spanId, flags };
      deepEqual(parseTraceparent(formatTraceparent(parent)), parent);
    }),
  );
});

test("parseTraceparent() agrees with the grammar on mangled headers, and never throws", () => {
  const grammar =
    /^(?!ff)(?:00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}|(?!00)[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}(?:-[^]*)?)$/;
  const version = fc.constantFrom("00", "01", "cc", "fe", "ff", "0F");
  const mangled = fc.tuple(
    version,
    fc.integer({ min: 0, max: 60 }),
    fc.constantFrom("", "0", "g", "A", "-", ".", " ", "\u0130", "0-"),
    fc.integer({ min: 0, max: 2 }),
    fc.constantFrom("", "-", "-x", "x", " "),
  ).map(([start, at, put, remove, tail]) => {
    const whole = `${start}-${T}-${S}-01`;
    return whole.slice(0, at) + put + whole.slice(at + remove) + tail;
  });
  fc.assert(
    fc.property(fc.oneof(mangled, fc.string({ unit: "binary", maxLength: 80 })), (header) => {
      const text = header.replace(/^[ \t]+/, "").replace(/[ \t]+$/, "");
      const valid = grammar.test(text) && !/^..-0{32}/.test(text) &&
        text.slice(36, 52) !== "0".repeat(16);
      equal(parseTraceparent(header) !== undefined, valid, header);
    }),
    { numRuns: 1000 },
  );
});
