import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Context } from "../../src/core/context.ts";
import { Faults } from "../../src/core/faults.ts";
import {
  BEARER_TOKENS,
  CARD_NUMBERS,
  EMAILS,
  JWTS,
  type RedactPattern,
} from "../../src/core/redact/pattern.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import type { RedactOptions } from "../../src/core/redact/options.ts";
import { Logger } from "../../src/log/logger.ts";
import { telltale } from "../../src/telltale.ts";
import { growsLinearly } from "../growth.ts";
import { ManualClock } from "../manual_clock.ts";

const JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

/** Message and fields of one line under these options. */
function shown(redact: RedactOptions, fields: unknown, message = "x"): unknown {
  const log = new Logger({ level: "info", sinks: [], clock: new ManualClock(), redact });
  log.error(message, fields);
  const [record] = log.ring.since(0);
  return message === "x" ? record!.fields : [record!.message, record!.fields];
}

const PATHS: readonly [path: string, given: unknown, expected: unknown][] = [
  ["email", { email: "a", user: { email: "b" } }, { email: "[REDACTED]", user: { email: "b" } }],
  ["user.email", { email: "a", user: { email: "b" } }, {
    email: "a",
    user: { email: "[REDACTED]" },
  }],
  ["*.email", { a: { email: 1, n: 2 }, b: { c: { email: 3 } } }, {
    a: { email: "[REDACTED]", n: 2 },
    b: { c: { email: 3 } },
  }],
  ["orders[*].card", { orders: [{ card: 1, id: 2 }, { card: 3 }] }, {
    orders: [{ card: "[REDACTED]", id: 2 }, { card: "[REDACTED]" }],
  }],
  ["*[*].card", { orders: new Set([{ card: 1, id: 2 }]) }, {
    orders: [{ card: "[REDACTED]", id: 2 }],
  }],
  ["list[1]", { list: ["a", "b", "c"] }, { list: ["a", "[REDACTED]", "c"] }],
  ['headers["x.y"]', { headers: { "x.y": 1, x: { y: 2 } } }, {
    headers: { "x.y": "[REDACTED]", x: { y: 2 } },
  }],
  ["user", { user: { deep: { secret: 1 } } }, { user: "[REDACTED]" }],
];

for (const [path, given, expected] of PATHS) {
  test(`redact.paths hides ${path}`, () => {
    assert.deepEqual(shown({ keys: [], paths: [path] }, given), expected);
    assert.deepEqual(
      shown({ keys: [], paths: [path] }, new Map(Object.entries(given as object))),
      expected,
    );
  });
}

const PATTERNS: readonly [RedactPattern, text: string, expected: string][] = [
  [CARD_NUMBERS, "4111111111111111", "[REDACTED]"],
  [CARD_NUMBERS, "paid with 4111 1111 1111 1111, thanks", "paid with [REDACTED], thanks"],
  [CARD_NUMBERS, "3782-822463-10005 and 5555555555554444", "[REDACTED] and [REDACTED]"],
  [CARD_NUMBERS, "order 12 4111111111111111", "order 12 [REDACTED]"],
  [CARD_NUMBERS, "4111111111111112", "4111111111111112"],
  [CARD_NUMBERS, "at 1767225600000", "at 1767225600000"],
  [CARD_NUMBERS, "41111111111111111111111111", "41111111111111111111111111"],
  [BEARER_TOKENS, "Authorization: Bearer abc.DEF-1=", "Authorization: Bearer [REDACTED]"],
  [BEARER_TOKENS, "bearer x", "bearer [REDACTED]"],
  [BEARER_TOKENS, `Bearer ${" ".repeat(30)}x`, `Bearer ${" ".repeat(30)}[REDACTED]`],
  [BEARER_TOKENS, "forbearer of news", "forbearer of news"],
  [EMAILS, "by Ada.L+x@mail.example.org!", "by [REDACTED]!"],
  [EMAILS, "@handle a@b", "@handle a@b"],
  [JWTS, `token=${JWT};`, "token=[REDACTED];"],
  [JWTS, "eyJ.not", "eyJ.not"],
];

for (const [pattern, text, expected] of PATTERNS) {
  test(`redact.patterns makes "${expected}"`, () => {
    const redact = { patterns: [pattern] };
    assert.equal(new Redactor(redact).text(text), expected);
    assert.deepEqual(shown(redact, { a: text, b: [{ c: text }] }, text), [expected, {
      a: expected,
      b: [{ c: expected }],
    }]);
  });
}

