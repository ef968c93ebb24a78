/** Cost of redaction per call: keys are always checked, paths and patterns only where some are set. */
import { BEARER_TOKENS, CARD_NUMBERS, EMAILS, JWTS, Logger } from "../../src/log/mod.ts";
import type { RedactOptions } from "../../src/log/mod.ts";

const patterns = [CARD_NUMBERS, BEARER_TOKENS, EMAILS, JWTS];
const cases: readonly [name: string, redact: RedactOptions][] = [
  ["no keys", { keys: [] }],
  ["default keys", {}],
  ["3 paths", { paths: ["user.email", "orders[*].card", "*.ssn"] }],
  ["4 patterns", { patterns }],
];

let n = 0;
for (const [name, redact] of cases) {
  const log = new Logger({ level: "info", sinks: [], redact });
  Deno.bench(`3 fields, ${name}`, { group: "fields", baseline: name === "no keys" }, () => {
    log.info("placing order", { order_id: n++, customer: "c-1024", express: true });
  });
  Deno.bench(`nested, ${name}`, { group: "nested", baseline: name === "no keys" }, () => {
    log.info("placing order", { user: { id: n++, email: "ada@example.org", roles: ["a", "b"] } });
  });
}

const usual = new Logger({ level: "info", sinks: [] });
for (
  const [name, text] of [
    ["6 characters", "c-1024"],
    ["50 characters", "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36"],
    ["a URL with 2 parameters", "/search?q=shoes&page=2"],
    ["a URL with a token", "/search?q=shoes&token=2"],
    ["JSON", '{"order":7,"customer":"c-1024"}'],
  ]
) {
  Deno.bench(`a text of ${name}`, { group: "text", baseline: name === "6 characters" }, () => {
    usual.info("searched", { n: n++, text });
  });
}

for (const by of ["replace", { hashKey: "pepper" }] as const) {
  const log = new Logger({ level: "info", sinks: [], redact: { by } });
  const name = by === "replace" ? "replaced" : "as its digest";
  Deno.bench(`a hidden value, ${name}`, { group: "hidden", baseline: by === "replace" }, () => {
    log.info("sign in", { password: `${n++}` });
  });
}
