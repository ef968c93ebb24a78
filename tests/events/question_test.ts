import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { literal } from "../../src/events/question/literal.ts";
import { parse } from "../../src/events/question/parse.ts";
import { printName, printValue } from "../../src/events/question/print.ts";
import { HANG_MS } from "../tool.ts";
import { type Condition, QuestionError } from "../../src/events/question/question.ts";

const number = (text: string, value = Number(text)) => ({ kind: "number", text, value });
const text = (text: string) => ({ kind: "text", text });
const is = (field: string, op: string, ...values: object[]) => ({ kind: "is", field, op, values });
const has = (field: string) => ({ kind: "has", field });
const not = (of: object) => ({ kind: "not", of });
const all = (...of: object[]) => ({ kind: "all", of });
const any = (...of: object[]) => ({ kind: "any", of });
const everything = all();

/** The twelve of the design, and the three beside them. */
const EXAMPLES: readonly (readonly [string, object])[] = [
  ["status>=500", { where: is("status", ">=", number("500")) }],
  ["by route", { by: ["route"] }],
  ["route:/orders by segment show count,p50(ms),p99(ms)", {
    where: is("route", ":", text("/orders")),
    by: ["segment"],
    show: [{ name: "count" }, { name: "p50", field: "ms" }, { name: "p99", field: "ms" }],
  }],
  ["why status>=500", { why: is("status", ">=", number("500")) }],
  ["route:/orders why ms>250", {
    where: is("route", ":", text("/orders")),
    why: is("ms", ">", number("250")),
  }],
  ["why version:1.4.1 vs version:1.4.0", {
    why: is("version", ":", text("1.4.1")),
    vs: is("version", ":", text("1.4.0")),
  }],
  ["db.repeat>10 by route show count,max(db.repeat),sum(db.ms)", {
    where: is("db.repeat", ">", number("10")),
    by: ["route"],
    show: [{ name: "count" }, { name: "max", field: "db.repeat" }, { name: "sum", field: "db.ms" }],
  }],
  ["http.retries>0 by http.host every 10s show rate", {
    where: is("http.retries", ">", number("0")),
    by: ["http.host"],
    everyMs: 10_000,
    show: [{ name: "rate" }],
  }],
  ["flag.new_checkout? by flag.new_checkout", {
    where: has("flag.new_checkout"),
    by: ["flag.new_checkout"],
  }],
  ["loop.ms>100 last 5m sort -sync.ms top 20", {
    where: is("loop.ms", ">", number("100")),
    lastMs: 300_000,
    sort: { isDescending: true, by: { name: "sync.ms" } },
    top: 20,
  }],
  ["user:u-4711", { where: is("user", ":", text("u-4711")) }],
  ["-route? by path top 20", { where: not(has("route")), by: ["path"], top: 20 }],
  ["timeout", { where: { kind: "text", text: "timeout" } }],
  ["why last 5m", { why: everything, lastMs: 300_000 }],
  ["log.warn>0 -route:/login every 1m", {
    where: all(is("log.warn", ">", number("0")), not(is("route", ":", text("/login")))),
    everyMs: 60_000,
  }],
];

/** What is left when the parts that say how it was written are taken away. */
function read(question: string): object {
  const { text: _, whereText: _where, whyText: _why, ...rest } = parse(question);
  return rest;
}

test("parse() reads the examples of the design", () => {
  for (const [question, expected] of EXAMPLES) {
    assert.deepEqual(
      read(question),
      { where: everything, by: [], show: [], ...expected },
      question,
    );
  }
});

