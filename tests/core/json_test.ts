import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { quote, stringify } from "../../src/core/plain/json.ts";
import { plain } from "../../src/core/plain/plain.ts";
import { MAX_DEPTH } from "../../src/core/plain/data.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { growsLinearly } from "../growth.ts";

const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);
// deno-lint-ignore no-control-regex
const BREAKS_LINES = /[\x00-\x1f\x7f-\x9f\u2028\u2029]/;

function encodeJson(value: unknown, redactor?: Redactor): string {
  return stringify(plain(value, redactor));
}

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function nested(depth: number): object {
  let value: object = {};
  for (let i = 0; i < depth; i++) value = { value };
  return value;
}

const cycle: Record<string, unknown> = { name: "loop" };
cycle["self"] = cycle;
const shared = { a: 1 };
class Account {
  id = 7;
  #secret = 1;
  get secret(): number {
    return this.#secret;
  }
}
class Silent {}

const TABLE: readonly [title: string, value: unknown, expected: unknown][] = [
  ["scalars", ["a", 1, -0.5, true, null, undefined], ["a", 1, -0.5, true, null, null]],
  ["numbers that JSON lacks", [NaN, Infinity, -Infinity], ["NaN", "Infinity", "-Infinity"]],
  ["bigints", [9007199254740993n, Object(1n)], ["9007199254740993", "1"]],
  ["boxed scalars", [Object(1), Object("s"), Object(false)], [1, "s", false]],
  ["symbols and functions", [Symbol("s"), function named() {}, () => 1], [
    "Symbol(s)",
    "[function named]",
    "[function]",
  ]],
  ["undefined properties", { a: undefined, b: 1 }, { b: 1 }],
  ["dates", [new Date(0), new Date(NaN)], ["1970-01-01T00:00:00.000Z", "Invalid Date"]],
  ["a Map with string keys", new Map<string, unknown>([["a", 1], ["b", new Map()]]), {
    a: 1,
    b: {},
  }],
  ["a Map with other keys", new Map<unknown, unknown>([[1, "a"], ["1", "b"]]), [[1, "a"], [
    "1",
    "b",
  ]]],
  ["a Set", new Set([1, "a"]), [1, "a"]],
  ["a cycle", cycle, { name: "loop", self: "[circular]" }],
  ["the same object twice, which is no cycle", [shared, shared], [{ a: 1 }, { a: 1 }]],
  ["bytes", new Uint8Array([1, 2, 255]), "Uint8Array(3) 0102ff"],
  ["many bytes", new ArrayBuffer(40), `ArrayBuffer(40) ${"00".repeat(32)}…`],
  ["numbers in a typed array", new Float64Array([0.5, NaN]), [0.5, "NaN"]],
  [
    "a URL with credentials",
    new URL("http://me:pw@host/p?q=1"),
    "http://REDACTED:REDACTED@host/p?q=1",
  ],
  ["Headers", new Headers({ Accept: "a", "X-B": "c" }), { accept: "a", "x-b": "c" }],
  ["a RegExp", /a+/g, "/a+/g"],
  ["an instance's own fields", new Account(), { id: 7 }],
  ["an instance without any", [new Silent(), new WeakMap()], ["[Silent]", "[WeakMap]"]],
  ["toJSON", { toJSON: () => ({ a: 1n }) }, { a: "1" }],
  ["toJSON that returns itself", {
    a: 1,
    toJSON() {
      return this;
    },
  }, { a: 1, toJSON: "[function toJSON]" }],
  ["toJSON that throws", {
    toJSON() {
      throw new Error("no");
    },
  }, "[unreadable: no]"],
  ["a getter that throws", {
    a: 1,
    get b(): never {
      throw new Error("no");
    },
    c: 2,
  }, { a: 1, b: "[unreadable: no]", c: 2 }],
  ["an object without prototype", Object.assign(Object.create(null), { a: 1 }), { a: 1 }],
];

for (const [title, value, expected] of TABLE) {
  test(`plain() copies ${title}`, () => {
    assert.deepEqual(plain(value), expected);
  });
}

test("plain() describes errors", () => {
  const copied = plain({ failure: new TypeError("bad", { cause: "x" }) }) as {
    failure: { type: string; message: string; stack: string; cause: unknown };
  };
  assert.equal(copied.failure.type, "TypeError");
  assert.equal(copied.failure.message, "bad");
  assert.match(copied.failure.stack, /json_test/);
  assert.deepEqual(copied.failure.cause, { type: "string", message: "x" });
});

