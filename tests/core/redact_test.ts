import assert from "node:assert/strict";
import { test } from "node:test";
import { DEFAULT_REDACTED_KEYS, Redactor } from "../../src/core/redact.ts";

test("Redactor.hides() matches whole keys, ignoring case, - and _", () => {
  const redactor = new Redactor();
  const hidden = [
    "password",
    "PASSWORD",
    "Set-Cookie",
    "set_cookie",
    "apiKey",
    "API-KEY",
    "_token_",
  ];
  const shown = ["", "passwords", "token_count", "cookies", "key", "author", "pass word", "密码"];
  for (const key of [...DEFAULT_REDACTED_KEYS, ...hidden]) {
    assert.equal(redactor.hides(key), true, key);
  }
  for (const key of shown) assert.equal(redactor.hides(key), false, key);
});

test("Redactor.hides() goes by the keys it was given", () => {
  const redactor = new Redactor({ keys: ["iban", "Čárka"] });
  assert.deepEqual(["IBAN", "password", "čÁrka"].map((key) => redactor.hides(key)), [
    true,
    false,
    true,
  ]);
  assert.equal(new Redactor({ keys: [] }).hides("password"), false);
});

test("Redactor.hides() answers the same after a flood of keys", () => {
  const redactor = new Redactor();
  for (let i = 0; i < 5000; i++) assert.equal(redactor.hides(`token${i}n`), false);
  assert.equal(redactor.hides("token"), true);
});

test("new Redactor() refuses keys that can't match", () => {
  assert.throws(() => new Redactor({ keys: ["-_"] }), {
    name: "TypeError",
    message: 'Cannot redact key "-_": must be a non-empty string',
  });
  assert.throws(() => new Redactor({ keys: [5 as unknown as string] }), TypeError);
});

test("Redactor.hidesAttribute() answers the same again and after a flood of names", () => {
  const redactor = new Redactor({ paths: ["user.name"] });
  const names = ["http.request.header.authorization", "user.name", "user.names", "token.count"];
  const answers = () => names.map((name) => redactor.hidesAttribute(name));
  assert.deepEqual(answers(), [true, true, false, false]);
  for (let i = 0; i < 3000; i++) redactor.hidesAttribute(`user.token${i}`);
  assert.deepEqual(answers(), [true, true, false, false]);
  assert.equal(redactor.hidesAttribute("x".repeat(300) + ".token"), true);
});