test("parse() reads conditions: and, or, not, brackets, lists, quotes", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => is(name, ":", number("1")));
  const cases: readonly (readonly [string, object])[] = [
    ["", everything],
    ["a:1 b:1", all(a!, b!)],
    ["a:1 and b=1", all(a!, b!)],
    ["a:1 b:1 or c:1", any(all(a!, b!), c!)],
    ["a:1 (b:1 or c:1)", all(a!, any(b!, c!))],
    ["-(a:1 or not b:1)", not(any(a!, not(b!)))],
    ["not -a:1", not(not(a!))],
    ["  a :  1  , 2 ", is("a", ":", number("1"), number("2"))],
    ['"by":"show"', is("by", ":", text("show"))],
    ['"two words"?', has("two words")],
    ['"say \\"x\\"\\n"', { kind: "text", text: 'say "x"\n' }],
    ["url:http://a:80/b?c=d>e", is("url", ":", text("http://a:80/b?c=d>e"))],
    ["iso-2", { kind: "text", text: "iso-2" }],
    ["a!=-1.5e3", is("a", "!=", number("-1.5e3"))],
    ["a~50", is("a", "~", number("50"))],
    ["a<=2kb", is("a", "<=", number("2kb", 2000))],
  ];
  for (const [question, where] of cases) assert.deepEqual(parse(question).where, where, question);
});

test("parse() reads values: units, ranges, classes, wildcards", () => {
  const cases: readonly (readonly [string, object])[] = [
    ["250ms", number("250ms", 250)],
    ["1.5s", number("1.5s", 1500)],
    ["0.1S", number("0.1S", 100)],
    ["70us", number("70us", 0.07)],
    ["2m", number("2m", 120_000)],
    ["1h", number("1h", 3_600_000)],
    ["3b", number("3b", 3)],
    ["1.5mb", number("1.5mb", 1_500_000)],
    ["5xx", { kind: "range", text: "5xx", from: 500, to: 599 }],
    ["100..500", { kind: "range", text: "100..500", from: 100, to: 500 }],
    ["-5..", { kind: "range", text: "-5..", from: -5, to: Infinity }],
    ["..1s", { kind: "range", text: "..1s", from: -Infinity, to: 1000 }],
    ["..", text("..")],
    ["a..b", text("a..b")],
    ["/orders/*", { kind: "pattern", text: "/orders/*" }],
    ["true", text("true")],
    ["1.4.0", text("1.4.0")],
    ["0x10", text("0x10")],
    ["5xxx", text("5xxx")],
  ];
  for (const [written, expected] of cases) assert.deepEqual(literal(written), expected, written);
});

test("parse() keeps how conditions were written", () => {
  const { whereText, whyText } = parse(' a:1  -b:"x y"   why  ms>1s or "c"  vs d:1 top 3');
  assert.deepEqual([whereText, whyText], ['a:1  -b:"x y"', 'ms>1s or "c"']);
});

