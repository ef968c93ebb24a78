import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { EMAILS, Logger } from "../../src/log/mod.ts";
import { Tracer } from "../../src/trace/mod.ts";
import { growsLinearly } from "../growth.ts";

const R = "[REDACTED]";
const HIDDEN: readonly [text: string, shown: string][] = [
  // Lines of headers.
  ["Authorization: Basic dXNlcjpwYXNz", `Authorization: Basic ${R}`],
  ["sent authorization: Bearer abc.def again", `sent authorization: Bearer ${R} again`],
  ["authorization=Bearer abc", `authorization=${R}`],
  ['authorization: Digest username="a", response="b"', `authorization: ${R}`],
  ['Cookie: theme=dark; sid=abc; a="b c"', `Cookie: ${R}`],
  ["Set-Cookie: sid=abc; Path=/; HttpOnly", `Set-Cookie: ${R}`],
  [
    `curl -H 'X-Api-Key: abc1' -H "Cookie: a=b; c=d" http://h`,
    `curl -H 'X-Api-Key: ${R}' -H "Cookie: ${R}" http://h`,
  ],
  ["host: h\r\nx-api-key:\tabc1\r\nvia: a", `host: h\r\nx-api-key:\t${R}\r\nvia: a`],
  // Printed objects.
  ["{ password: 'a\\'b', token: [ 'x', 'y' ], n: 1 }", `{ password: '${R}', token: ${R}, n: 1 }`],
  ["{'password': 'x y', 'n': 1}", `{'password': '${R}', 'n': 1}`],
  ["Map(1) { 'password' => 's' }", `Map(1) { 'password' => '${R}' }`],
  ['login(password: "x \\"y")', `login(password: "${R}")`],
  ['password="a\\"S" b=c', `password="${R}" b=c`],
  [
    '{"msg":"x { password: \\"S\\" } Cookie: a=b"}',
    `{"msg":"x { password: \\"${R}\\" } Cookie: ${R}"}`,
  ],
  // Prose and settings.
  ["password: hunter", `password: ${R}`],
  ["Password:hunter2, next", `Password:${R}, next`],
  ["my password : a1 next", `my password : ${R} next`],
  ["PASSWORD = a1;", `PASSWORD = ${R};`],
  ["(token: abc123).", `(token: ${R}).`],
  ["Incorrect API key: sk-1234", `Incorrect API key: ${R}`],
  ["user: a\npassword: b1\n", `user: a\npassword: ${R}\n`],
  ["pin:1234", `pin:${R}`],
  // Command lines and XML.
  ["run --password s3 --n 1", `run --password ${R} --n 1`],
  ["run --api-key 's 3' --n 1", `run --api-key '${R}' --n 1`],
  ["<p:password>s3</p:password><n>1</n>", `<p:password>${R}</p:password><n>1</n>`],
  // Encoded in a parameter.
  ["?next=%2Fa%3Ftoken%3DS%26b%3D1&c=2", "?next=%2Fa%3Ftoken%3D%255BREDACTED%255D%26b%3D1&c=2"],
  [
    "to=https%3A%2F%2Fu%3Ap%40h&x=a%40b",
    "to=https%3A%2F%2FREDACTED%3AREDACTED%40h&x=a%40b",
  ],
];
for (const [text, shown] of HIDDEN) {
  test(`Redactor.text() makes ${JSON.stringify(shown)}`, () => {
    assert.equal(new Redactor().text(text), shown);
    for (const by of ["replace", "remove", { hashKey: "pepper" }] as const) {
      const redactor = new Redactor({ by }), once = redactor.text(text);
      assert.notEqual(once, text);
      assert.equal(redactor.text(once), once);
      assert.equal(redactor.clip(text, 1000), once);
      for (let max = 0; max < text.length; max++) assert.ok(redactor.head(text, max).length <= max);
    }
  });
}

const SHOWN = [
  "token: must be a string",
  "authorization: basic auth failed",
  "Invalid token: jwt expired",
  "Unexpected token: {",
  "Cannot refresh session: timeout",
  "Cannot refresh token: ECONNREFUSED",
  "Cannot fetch token: 401 Unauthorized",
  "Cannot load credentials: ENOENT: no such file",
  "wrong password: must be longer",
  "password: required, token: null, secret: ****",
  "invalid token: TokenExpiredError: jwt expired",
  "at verify (file:///app/src/secret.ts:12:5)",
  "at Object.<anonymous> (/app/password.js:10:3)",
  "arn:aws:secretsmanager:eu-1:123:secret:db-AbC",
  "docker.io/acme/my-secret:1.2.3",
  "author: x1, passenger: 12B, monkey: a9, id: 7, price: 12.50, key: a1",
  "max_tokens: 5 token_count: 12 has_password: true next_page_token: a1",
  "if (token === null && password != y1) session => s.id",
  "run --verbose --token-count 5 --no-password x1 -- password y1",
  "<tokens>5</tokens><password></password><password><a>1</a></password>",
  "12:30:00 [fe80::1]:8080 http://localhost:8080/a:b took: 12.5ms",
  "?next=%2Fa%3Fb%3D1&email=ada%40example.org",
];
test("Redactor.text() shows words about secrets, and other words", () => {
  for (const text of SHOWN) assert.equal(new Redactor().text(text), text);
});