test("plain() survives proxies that are revoked or trap everything", () => {
  const trap = () => {
    throw new Error("trap");
  };
  const hostile = new Proxy({}, {
    get: trap,
    getPrototypeOf: trap,
    ownKeys: trap,
    has: trap,
    getOwnPropertyDescriptor: trap,
  });
  assert.equal(plain(hostile), "[unreadable: trap]");
  assert.match(String(plain(revoked())), /^\[unreadable: .*\]$/);
  assert.match(
    JSON.stringify(plain({ inner: [revoked()] })),
    /^{"inner":\["\[unreadable: .*\]"\]}$/,
  );
});

test("plain() keeps __proto__ as an ordinary key", () => {
  const copied = plain(JSON.parse('{"__proto__":{"admin":true},"a":1}'));
  assert.equal(JSON.stringify(copied), '{"__proto__":{"admin":true},"a":1}');
  assert.equal((copied as { admin?: boolean }).admin, undefined);
});

test("plain() cuts depth, count and length, and marks it", () => {
  let deep: unknown = plain(nested(10_000));
  for (let i = 0; i < MAX_DEPTH; i++) deep = (deep as { value: unknown }).value;
  assert.equal(deep, "[too deep]");

  const many = plain(new Array(1e9)) as unknown[];
  assert.equal(many.length, 2000);
  assert.equal(many.at(-1), "[999998001 more]");

  const wide = plain(Object.fromEntries(Array.from({ length: 5000 }, (_, i) => [`k${i}`, i])));
  assert.equal((wide as Record<string, unknown>)["…"], "[3001 more]");

  assert.equal(plain("x".repeat(20_000)), "x".repeat(16_384) + "…[3616 cut]");
  const heavy = encodeJson(Array.from({ length: 100 }, () => "y".repeat(16_000)));
  assert.ok(heavy.length < 150_000, `${heavy.length} is bounded`);
});

test("plain() hides values by key at any depth, also in Headers and Maps", () => {
  const redactor = new Redactor();
  const value = {
    user: { Password: "p", name: "n" },
    headers: new Headers({ authorization: "Bearer x", accept: "*/*" }),
    map: new Map([["api_key", { deep: 1 }]]),
    token_count: 3,
  };
  assert.deepEqual(plain(value, redactor), {
    user: { Password: "[REDACTED]", name: "n" },
    headers: { authorization: "[REDACTED]", accept: "*/*" },
    map: { api_key: "[REDACTED]" },
    token_count: 3,
  });
});

test("plain() shares nothing with what it copied", () => {
  const list = [{ a: 1 }];
  const copied = plain({ list });
  list[0]!.a = 2;
  list.push({ a: 3 });
  assert.deepEqual(copied, { list: [{ a: 1 }] });
});

test("quote() is the JSON literal of every naughty string, on one line", () => {
  const made = ["\ud800", "a\udc00b", "\u2028\u2029\x7f\x85", "\0\x1b[31m", "😀"];
  for (const text of [...NAUGHTY, ...made]) {
    const literal = quote(text);
    assert.equal(JSON.parse(literal), text);
    assert.doesNotMatch(literal, BREAKS_LINES);
    // UTF-8 must not change it either: a lone surrogate would become U+FFFD.
    assert.equal(new TextDecoder().decode(new TextEncoder().encode(literal)), literal);
  }
});

test("encodeJson() never throws, parses, and stays on one line for any value", () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withObjectString: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  fc.assert(fc.property(anything, (value) => {
    const text = encodeJson(value);
    JSON.parse(text);
    assert.doesNotMatch(text, BREAKS_LINES);
  }));
});

test("encodeJson() equals JSON.stringify for all that JSON can hold", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
    assert.deepEqual(JSON.parse(encodeJson(value)), JSON.parse(JSON.stringify(value)));
  }));
});

test("plain() copies ordinary data as its slow path does", () => {
  // A redactor that follows paths takes that way for everything.
  const careful = new Redactor({ paths: ["no.such.path"] }), fast = new Redactor();
  const scalar = fc.oneof(
    fc.string(),
    fc.double(),
    fc.boolean(),
    fc.constantFrom(null, undefined, NaN, -0, 1n, Symbol("s"), "__proto__"),
    fc.date({ noInvalidDate: false }),
  );
  const { value } = fc.letrec((tie) => ({
    value: fc.oneof(
      { maxDepth: 13 },
      scalar,
      fc.array(tie("value"), { maxLength: 4 }),
      fc.dictionary(
        fc.oneof(fc.string(), fc.constantFrom("password", "toJSON", "__proto__", "took")),
        tie("value"),
        { maxKeys: 4, noNullPrototype: false },
      ),
      fc.tuple(tie("value")).map(([held]) => new Map([["a", held], ["token", held]])),
      fc.tuple(tie("value")).map(([held]) => [["token", held], ["a", held]]),
    ),
  }));
  fc.assert(
    fc.property(value, (held) => {
      const given = { held };
      assert.deepEqual(plain(given, fast), plain(given, careful));
    }),
    { numRuns: 500 },
  );
});

