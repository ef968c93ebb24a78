import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { b3, parseB3 } from "../../src/trace/propagation/b3.ts";

const T = "80f198ee56343ba864fe8b2a57d3eff7", S = "e457b5a2e4d86bd1", P = "05e3ac9a4f6e3b90";
const ok = (flags: number, traceId = T) => ({ traceId, spanId: S, flags });

/** The single header of openzipkin/b3-propagation: a header and what it says. */
const rules: [rule: string, header: string | null | undefined, expected: unknown][] = [
  ["all four fields", `${T}-${S}-1-${P}`, ok(1)],
  ["no parent", `${T}-${S}-1`, ok(1)],
  ["not sampled", `${T}-${S}-0`, ok(0)],
  ["debug means sampled", `${T}-${S}-d`, ok(1)],
  ["a deferred decision", `${T}-${S}`, ok(1)],
  ["64-bit trace id", `${T.slice(16)}-${S}-1`, ok(1, "0".repeat(16) + T.slice(16))],
  ["blanks around", ` ${T}-${S}-1\t`, ok(1)],
  ["zero high half", `${"0".repeat(16)}${T.slice(16)}-${S}-1`, ok(1, "0".repeat(16) + T.slice(16))],
  ["a decision alone has no ids", "0", undefined],
  ["missing", undefined, undefined],
  ["null", null, undefined],
  ["empty", "", undefined],
  ["upper case", `${T.toUpperCase()}-${S}-1`, undefined],
  ["zero trace id", `${"0".repeat(32)}-${S}-1`, undefined],
  ["short zero trace id", `${"0".repeat(16)}-${S}-1`, undefined],
  ["zero span id", `${T}-${"0".repeat(16)}-1`, undefined],
  ["trace id of another length", `${T.slice(1)}-${S}-1`, undefined],
  ["short span id", `${T}-${S.slice(1)}-1`, undefined],
  ["another sampling state", `${T}-${S}-2`, undefined],
  ["short parent", `${T}-${S}-1-${P.slice(1)}`, undefined],
  ["more behind", `${T}-${S}-1-${P}-x`, undefined],
  ["dash at the end", `${T}-${S}-`, undefined],
  ["two headers", `${T}-${S}-1,${T}-${S}-1`, undefined],
  ["line break", `${T}-${S}-1\n`, undefined],
  ["not a string", 7 as unknown as string, undefined],
];

for (const [rule, header, expected] of rules) {
  test(`parseB3(): ${rule}`, () => deepEqual(parseB3(header), expected));
}

test("b3 reads a carrier and writes nothing", () => {
  const context = b3.extract({ B3: `${T}-${S}-1` });
  deepEqual(context, { ...ok(1), tracestate: "", requestId: "", remote: true });
  const carrier = {};
  b3.inject(context!, carrier);
  deepEqual(carrier, {});
  equal(b3.extract({}), undefined);
});

test("parseB3() never throws, and gives well-formed ids", () => {
  const piece = fc.constantFrom(T, S, "-", "0", "1", "d", "F", " ");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join("")), (header) => {
      const parsed = parseB3(header);
      if (parsed === undefined) return;
      equal(/^[0-9a-f]{32} [0-9a-f]{16}$/.test(`${parsed.traceId} ${parsed.spanId}`), true);
    }),
  );
});