const HURTFUL: readonly [name: string, make: (size: number) => string][] = [
  ["one word", (size) => "a".repeat(size)],
  ["digits and dashes", (size) => "1-".repeat(size / 2)],
  ["eyJ", (size) => "eyJ".repeat(size / 3)],
  ["-eyJ-", (size) => "-eyJ-".repeat(size / 5)],
  ["a token without an end", (size) => `eyJ${"a".repeat(size)}.b`],
  ["Bearer", (size) => "Bearer ".repeat(size / 7)],
  ["Bearer and blanks", (size) => "Bearer" + " ".repeat(size)],
  ["blanks and tabs", (size) => "Bearer" + " \t".repeat(size / 2)],
  ["mailboxes without an end", (size) => "a@a.".repeat(size / 4)],
  ["a long mailbox", (size) => "a.".repeat(size / 2) + "@"],
  ["a long host", (size) => "a@" + "a-".repeat(size / 2)],
  ["digits and blanks", (size) => "4 ".repeat(size / 2)],
];
const SHIPPED = { CARD_NUMBERS, BEARER_TOKENS, EMAILS, JWTS };

for (const [pattern, rule] of Object.entries(SHIPPED)) {
  test(`${pattern} is linear in texts made to hurt`, () => {
    const redactor = new Redactor({ keys: [], patterns: [rule] });
    for (const [name, make] of HURTFUL) {
      growsLinearly(`${pattern} in ${name}`, (size) => redactor.text(make(size)), 10_000);
    }
  });
}

test("redact.patterns reads errors, their causes and long numbers", () => {
  const error = new Error("no user a@b.example", { cause: "for a@b.example" });
  error.stack = "Error: no user a@b.example\n    at here";
  const [message, fields] = shown(
    { patterns: [EMAILS, CARD_NUMBERS] },
    { error, card: 4111111111111111, small: 42 },
    "mail to a@b.example",
  ) as [string, { error: Record<string, unknown> }];
  assert.equal(message, "mail to [REDACTED]");
  assert.deepEqual(fields, {
    error: {
      type: "Error",
      message: "no user [REDACTED]",
      stack: "Error: no user [REDACTED]\n    at here",
      cause: { type: "string", message: "for [REDACTED]" },
    },
    card: "[REDACTED]",
    small: 42,
  });
});

test("redact.by removes, or puts a digest under a key in place", () => {
  const given = { password: "p", user: { email: "a", token: 7 }, list: [1, 2] };
  const paths = ["user.email", "list[0]"];
  assert.deepEqual(shown({ by: "remove", paths }, given), { user: {}, list: [2] });
  const by = { hashKey: "pepper" };
  const first = shown({ by, paths }, given) as typeof given;
  const second = shown({ by }, { token: "p" }) as { token: string };
  // echo -n p | openssl dgst -sha256 -hmac pepper
  assert.equal(first.password, HMAC_OF_P);
  assert.equal(second.token, first.password);
  assert.match(String(first.user.token), /^\[HMAC [0-9a-f]{32}\]$/);
  assert.notEqual(first.user.token, first.user.email);
});

const HMAC_OF_P = "[HMAC 22aaaa406d676c7c1a79c89df048254e]";

test("new Redactor() refuses wrong options", () => {
  const table: [RedactOptions, string][] = [
    [{ paths: [""] }, 'Cannot redact path "": must be a non-empty string'],
    [
      { paths: ["a..b"] },
      'Cannot redact path "a..b": must be like a.*.b or a[*]["b.c"], fails at 1',
    ],
    [{ paths: ["a[b"] }, 'Cannot redact path "a[b": must be like a.*.b or a[*]["b.c"], fails at 1'],
    [{ paths: [".a"] }, 'Cannot redact path ".a": must be like a.*.b or a[*]["b.c"], fails at 0'],
    [{ paths: ["a*"] }, 'Cannot redact path "a*": must be like a.*.b or a[*]["b.c"], fails at 0'],
    [
      { paths: ["a.b.c.d.e.f.g.h.i.j.k"] },
      'Cannot redact path "a.b.c.d.e.f.g.h.i.j.k": fields are followed 10 deep, this is 11',
    ],
    [
      { patterns: [{ find: /a*/ }] },
      'Cannot redact: find must be a RegExp that is not sticky and does not match "", got /a*/',
    ],
    [
      { patterns: [{ find: /a/y }] },
      'Cannot redact: find must be a RegExp that is not sticky and does not match "", got /a/y',
    ],
    [
      { by: { hashKey: "" } },
      "Cannot redact: by must be replace, remove or an object with a non-empty hashKey, got object",
    ],
  ];
  for (const [options, message] of table) {
    assert.throws(() => new Redactor(options), { name: "TypeError", message });
    assert.throws(() => new Logger({ redact: options, sinks: [] }), { name: "TypeError", message });
  }
});

