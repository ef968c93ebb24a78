/**
 * Cost of copying any value safely, beside `JSON.stringify`, which loses Map, Set and NaN, throws at
 * cycles and bigints, and has no bound.
 */
import { stringify } from "../../src/core/plain/json.ts";
import { plain } from "../../src/core/plain/plain.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";

const redactor = new Redactor();
const cases: Readonly<Record<string, unknown>> = {
  "an order": { id: 1, lines: [{ sku: "a", count: 2 }], paid: true, note: null },
  "100 rows": Array.from({ length: 100 }, (_, id) => ({ id, name: `n${id}`, price: id / 7 })),
  "headers by name": { host: "a.example", accept: "*/*", "user-agent": "curl/8.5.0" },
  "with a Map inside": { id: 1, tags: new Map([["a", 1]]), lines: [{ sku: "a", count: 2 }] },
};

let sum = 0;
for (const [name, value] of Object.entries(cases)) {
  const group = name;
  Deno.bench(`${name}, JSON.stringify`, { group, baseline: true }, () => {
    sum += JSON.stringify(value).length;
  });
  Deno.bench(`${name}, copied and encoded`, { group }, () => {
    sum += stringify(plain(value, redactor)).length;
  });
  Deno.bench(`${name}, copied`, { group }, () => {
    if (plain(value, redactor) === value) sum++;
  });
  Deno.bench(`${name}, copied by structuredClone`, { group }, () => {
    if (structuredClone(value) === value) sum++;
  });
}
