import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { growsLinearly } from "../growth.ts";

const R = "[REDACTED]", P = "%5BREDACTED%5D";
const TEXTS: readonly [text: string, shown: string][] = [
  // Parameters.
  ["user=a&password=x%20y&q=1", `user=a&password=${P}&q=1`],
  ["password=x&user=a", `password=${R}&user=a`],
  [
    "GET https://h/p?token=a;b#access_token=b next",
    `GET https://h/p?token=${P}#access_token=${P} next`,
  ],
  ["/p;jsessionid=abc;v=1", `/p;jsessionid=${R};v=1`],
  ["next=/a?token=S&q=1", `next=/a?token=${P}&q=1`],
  ["user[password]=x", `user[password]=${R}`],
  ["api%5Fkey=x%20y", `api%5Fkey=${R}`],
  ['login password="a b" ok', `login password="${R}" ok`],
  ["login password='a", `login password='${R}'`],
  ["Server=x;Password=a,b;Database=z", `Server=x;Password=${R};Database=z`],
  ["sid=abc; theme=dark", `sid=${R}; theme=dark`],
  ["token=YWJj==&a=b", `token=${R}&a=b`],
  ["a == b && token==null, token => 1, !token=", "a == b && token==null, token => 1, !token="],
  ["q=shoes&max_tokens=5&page=2", "q=shoes&max_tokens=5&page=2"],
  ["?sig=a&x-amz-signature=b&code=DE", "?sig=REDACTED&x-amz-signature=REDACTED&code=DE"],
  ["?state=1&code=4/0AX4XfWh-abcdefghij", `?state=1&code=${P}`],
  ["sig=a code=4/0AX4XfWh-abcdefghij", "sig=a code=4/0AX4XfWh-abcdefghij"],
  // Who visits a host.
  ["postgres://u:p@ss@h/db", "postgres://REDACTED:REDACTED@h/db"],
  ["at https://tok@h, and https://h/a@b", "at https://REDACTED:REDACTED@h, and https://h/a@b"],
  ["redis://:pw@h:6379", "redis://REDACTED:REDACTED@h:6379"],
  // Members of JSON.
  ['{"a":1,"password" : "x\\"y","b":2}', `{"a":1,"password" : "${R}","b":2}`],
  ['{"token":{"a":[1,"}"]},"c":5}', `{"token":"${R}","c":5}`],
  ['{"pin":1234}', `{"pin":"${R}"}`],
  ['{"password":null,"token":"","max_tokens":5}', '{"password":null,"token":"","max_tokens":5}'],
  ['{"password":"cut', `{"password":"${R}`],
  ['{"token":[1,2', `{"token":"${R}"`],
  ['{\n  "secret": "x"\n}', `{\n  "secret": "${R}"\n}`],
  ['say "password": it', 'say "password": "[REDACTED]"'],
  ["a plain message, 12:30, no@where", "a plain message, 12:30, no@where"],
];

for (const [text, shown] of TEXTS) {
  test(`Redactor.named() makes ${shown}`, () => {
    const redactor = new Redactor();
    assert.equal(redactor.named(text), shown);
    assert.equal(redactor.text(text), shown);
    assert.equal(redactor.named(shown), shown);
  });
}

test("Redactor.named() reads JSON in JSON in JSON", () => {
  const deep = (levels: number): unknown =>
    levels === 0 ? { token: 'a"\\', n: 1 } : { body: JSON.stringify(deep(levels - 1)), n: levels };
  for (let levels = 0; levels < 4; levels++) {
    let shown: unknown = new Redactor().named(JSON.stringify(deep(levels)));
    for (let level = levels; level > 0; level--) {
      const { body, n } = JSON.parse(shown as string);
      assert.equal(n, level);
      shown = body;
    }
    assert.deepEqual(JSON.parse(shown as string), { token: R, n: 1 });
  }
});