test("telltale({ redact }) hides in log lines, span attributes and exported errors alike", async () => {
  await using t = telltale({
    log: { sinks: [], level: "info" },
    redact: { keys: ["secret"], paths: ["user.email"], patterns: [EMAILS] },
  });
  t.tracer.span("work", (span) => {
    span.set("user.email", "a@b.example").set("app.secret", 5).set("secret", ["x", "y"]);
    span.set("note", "for a@b.example").set("notes", ["a@b.example", "-"]).set("plain", 1);
    span.event("seen", { secret: "x", note: "a@b.example" });
    const { traceId, spanId } = span;
    span.link({ traceId, spanId, flags: 0, tracestate: "", requestId: "" }, { secret: "x" });
    const error = new Error("no a@b.example");
    error.stack = "Error: no a@b.example";
    span.fail(error);
    t.log.error("no a@b.example", { user: { email: 1 }, error });
  });
  const [span] = t.tracer.finished.since(0);
  assert.deepEqual(span!.attributes, {
    "user.email": "[REDACTED]",
    "app.secret": "[REDACTED]",
    secret: ["[REDACTED]"],
    note: "for [REDACTED]",
    notes: ["[REDACTED]", "-"],
    plain: 1,
    "error.type": "Error",
  });
  assert.deepEqual(span!.events.map(({ attributes }) => attributes), [
    { secret: "[REDACTED]", note: "[REDACTED]" },
    {
      "exception.type": "Error",
      "exception.message": "no [REDACTED]",
      "exception.stacktrace": "Error: no [REDACTED]",
    },
  ]);
  assert.deepEqual(span!.links[0]!.attributes, { secret: "[REDACTED]" });
  assert.equal(span!.statusMessage, "no [REDACTED]");
  const [record] = t.log.ring.since(0);
  assert.equal(record!.message, "no [REDACTED]");
  assert.deepEqual(record!.fields, {
    user: { email: "[REDACTED]" },
    error: { type: "Error", message: "no [REDACTED]", stack: "Error: no [REDACTED]" },
  });
});

test("what instrument writes is read by the patterns too", async () => {
  await using t = telltale({ log: { sinks: [], level: "info" }, redact: { patterns: [EMAILS] } });
  const handler = t.instrument(() => new Response());
  await handler(new Request("http://localhost/users/a@b.example"));
  const [started] = t.log.ring.since(0);
  assert.deepEqual(started!.fields, { method: "GET", path: "/users/[REDACTED]" });
});

test("redact hides by key in a Map whose keys are not all strings", () => {
  const map = new Map<unknown, unknown>([["password", "hunter2"], [1, { token: "t" }]]);
  assert.deepEqual(shown({}, { map }), {
    map: [["password", "[REDACTED]"], [1, { token: "[REDACTED]" }]],
  });
  assert.deepEqual(shown({ by: "remove" }, { map }), { map: [[1, {}]] });
});

test("redact hides by key in what was thrown and is no error", () => {
  const { cause } = shown({ keys: ["pin"] }, {
    cause: new Error("x", { cause: { pin: 1, a: 2 } }),
  }) as {
    cause: { cause: unknown };
  };
  assert.deepEqual(cause.cause, { type: "Object", message: "{ pin: [REDACTED], a: 2 }" });
});

test("redact.patterns are read in keys and negative numbers too", () => {
  assert.deepEqual(
    shown({ patterns: [EMAILS, CARD_NUMBERS] }, { "ada@example.org": { n: -4111111111111111 } }),
    { "[REDACTED]": { n: "-[REDACTED]" } },
  );
});

test("redact.patterns are read in what a logger says of a sink that fails", async () => {
  const log = new Logger({
    clock: new ManualClock(),
    faults: new Faults(() => {}),
    redact: { patterns: [EMAILS] },
    sinks: [() => {
      throw new Error("no mailbox ada@example.org");
    }],
  });
  log.info("x");
  await log.flush();
  assert.equal(log.ring.at(1)!.fields.reason, "Error: no mailbox [REDACTED]");
});

