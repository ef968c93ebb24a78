import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gunzipSync, gzipSync } from "node:zlib";
import { build, modulesOf, thirdParty } from "../../console/build.ts";
import { answerPage, answerPart } from "../../src/console/document.ts";
import { PAGE, SCRIPT_HASHES, STYLE_HASH } from "../../src/console/page/first.ts";
import { PARTS } from "../../src/console/page/parts.ts";
import { PATHS } from "../../src/console/paths.ts";
import { HANG_MS } from "../tool.ts";

const root = fileURLToPath(new URL("../..", import.meta.url));

test("The page is what its sources build, byte for byte", { timeout: HANG_MS }, () => {
  const built = modulesOf(build()), folder = join(root, "src/console/page");
  assert.deepEqual(readdirSync(folder).sort(), [...built.keys()].sort());
  for (const [name, text] of built) {
    const committed = readFileSync(join(folder, name), "utf8");
    assert.ok(text === committed, `${name}: run \`deno task console\`, and commit what it writes`);
  }
  const licences = readFileSync(join(root, "LICENSE-third-party"), "utf8");
  assert.equal(thirdParty(), licences);
});

/** What the first load may be, packed; it is 45 at most, and today's size and a little room. */
const BUDGET_KB = 36;

/** What each part may be, packed: today's size and a little room. */
const PART_BUDGETS_KB: Readonly<Record<string, number>> = {
  ask: 5,
  database: 1.6,
  findings: 2.3,
  flags: 1.8,
  health: 3,
  help: 1.2,
  logs: 4.2,
  metrics: 4.6,
  profiles: 5.6,
  runtime: 2.2,
  self: 1.8,
  session: 2.4,
  shared: 22.5,
  trace: 8.6,
  traces: 1.2,
};

function assertWithin(text: string, kb: number, name: string): void {
  const gzipped = gzipSync(text, { level: 9 }).length / 1024;
  assert.ok(gzipped <= kb, `${name}: ${gzipped.toFixed(1)} KB gzipped of ${kb}`);
}

test(`The page's first load keeps within ${BUDGET_KB} KB, gzipped`, () => {
  assertWithin(PAGE, BUDGET_KB, "the page");
});

test("Each part of the page keeps within its budget, and has a path", async () => {
  const names = Object.keys(PARTS).map((path) => path.replace(/\.js$/, ""));
  assert.deepEqual(names, Object.keys(PART_BUDGETS_KB));
  assert.deepEqual(
    PATHS.filter((path) => path.startsWith("part/")),
    names.map((name) => `part/${name}.js`),
  );
  for (const name of names) {
    assertWithin((await PARTS[`${name}.js`]!.load()).PART, PART_BUDGETS_KB[name]!, name);
  }
});

const asked = (path: string, headers: HeadersInit) =>
  new Request(`http://localhost/telltale/${path}`, { headers });

test("The page is sent packed to whoever takes that, and the same to others", async () => {
  const packed = await answerPage(asked("", { "accept-encoding": "gzip, br" }));
  assert.equal(packed.headers.get("content-encoding"), "gzip");
  assert.equal(packed.headers.get("vary"), "accept-encoding");
  const bytes = new Uint8Array(await packed.arrayBuffer());
  assert.ok(bytes.length <= 1.02 * BUDGET_KB * 1024, `${bytes.length} bytes`);
  assert.ok(gunzipSync(bytes).toString() === PAGE);
  const plain = await answerPage(asked("", {}));
  assert.equal(plain.headers.get("content-encoding"), null);
  assert.ok(await plain.text() === PAGE);
});

test("A part is kept by the browser under the hash of its text, and under no other address", async () => {
  for (const [name, { query, load } = { query: "" }] of Object.entries(PARTS)) {
    const { PART } = await load!();
    for (
      const [search, cache] of [[query, /immutable/], ["", /^no-store$/], [
        "old",
        /^no-store$/,
      ]] as const
    ) {
      const answer = await answerPart(name, asked(`part/${name}?${search}`, {}));
      assert.match(answer.headers.get("cache-control")!, cache);
      assert.match(answer.headers.get("content-type")!, /^text\/javascript/);
      assert.ok(await answer.text() === PART);
    }
    assert.ok(PAGE.includes(`part/${name}?${query}`), name);
    const packed = await answerPart(name, asked(`part/${name}`, { "accept-encoding": "gzip" }));
    assert.ok(gunzipSync(new Uint8Array(await packed.arrayBuffer())).toString() === PART);
  }
});

test("The page's policy names its scripts, its parts and its one style by their hashes, and nothing else", async () => {
  const hashOf = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
  const scripts = [...PAGE.matchAll(/<script[^>]*>([^]*?)<\/script>/g)].map(([, text]) => text!);
  assert.equal(scripts.length, 3);
  const parts = await Promise.all(Object.values(PARTS).map((part) => part!.load()));
  const hashes = [...scripts, ...parts.map(({ PART }) => PART)].map(hashOf);
  assert.deepEqual([...SCRIPT_HASHES].sort(), hashes.sort());
  const [, style] = /<style>([^]*?)<\/style>/.exec(PAGE)!;
  assert.equal(STYLE_HASH, hashOf(style!));
  const [, own] = /Content-Security-Policy" content="([^"]*)"/.exec(PAGE)!;
  const sent = (await answerPage(asked("", {}))).headers.get("content-security-policy")!;
  assert.equal(sent.replace("frame-ancestors 'none'; ", ""), own);
  const sources = /script-src ([^;]*)/.exec(sent)![1]!.split(" ");
  assert.deepEqual(sources, SCRIPT_HASHES.map((hash) => `'${hash}'`));
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
    .filter((path) => /\.tsx?$/.test(path) && !/^(?:build|bundle)\.ts$/.test(path));
  assert.ok(files.length > 30);
  const found = files.flatMap((path) => {
    let source = readFileSync(join(root, "console", path), "utf8");
    // The one place where scripts are loaded: its addresses come from the build.
    if (path === "part.ts") source = source.replace("import(BASE + places[name]!.url)", "");
    // Modules that are named for their types only.
    source = source.replaceAll("typeof import(", "");
    return FORBIDDEN.filter((pattern) => pattern.test(source)).map((pattern) =>
      `${path}: ${pattern}`
    );
  });
  assert.deepEqual(found, []);
});