test("plain() keeps no value of a symbol key in memory", () => {
  const hidden = Symbol("hidden"), held = { changed: false };
  const given = { a: { [hidden]: held, b: 1 }, list: [{ [hidden]: held }] };
  const copied = plain(given) as { a: object; list: object[] };
  assert.deepEqual(copied, { a: { b: 1 }, list: [{}] });
  assert.deepEqual(Object.getOwnPropertySymbols(copied.a), []);
  assert.deepEqual(Object.getOwnPropertySymbols(copied.list[0]), []);
});

test("plain() reads no more of a Map than it shows", () => {
  const map = new Map<unknown, unknown>(Array.from({ length: 5000 }, (_, i) => [`${i}`, i]));
  map.set(7, "a key that is no string, too late to be seen");
  const copied = plain(map) as Record<string, unknown>;
  assert.deepEqual([copied["0"], copied["…"], Array.isArray(copied)], [0, "[more]", false]);
});

test("plain() of a URL with thousands of hidden parameters is linear in it", () => {
  const separators = ["", "-", "_"];
  const name = (i: number) => {
    let text = "";
    for (const letter of "token") {
      text += letter + separators[i % 3];
      i = Math.floor(i / 3);
    }
    return text + "_".repeat(i);
  };
  const address = (length: number) => {
    const query = Array.from({ length }, (_, i) => `${name(i)}=secret`).join("&");
    return new URL(`https://h.example/?q=1&${query}`);
  };
  const urls = new Map([500, 4000].map((length) => [length, address(length)]));
  growsLinearly("hidden parameters", (length) => plain(urls.get(length), new Redactor()), 500);
  const shown = plain(urls.get(4000), new Redactor());
  assert.match(String(shown), /^https:\/\/h\.example\/\?q=1&token=%5BREDACTED%5D&t-oken=/);
  assert.doesNotMatch(String(shown), /secret/);
});

test("plain() does not change a URL without secrets", () => {
  const url = "https://h.example/?a=b+c&d=%7e&e";
  assert.equal(plain(new URL(url), new Redactor()), url);
});

test("plain() cuts depth, keys and texts where its slow path does", () => {
  const careful = new Redactor({ paths: ["no.such.path"] });
  for (const depth of [8, 9, 10, 11, 12]) {
    for (const given of [nested(depth), [nested(depth)], { a: [[nested(depth - 2)]] }]) {
      assert.deepEqual(plain(given), plain(given, careful), `${depth}`);
    }
  }
  const long = [{ text: "x".repeat(20_000) }], keyed = [{ ["k".repeat(2000)]: 1 }];
  assert.deepEqual(plain(long), [{ text: "x".repeat(16_384) + "…[3616 cut]" }]);
  assert.deepEqual(plain(keyed), [{ ["k".repeat(1024) + "…[976 cut]"]: 1 }]);
});

test("plain() soon stops trying the fast path when it always fails", () => {
  let reads = 0;
  const odd = (depth: number): object => ({
    get value() {
      reads++;
      return depth === 0 ? 1n : odd(depth - 1);
    },
  });
  plain(Array.from({ length: 200 }, () => odd(8)));
  // Each of the 1800 once by the careful way; without an end of it, each as often as it lies deep.
  assert.ok(reads < 6000, `${reads} reads`);
});

test("plain() tells cycles and depth apart in ordinary data", () => {
  const rows: Record<string, unknown>[] = Array.from({ length: 5 }, () => ({ a: 1 }));
  for (const row of rows) row.all = rows;
  assert.deepEqual(plain(rows), Array(5).fill({ a: 1, all: "[circular]" }));
  const wide = nested(12);
  assert.match(JSON.stringify(plain({ rows: [wide, wide] })), /"\[too deep\]"/);
});

test("plain() marks a getter that throws and copies its siblings, at any depth", () => {
  const given = {
    list: [{ a: 1 }, {
      b: 2,
      get c(): never {
        throw new Error("no");
      },
    }],
  };
  assert.deepEqual(plain(given), { list: [{ a: 1 }, { b: 2, c: "[unreadable: no]" }] });
});
