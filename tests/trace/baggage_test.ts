import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { formatBaggage, parseBaggage } from "../../src/trace/propagation/baggage.ts";

const plain = (header: string | null | undefined) => {
  const baggage = parseBaggage(header);
  return baggage && Object.fromEntries([...baggage].map(([name, { value }]) => [name, value]));
};

const rules: [rule: string, header: string | null | undefined, expected: unknown][] = [
  ["members in order", "b=2,a=1", { b: "2", a: "1" }],
  ["missing", undefined, undefined],
  ["empty", "", undefined],
  ["only commas", ",,, ,", undefined],
  ["blanks around", " a = 1 ,\tb\t=\t2 ", { a: "1", b: "2" }],
  ["empty value", "a=", { a: "" }],
  ["equals signs in the value", "a=b=c==", { a: "b=c==" }],
  ["percent-encoding", "a=%20%2C%3B%22%5C%25%C3%A9%F0%9F%98%80", { a: ' ,;"\\%é😀' }],
  ["lower-case hex", "a=%c3%a9", { a: "é" }],
  ["invalid UTF-8", "a=%ff%C3x", { a: "\ufffd\ufffdx" }],
  ["broken sequences stand for themselves", "a=%,b=%4,c=%zz,d=100%25%", {
    a: "%",
    b: "%4",
    c: "%zz",
    d: "100%%",
  }],
  ["an encoded byte order mark is kept", "a=%EF%BB%BF1", { a: "\ufeff1" }],
  ["every token character", "!#$%&'*+-.^_`|~09AZaz=1", { "!#$%&'*+-.^_`|~09AZaz": "1" }],
  ["names are not decoded", "a%20b=1", { "a%20b": "1" }],
  ["the last of a name counts", "a=1,b=2,a=3", { a: "3", b: "2" }],
  ["a member without equals sign is left out", "a,b=2", { b: "2" }],
  ["a member without name is left out", "=1,b=2", { b: "2" }],
  ["a name that is no token is left out", "a b=1,c(d)=2,é=3,e=4", { e: "4" }],
  ["a value with a blank or a quote is left out", 'a=1 2,b="3",c=é,d=\\,e=4', { e: "4" }],
  ["__proto__ is a name", "__proto__=1", JSON.parse('{"__proto__":"1"}')],
  ["not a string", [] as unknown as string, undefined],
];

for (const [rule, header, expected] of rules) {
  test(`parseBaggage(): ${rule}`, () => deepEqual(plain(header), expected));
}

test("parseBaggage() keeps properties, and drops ones that could break out of a header", () => {
  deepEqual([...parseBaggage("a=1 ; p=1;q ,b=2;,c=3;\u00e9")!], [
    ["a", { value: "1", metadata: "p=1;q" }],
    ["b", { value: "2" }],
    ["c", { value: "3" }],
  ]);
});

test("parseBaggage() reads 64 members", () => {
  const header = (count: number) => Array.from({ length: count }, (_, i) => `k${i}=1`).join();
  equal(parseBaggage(header(64))?.size, 64);
  equal(parseBaggage(header(65))?.size, 64);
});

test("parseBaggage() reads 8192 characters, whole members only", () => {
  const whole = `a=1,b=${"x".repeat(8192 - 6)}`;
  equal(whole.length, 8192);
  deepEqual([...parseBaggage(whole)!.keys()], ["a", "b"]);
  deepEqual(plain(whole + "x"), { a: "1" });
  deepEqual([...parseBaggage(whole + ",c=1")!.keys()], ["a", "b"]);
  equal(parseBaggage("a=" + "x".repeat(100_000)), undefined);
});

test("formatBaggage() encodes all but baggage-octets, and keeps properties", () => {
  equal(
    formatBaggage(
      new Map([
        ["plain", { value: "a=b:c/d" }],
        ["odd", { value: ' ",;\\%é😀\n\ud800', metadata: "p=1;q" }],
      ]),
    ),
    "plain=a=b:c/d,odd=%20%22%2C%3B%5C%25%C3%A9%F0%9F%98%80%0A%EF%BF%BD;p=1;q",
  );
});

test("formatBaggage() leaves out names that are not tokens and unsafe properties", () => {
  equal(
    formatBaggage(
      new Map([
        ["a b", { value: "1" }],
        ["", { value: "2" }],
        ["ok", { value: "3", metadata: "x\r\nSet-Cookie: a" }],
        ["comma", { value: "4", metadata: "x,y=5" }],
      ]),
    ),
    "ok=3,comma=4",
  );
});

test("formatBaggage() writes at most 64 members and 8192 bytes, whole members only", () => {
  const many = new Map(Array.from({ length: 70 }, (_, i) => [`k${i}`, { value: "1" }]));
  equal(formatBaggage(many).split(",").length, 64);
  const large = new Map([
    ["a", { value: "x".repeat(5000) }],
    ["b", { value: "é".repeat(1000) }],
    ["c", { value: "x".repeat(3000) }],
    ["d", { value: "x".repeat(184) }],
    ["e", { value: "1" }],
  ]);
  const text = formatBaggage(large);
  deepEqual([text.length, [...parseBaggage(text)!.keys()]], [8192, ["a", "c", "d"]]);
});

test("parseBaggage() reads back what formatBaggage() wrote", () => {
  const name = fc.string({
    unit: fc.constantFrom(..."abz09!#$&'*+-.^_`|~%"),
    minLength: 1,
    maxLength: 8,
  });
  const value = fc.string({ unit: "binary", maxLength: 20 }).map((text) => text.toWellFormed());
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { minLength: 1, maxLength: 20 }), (pairs) => {
      const baggage = new Map(pairs.map(([name, value]) => [name, { value }]));
      deepEqual([...parseBaggage(formatBaggage(baggage))!], [...baggage]);
    }),
  );
});

test("parseBaggage() never throws", () => {
  const piece = fc.constantFrom("a", "=", ",", ";", "%", "%4", "%C3", " ", "\t", '"', "é");
  fc.assert(
    fc.property(
      fc.oneof(fc.string({ unit: "binary" }), fc.array(piece).map((pieces) => pieces.join(""))),
      (header) => {
        for (const [, { value }] of parseBaggage(header) ?? []) equal(typeof value, "string");
      },
    ),
    { numRuns: 500 },
  );
});
