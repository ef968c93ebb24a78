import assert from "node:assert/strict";
import { test } from "node:test";
import { Redactor } from "../../src/core/redact/redactor.ts";
import { DEFAULT_REDACTED_KEYS } from "../../src/core/redact/words.ts";

const HIDDEN = `
user_password newPassword db_password aws_secret_access_key githubToken stripeApiKey session sessionId
sid jwt cookies csrf_token x-auth-token dsn database_url cvv
card_number ssn pin otp PASSWORD Set-Cookie set_cookie apiKey
API-KEY _token_ connect.sid accesstoken clientsecret dbpassword passwords secrets
APIKey DBPassword X-CSRFToken tokenHash pinCode otp_code password2 PGPASSWORD
MYSQL_PWD user[password] cardNumber card_cvc cvv2 JSESSIONID PHPSESSID api_keys
private_key_pem csrftoken authTokens aws_session_token socialSecurityNumber
pass pw creds basicAuth Ocp-Apim-Subscription-Key licenseKey connStr recoveryCodes code_verifier
`;
const SHOWN = `
token_count passwordless pinned session_duration_ms max_tokens prompt_tokens author authority
tokens tokenizer session_count sessions secretary password_changed_at is_token_valid has_password
secret_name token_type token_endpoint cookie_consent cookies_enabled key primary_key keyboard
spin shipping opinion user_id card_type code status_code passenger
compass residue sidecar consider gen_ai.usage.input_tokens gen_ai.token.type aspnetcore.authorization.result password_check_result
gen_ai.server.time_to_first_token gen_ai.server.time_per_output_token costPerToken unexpected_token secret_arn 密码
nextToken page_token continuationToken nextPageToken credentialsMode password_reset_requested boarding_pass
`;

test("Redactor.hides() decides by the words of a key", () => {
  const redactor = new Redactor();
  for (const key of [...DEFAULT_REDACTED_KEYS, ...HIDDEN.trim().split(/\s+/)]) {
    for (let times = 0; times < 2; times++) assert.equal(redactor.hides(key), true, key);
    assert.equal(redactor.hidesAttribute(`app.${key}`), true, key);
  }
  const shown = SHOWN.trim().split(/\s+/);
  for (
    const key of [...shown, "", "/etc/passwd", "no password was given", "token,x"]
  ) {
    for (let times = 0; times < 2; times++) assert.equal(redactor.hides(key), false, key);
  }
});

test("Redactor.hides() hides additional keys, and shows excepted ones", () => {
  const redactor = new Redactor({
    alsoKeys: ["iban"],
    exceptKeys: ["session", "Session_Id", "pin"],
  });
  const answers = [
    "IBAN",
    "my_iban",
    "password",
    "session",
    "sessionId",
    "session.id",
    "user_session",
  ]
    .map((key) => redactor.hides(key));
  assert.deepEqual(answers, [true, false, true, false, false, true, true]);
  assert.deepEqual(
    ["app.pin", "app.iban", "db.password"].map((name) => redactor.hidesAttribute(name)),
    [false, true, true],
  );
  assert.equal(new Redactor({ keys: ["pin"], exceptKeys: ["PIN"] }).hides("pin"), false);
  assert.equal(new Redactor({ keys: [], alsoKeys: ["a"] }).hides("a"), true);
  const whole = new Redactor({ keys: [...DEFAULT_REDACTED_KEYS, "iban"] });
  assert.deepEqual(["Access_Token", "iban", "user_password"].map((key) => whole.hides(key)), [
    true,
    true,
    false,
  ]);
  assert.throws(() => new Redactor({ exceptKeys: [""] }), TypeError);
});

test("Redactor.hides() hides the given keys only", () => {
  const redactor = new Redactor({ keys: ["iban", "Čárka"] });
  assert.deepEqual(["IBAN", "password", "čÁrka"].map((key) => redactor.hides(key)), [
    true,
    false,
    true,
  ]);
  assert.equal(new Redactor({ keys: [] }).hides("password"), false);
});

test("Redactor.hides() decides the same after a flood of keys", () => {
  const redactor = new Redactor();
  for (let i = 0; i < 5000; i++) assert.equal(redactor.hides(`taken${i}n`), false);
  assert.equal(redactor.hides("token"), true);
});

test("new Redactor() refuses keys that can't match", () => {
  assert.throws(() => new Redactor({ keys: ["-_"] }), {
    name: "TypeError",
    message: 'Cannot redact: each key must be a non-empty string, got "-_"',
  });
  assert.throws(() => new Redactor({ keys: [5 as unknown as string] }), TypeError);
});

test("Redactor.hidesAttribute() decides the same again and after a flood of names", () => {
  const redactor = new Redactor({ paths: ["user.name"] });
  const names = ["http.request.header.authorization", "user.name", "user.names", "token.count"];
  const answers = () => names.map((name) => redactor.hidesAttribute(name));
  assert.deepEqual(answers(), [true, true, false, false]);
  for (let i = 0; i < 3000; i++) redactor.hidesAttribute(`user.taken${i}`);
  assert.deepEqual(answers(), [true, true, false, false]);
  assert.equal(redactor.hidesAttribute("x".repeat(300) + ".token"), true);
});