test("parse() names the place of what it can't read, and what was expected there", () => {
  const clauses = "by, show, why, vs, every, sort, top or last";
  const measures =
    "count, rate, errors, share, or as in p99(ms): a quantile, avg, sum, min, max, distinct";
  const quoted = "which as a name or a value goes in quotes";
  const cases: readonly (readonly [string, string])[] = [
    ["status>=", "At 9: expected a value"],
    ["status>= by route", `At 10: expected a value, got "by", ${quoted}`],
    ["a:>5", 'At 3: expected a value, got ">"'],
    ["ms>slow", 'At 4: expected a number, as in 250ms, got "slow"'],
    ['ms>"5"', 'At 4: expected a number, as in 250ms, got "\\""'],
    ["a:1,", "At 5: expected a value"],
    ["a or", "At 5: expected a condition"],
    ["or a", `At 1: expected a condition before or, got "or", ${quoted}`],
    ["and a", `At 1: expected a condition before and, got "and", ${quoted}`],
    ["a and or b", `At 7: expected a condition, got "or", ${quoted}`],
    ["not", "At 4: expected a condition"],
    ["(a", "At 3: expected )"],
    ["()", 'At 2: expected a condition, got ")"'],
    ["a)", `At 2: expected ${clauses}, got ")"`],
    [":x", 'At 1: expected a condition, got ":"'],
    ['""', "At 3: expected a condition"],
    ['a:"x', "At 3: this text has no end"],
    ['a:"\\x"', "At 3: this text is not as in JSON"],
    ["by", "At 3: expected a field"],
    ["by a,", "At 6: expected a field"],
    ["by a b", `At 6: expected ${clauses}, got "b"`],
    ["every 0.1us", 'At 7: expected a duration, as in 10s, got "0.1us"'],
    ["by a by b", "At 6: by is given twice"],
    ["show", `At 5: expected ${measures}`],
    ["show p99", "At 9: expected ( and a field, as in p99(ms)"],
    ["show p101(ms)", `At 6: expected ${measures}, got "p101"`],
    ["show median(ms)", `At 6: expected ${measures}, got "median"`],
    ["show max(ms", "At 12: expected )"],
    ["every 10", 'At 7: expected a duration, as in 10s, got "10"'],
    ["last 2kb", 'At 6: expected a duration, as in 5m, got "2kb"'],
    ["last 0s", 'At 6: expected a duration, as in 5m, got "0s"'],
    ["top 0", 'At 5: expected a number from 1 to 1000, got "0"'],
    ["top 2.5", 'At 5: expected a number from 1 to 1000, got "2.5"'],
    ["sort", "At 5: expected a field or a measure"],
    ["why", "At 1: expected a condition after why, or last, as in why last 5m"],
    ["a vs b", "At 3: expected why before vs"],
    ["why a vs", "At 9: expected a condition"],
    ["why a by b", "At 7: by does not go with why"],
    ["why a sort b", "At 7: sort does not go with why"],
    ["sort max(ms)", 'At 1: expected a field after sort, got "max(ms)"'],
    [
      "by a sort b",
      'At 6: expected a measure or a field listed in by after sort, got "b"',
    ],
    [`${"(".repeat(40)}a`, 'At 34: expected at most 32 nested conditions, got "("'],
    ["a ".repeat(300), 'At 513: expected at most 256 conditions, got "a"'],
    ["x".repeat(4097), "At 4097: expected at most 4096 characters"],
    [`by ${"a,".repeat(20)}a`, 'At 35: expected at most 16 of them, got ","'],
  ];
  for (const [question, message] of cases) {
    assert.throws(() => parse(question), { name: "QuestionError", message }, question);
  }
});

test("parse() reads anything, or tells where it stopped", () => {
  const word = fc.constantFrom(
    ...["by", "show", "why", "vs", "every", "last", "sort", "top", "and", "or", "not", "-", "("],
    ...[
      ")",
      ":",
      "=",
      "!=",
      ">",
      "~",
      "?",
      ",",
      '"',
      "a",
      "ms",
      "5m",
      "p99(ms)",
      "count",
      "*",
      "1..2",
    ],
  );
  const question = fc.oneof(
    fc.string({ maxLength: 40 }),
    fc.array(word, { maxLength: 20 }).map((words) => words.join(" ")),
    fc.array(word, { maxLength: 20 }).map((words) => words.join("")),
  );
  fc.assert(fc.property(question, (question) => {
    try {
      assert.equal(parse(question).text, question);
    } catch (error) {
      assert.ok(error instanceof QuestionError);
      assert.ok(error.position >= 1 && error.position <= question.length + 1);
      assert.ok(error.message.startsWith(`At ${error.position}: `));
    }
  }));
});

test(
  "printName() and printValue() write what parse() reads as the same",
  { timeout: HANG_MS },
  () => {
    const texts = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "by",
        "not",
        "5xx",
        "1..2",
        "250ms",
        "-x",
        "a b",
        "/a*",
        "a:b",
        "true",
        "",
        "2.7",
        "1e21",
        "1.50",
        "-3",
        "NaN",
      ),
    );
    fc.assert(fc.property(texts.filter((name) => name !== ""), texts, (name, value) => {
      const written = `${printName(name)}:${printValue(value)}`;
      const isNumber = value !== "" && String(Number(value)) === value &&
        Number.isFinite(Number(value));
      const expected = isNumber ? number(value) : text(value);
      assert.deepEqual<Condition>(parse(written).where, is(name, ":", expected) as Condition);
    }));
    fc.assert(fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
      const expected = { kind: "number", text: String(value), value };
      assert.deepEqual<Condition>(
        parse(`a>=${printValue(value)}`).where,
        is("a", ">=", { ...expected, value: value === 0 ? 0 : value }) as Condition,
      );
    }));
  },
);
