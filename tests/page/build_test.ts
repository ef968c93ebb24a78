import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { build, moduleOf, thirdParty } from "../../console/build.ts";
import { answerPage } from "../../src/console/document.ts";
import { PAGE, SCRIPT_HASH, STYLE_HASH } from "../../src/console/page.ts";
import { HANG_MS } from "../tool.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("The page is what its sources build, byte for byte", { timeout: HANG_MS }, () => {
  const built = build();
  const committed = readFileSync(join(root, "src/console/page.ts"), "utf8");
  assert.ok(moduleOf(built) === committed, "run `deno task console`, and commit what it writes");
  const licences = readFileSync(join(root, "LICENSE-third-party"), "utf8");
  assert.equal(thirdParty(), licences);
});

/** Today's size and a little room. */
const BUDGET_KB = 58;

test(`The page keeps within ${BUDGET_KB} KB, gzipped`, () => {
  const gzipped = gzipSync(PAGE, { level: 9 }).length;
  assert.ok(gzipped <= BUDGET_KB * 1024, `${(gzipped / 1024).toFixed(1)} KB gzipped`);
});

test("The page is sent packed to whoever takes that, and the same to others", async () => {
  const of = (headers: HeadersInit) =>
    answerPage(new Request("http://localhost/telltale/", { headers }));
  const packed = await of({ "accept-encoding": "gzip, br" });
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  assert.equal(packed.headers.get("vary"), "accept-encoding");
  const bytes = new Uint8Array(await packed.arrayBuffer());
  assert.ok(bytes.length <= 1.02 * BUDGET_KB * 1024, `${bytes.length} bytes`);
  assert.ok(gunzipSync(bytes).toString() === PAGE);
  const plain = await of({});
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.ok(await plain.text() === PAGE);
});

test("The page's policy names its one script and its one style", () => {
  for (const hash of [SCRIPT_HASH, STYLE_HASH]) {
    assert.match(hash, /^sha256-[A-Za-z0-9+/]{43}=$/);
    assert.ok(PAGE.includes(`'${hash}'`));
  }
  assert.equal(PAGE.match(/^<script\b/gm)?.length, 1);
  assert.equal(PAGE.match(/^<style\b/gm)?.length, 1);
});

test("The page names what it contains, with licences", () => {
  for (
    const text of ["preact 11.2.0", "@preact/signals-core 1.14.5", "Permission is hereby granted"]
  ) {
    assert.ok(PAGE.includes(text), text);
    assert.ok(thirdParty().includes(text), text);
  }
});

/** What would put text of telemetry where it is read as markup or code, or needs a looser policy. */
const FORBIDDEN = [
  /innerHTML|outerHTML|insertAdjacentHTML|document\.write|DOMParser|createContextualFragment/,
  /dangerouslySetInnerHTML|srcdoc/,
  /\beval\b|new Function|javascript:|import\(/,
  /\bstyle=["']|setAttribute\(["'](?:style|on)/,
  /document\.cookie|window\.open|\blocation\s*=[^=]/,
];

test("The page's sources have no way from text to markup or code", () => {
  const files = readdirSync(join(root, "console"), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path) && path !== "build.ts");
  assert.ok(files.length > 30);
  const found = files.flatMap((path) => {
    const source = readFileSync(join(root, "console", path), "utf8");
    return FORBIDDEN.filter((pattern) => pattern.test(source)).map((pattern) =>
      `${path}: ${pattern}`
    );
  });
  assert.deepEqual(found, []);
});