test("Redactor.named() turns JSON into JSON, and hides values of all types", () => {
  const redactor = new Redactor();
  fc.assert(fc.property(fc.json(), fc.json(), (secret, other) => {
    const text = `{"a":${other},"password":${secret},"b":${other}}`;
    const shown = JSON.parse(redactor.named(text)), given = JSON.parse(text);
    if (!/["=@]/.test(other)) assert.deepEqual([shown.a, shown.b], [given.a, given.b]);
    assert.ok([R, "", null].includes(shown.password), redactor.named(text));
  }));
});

test("Redactor changes nothing when it redacts again, with each replacement", () => {
  const texts = [
    ...TEXTS.map(([text]) => text),
    "a&token=1&password=2 token=3",
    '{"token":"1","pin":1}',
    "https://u:p@h/?token=1&token=2&a=1",
  ];
  for (const by of ["replace", "remove", { hashKey: "pepper" }] as const) {
    const redactor = new Redactor({ by });
    for (const text of texts) {
      const once = redactor.text(text);
      assert.equal(redactor.text(once), once);
      assert.equal(redactor.clip(text, 1000), once);
    }
  }
  const digests = new Redactor({ by: { hashKey: "pepper" } }).text(
    '{"token":"1"} token=1 ?token=1',
  );
  assert.equal(new Set(digests.match(/(?<=HMAC(?: |%20))[\da-f]{32}/g)).size, 1);
});

const URLS: readonly [url: string, shown: string, removed?: string][] = [
  ["https://h/a%7e?q=%7E&&=&a#x", "https://h/a%7e?q=%7E&&=&a#x"],
  ["https://h/?token=a", `https://h/?token=${P}`, "https://h/"],
  ["https://h/?token=a&q=1&pin=2", `https://h/?token=${P}&q=1&pin=${P}`, "https://h/?q=1"],
  [
    "https://h/?a=1&token=a#id_token=b&c=d",
    `https://h/?a=1&token=${P}#id_token=${P}&c=d`,
    "https://h/?a=1#c=d",
  ],
  [
    "https://u@h/?Signature=a+b&sig=",
    "https://REDACTED:REDACTED@h/?Signature=REDACTED&sig=REDACTED",
  ],
  ["/a?%61pi_key=S&api+key=S", `/a?%61pi_key=${P}&api+key=${P}`, "/a"],
  ["//me:pw@h/", "//me:pw@h/"],
  ["not a URL", "not a URL"],
  ["", ""],
];
test("Redactor.url() hides user, password and parameters, and keeps the rest byte for byte", () => {
  for (const [url, shown, removed] of URLS) {
    assert.equal(new Redactor().url(url), shown);
    if (removed !== undefined) assert.equal(new Redactor({ by: "remove" }).url(url), removed);
    const at = url.indexOf("?");
    if (at >= 0 && !url.includes("#")) {
      assert.equal(`?${new Redactor().query(url.slice(at + 1))}`, shown.slice(shown.indexOf("?")));
    }
  }
  const url = new URL("https://me:pw@h/?q=1&token=a");
  assert.equal(new Redactor().url(url), `https://REDACTED:REDACTED@h/?q=1&token=${P}`);
  assert.equal(url.password, "pw");
});

test("Redactor.head() hides secrets that the cut goes through", () => {
  const redactor = new Redactor();
  for (
    const text of [
      "a token=abcdefghijkl b",
      '{"a":1,"token":"abcdefghijkl"}',
      "https://user:abcdefghijkl@h/",
    ]
  ) {
    for (let max = 1; max < text.length; max++) {
      const shown = redactor.head(text, max);
      assert.doesNotMatch(shown, /abc|user:|use$/, shown);
      assert.ok(shown.length <= max);
    }
  }
});

const HURTFUL: readonly [name: string, make: (size: number) => string][] = [
  ["=", (size) => "=".repeat(size)],
  ["names", (size) => "token".repeat(size / 5)],
  ["?", (size) => "?".repeat(size) + "="],
  ["token=", (size) => "token=".repeat(size / 6)],
  ["?token=&", (size) => "?token=&".repeat(size / 8)],
  ["://", (size) => "://".repeat(size / 3) + "@"],
  ["a user without an end", (size) => "http://" + "a@".repeat(size / 2)],
  ['"token":', (size) => '"token":'.repeat(size / 8)],
  ['"token":{', (size) => '"token":{'.repeat(size / 9)],
  ['":', (size) => '":'.repeat(size / 2)],
  ['"a":', (size) => '"a":'.repeat(size / 4)],
  ['"token":"\\', (size) => '"token":"' + "\\".repeat(size)],
  ["backslashes before quotes", (size) => '"token' + '\\\\\\":'.repeat(size / 5)],
  ["blanks", (size) => '"token"' + " ".repeat(size) + ":" + " ".repeat(size)],
  ['"token":" and quotes', (size) => '"token":"' + '\\"'.repeat(size / 2)],
];
test("Redactor.text(), url() and head() are linear in hostile texts", () => {
  const redactor = new Redactor();
  for (const [name, make] of HURTFUL) {
    growsLinearly(`text() of ${name}`, (size) => redactor.text(make(size)), 20_000);
    growsLinearly(`url() of ${name}`, (size) => redactor.url(`http://h/?${make(size)}`), 20_000);
  }
});