test("Redactor.text() uses the application's own keys in prose, too", () => {
  const redactor = new Redactor({ keys: ["customer"] });
  assert.equal(redactor.text("customer: c-17, token: t-17"), `customer: ${R}, token: t-17`);
});

test("Redactor.text() finds patterns in encoded parts of URLs, and leaves other parts as they are", () => {
  const redactor = new Redactor({ patterns: [EMAILS] });
  const url =
    "https://h/u/ada%40example.org/%7Ea?to=x%20ada%40example.org&p=100%&q=%7E#ada%40b.org";
  const shown = "https://h/u/%5BREDACTED%5D/%7Ea?to=x%20%5BREDACTED%5D&p=100%&q=%7E#%5BREDACTED%5D";
  for (const read of [redactor.text(url), redactor.url(url), redactor.url(new URL(url))]) {
    assert.equal(read, shown);
  }
  assert.equal(redactor.text(shown), shown);
  assert.equal(redactor.query("to=ada%40example.org"), "to=%5BREDACTED%5D");
  const log = new Logger({ sinks: [], redact: redactor });
  log.info(`GET ${url}`, { url, at: new URL(url) });
  const { message, fields } = log.ring.at(0)!;
  assert.deepEqual([message, fields], [`GET ${shown}`, { url: shown, at: shown }]);
  growsLinearly("text() of %41", (size) => redactor.text("%41".repeat(size / 3)), 20_000);
  growsLinearly("text() of %4=", (size) => redactor.text("%4=".repeat(size / 3)), 20_000);
});

test("arguments of a command line are hidden in lists, too", () => {
  const args = ["--user", "ada", "--db-password", "s3", "--api-key", "--token-count", "5"];
  const shown = ["--user", "ada", "--db-password", R, "--api-key", "--token-count", "5"];
  const log = new Logger({ sinks: [] }), tracer = new Tracer();
  log.info("starting", { args, odd: [...args, new Map()] });
  tracer.start("x").set("process.command_args", args).end();
  assert.deepEqual(log.ring.at(0)!.fields, { args: shown, odd: [...shown, {}] });
  assert.deepEqual(
    tracer.finished.since(0).map(({ attributes }) => attributes["process.command_args"]),
    [shown],
  );
});

const HURTFUL: readonly [name: string, make: (size: number) => string][] = [
  ["token:", (size) => "token:".repeat(size / 6)],
  ["token: ", (size) => "token: ".repeat(size / 7)],
  ["a:", (size) => "a:".repeat(size / 2)],
  ["cookie:", (size) => "cookie:".repeat(size / 7)],
  ["cookie: a=b;", (size) => "cookie: " + "a=b;".repeat(size / 4)],
  ["cookie: a;", (size) => "cookie: a=b;" + "a;".repeat(size / 2)],
  ["authorization: digest", (size) => "authorization: digest ".repeat(size / 22)],
  ["blanks", (size) => "token:" + " ".repeat(size) + "= " + " ".repeat(size)],
  ["token: [", (size) => "token: [".repeat(size / 8)],
  ["token: '", (size) => "token: '".repeat(size / 8)],
  ["token: '[REDACTED]", (size) => "token: '[REDACTED] ".repeat(size / 19)],
  ["token: backslashes", (size) => "token: \\\\'".repeat(size / 10)],
  ["--", (size) => "--".repeat(size / 2)],
  ["--token ", (size) => "--token ".repeat(size / 8)],
  ["</", (size) => "</".repeat(size / 2)],
  ["</token>", (size) => "</token>".repeat(size / 8)],
  ["a=a%3D", (size) => "a=a%3D".repeat(size / 6)],
  ["%25 and 3D", (size) => "?a=" + "%25".repeat(size / 3) + "3D%3D"],
  ["a=%3D%3D", (size) => "?a=" + "a%3D".repeat(size / 4)],
];
test("Redactor.text() of prose is linear in hostile texts", () => {
  const redactor = new Redactor();
  for (const [name, make] of HURTFUL) {
    growsLinearly(`text() of ${name}`, (size) => redactor.text(make(size)), 20_000);
  }
});