test("redact.patterns hide as a whole what the cut of a text goes through", () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${"p".repeat(600)}.${"s".repeat(300)}`;
  const filler = "- ".repeat(10_000);
  /** A text whose cut, after `max` units, goes through the secret. */
  const around = (max: number, secret: string) =>
    `${filler.slice(0, max - 30)} ${secret} ${filler.slice(0, 400)}`;
  const log = new Logger({ sinks: [], redact: { patterns: [JWTS, EMAILS, CARD_NUMBERS] } });
  const error = new Error(around(4096, jwt));
  error.stack = around(8192, jwt);
  log.error(around(16_384, jwt), {
    text: around(16_384, jwt),
    nested: [{ text: around(16_384, jwt) }],
    error,
    thrown: new Error("x", { cause: around(4096, jwt) }),
    [around(1024, jwt)]: 1,
    card: around(16_384, `${" ".repeat(20)}4111 1111 1111 1111`),
    throwing: {
      get a(): never {
        throw new Error(around(128, jwt));
      },
    },
  });
  const text = JSON.stringify(log.ring.at(0));
  assert.doesNotMatch(text, /eyJ|ppp|4111/);
  assert.equal(text.match(/\[REDACTED\]…\[\d+ cut\]/g)?.length, 7);
  assert.ok(log.ring.at(0)!.message.length < 16_384 + 20);
});

test("redact.patterns hide as a whole what the cut of a span's text goes through", async () => {
  const jwt = `eyJhbGciOiJIUzI1NiJ9.${"p".repeat(600)}.${"s".repeat(300)}`;
  const text = `${"- ".repeat(4080)} ${jwt} ${"- ".repeat(300)}`;
  await using t = telltale({ log: { sinks: [] }, redact: { patterns: [JWTS] } });
  t.tracer.span("work", (span) => {
    span.set("text", text).set("texts", ["-", text]).event("seen", { text });
    span.link({ traceId: span.traceId, spanId: span.spanId, flags: 0, tracestate: "" } as Context, {
      text,
    });
    span.setStatus("error", text);
  });
  const [span] = t.tracer.finished.since(0);
  const { attributes, events, links, statusMessage } = span!;
  const shown = [
    attributes.text,
    (attributes.texts as string[])[1],
    events[0]!.attributes.text,
    links[0]!.attributes.text,
    statusMessage,
  ];
  for (const kept of shown) assert.match(String(kept), /^(- )+ \[REDACTED\]$/);
});

test("Redactor.clip() keeps what the text without a cut would show", () => {
  const words = fc.array(
    fc.constantFrom("ada@example.org", "plain", "4111111111111111", "a@b", "😀", "x@example.org"),
    { maxLength: 30 },
  );
  for (const by of ["replace", "remove", { hashKey: "pepper" }] as const) {
    const redactor = new Redactor({ by, patterns: [EMAILS, CARD_NUMBERS] });
    fc.assert(fc.property(words, fc.integer({ min: 1, max: 200 }), (parts, max) => {
      const text = parts.join(" "), clipped = redactor.clip(text, max);
      const kept = clipped.replace(/…\[\d+ cut\]$/, "");
      assert.ok(redactor.text(text).startsWith(kept), clipped);
      assert.ok(kept.length <= max);
      if (text.length > max) assert.ok(clipped.endsWith(`…[${text.length - max} cut]`), clipped);
    }));
  }
});

test("redact hides by key in all that holds entries", () => {
  const pairs = [["Authorization", "Bearer x"], ["accept", "*/*"]];
  const form = new FormData();
  form.set("password", "p");
  form.set("name", "n");
  const given = {
    headers: new Headers(pairs as [string, string][]),
    map: new Map(pairs as [string, string][]),
    search: new URLSearchParams("api_key=k&q=1"),
    form,
    pairs,
    nested: { entries: [["token", { deep: 1 }], ["a", { password: "p" }]] },
    set: new Set([pairs]),
    url: new URL("https://me:pw@host.example/p?q=1&access_token=abc"),
  };
  assert.deepEqual(shown({}, given), {
    headers: { accept: "*/*", authorization: "[REDACTED]" },
    map: { Authorization: "[REDACTED]", accept: "*/*" },
    search: { api_key: "[REDACTED]", q: "1" },
    form: { password: "[REDACTED]", name: "n" },
    pairs: [["Authorization", "[REDACTED]"], ["accept", "*/*"]],
    nested: { entries: [["token", "[REDACTED]"], ["a", { password: "[REDACTED]" }]] },
    set: [[["Authorization", "[REDACTED]"], ["accept", "*/*"]]],
    url: "https://REDACTED:REDACTED@host.example/p?q=1&access_token=%5BREDACTED%5D",
  });
  assert.deepEqual(shown({ by: "remove" }, { pairs, url: new URL("https://h.example/?token=a") }), {
    pairs: [["accept", "*/*"]],
    url: "https://h.example/",
  });
});

test("redact leaves two words that are no entries", () => {
  const given = { missing: ["password", "token"], fields: [["password", "token"], ["name"]] };
  assert.deepEqual(shown({}, given), given);
});

test("paths and patterns reach attributes of every type", async () => {
  await using t = telltale({
    log: { sinks: [] },
    redact: { paths: ["list[1]", "flags[*]", '["a.b"]'], patterns: [CARD_NUMBERS] },
  });
  t.tracer.start("x").set("list", ["a", "b", "c"]).set("flags", [true]).set("a.b", 1)
    .set("numbers", [1, 4111111111111111]).set("number", 4111111111111111)
    .set("big", 4111111111111111n).set("time", 1767225600000).set("few", [1, 2]).end();
  assert.deepEqual(t.tracer.finished.since(0)[0]!.attributes, {
    list: ["a", "[REDACTED]", "c"],
    flags: ["[REDACTED]"],
    "a.b": "[REDACTED]",
    numbers: ["1", "[REDACTED]"],
    number: "[REDACTED]",
    big: "[REDACTED]",
    time: 1767225600000,
    few: [1, 2],
  });
});

test("a captured header is hidden as the user's rules say", async () => {
  await using t = telltale({
    log: { sinks: [] },
    redact: { alsoKeys: ["x-customer"], exceptKeys: ["x-session"], by: { hashKey: "k" } },
  });
  const names = ["x-customer", "x-session", "cookie", "accept"];
  const handler = t.instrument(() => new Response(), { headers: { request: names } });
  const headers = Object.fromEntries(names.map((name) => [name, "v"]));
  await handler(new Request("http://localhost/", { headers }));
  const { attributes } = t.tracer.finished.since(0)[0]!;
  const [customer, session, cookie, accept] = names.map((name) =>
    (attributes[`http.request.header.${name}`] as string[])[0]!
  );
  assert.match(customer!, /^\[HMAC /);
  assert.equal(cookie, customer);
  assert.deepEqual([session, accept], ["v", "v"]);
});

test("redact hides in lists of names and values, nested ones and fields too", () => {
  const pairs = [{ name: "Cookie", value: "a" }, { key: "token", value: { b: 1 } }, { value: 1 }];
  assert.deepEqual(shown({}, { pairs, name: "password", value: 5 }), {
    pairs: [{ name: "Cookie", value: "[REDACTED]" }, { key: "token", value: "[REDACTED]" }, {
      value: 1,
    }],
    name: "password",
    value: "[REDACTED]",
  });
  const rawHeaders = ["Host", "h", "Authorization", "Bearer x", "X-Api-Key", "k"];
  const hidden = ["Host", "h", "Authorization", "[REDACTED]", "X-Api-Key", "[REDACTED]"];
  assert.deepEqual(shown({}, { rawHeaders, request: { headers: rawHeaders }, words: rawHeaders }), {
    rawHeaders: hidden,
    request: { headers: hidden },
    words: rawHeaders,
  });
  class Message {
    rawTrailers = rawHeaders;
  }
  assert.deepEqual(shown({ paths: ["message.rawTrailers[1]"] }, { message: new Message() }), {
    message: { rawTrailers: ["Host", "[REDACTED]", ...hidden.slice(2)] },
  });
  assert.deepEqual(shown({ by: "remove" }, { pairs, rawHeaders }), {
    pairs: [{ name: "Cookie" }, { key: "token" }, { value: 1 }],
    rawHeaders: ["Host", "h", "Authorization", "X-Api-Key"],
  });
});

test("redact hides all of a match where a pattern's own function throws", () => {
  const locate = () => {
    throw new Error("locate");
  };
  assert.deepEqual(shown({ patterns: [{ find: /order-\d+/, locate }] }, {}, "paid order-7 twice"), [
    "paid [REDACTED] twice",
    {},
  ]);
});

test("redact leaves a value alone whose name can't be read", () => {
  const odd = {
    get name(): string {
      throw new Error("no name");
    },
    value: 5,
    password: 6,
  };
  assert.deepEqual(shown({}, { odd }), {
    odd: { name: "[unreadable: no name]", value: 5, password: "[REDACTED]" },
  });
});
