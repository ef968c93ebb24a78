/** Links of the documents lead to files, and those files are in the package that its readers have. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { matchesGlob, posix } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));
const { publish: { include, exclude } } = JSON.parse(readFileSync(`${root}/deno.json`, "utf8"));

/** Whether the package has a file; of a folder, any. */
function isPublished(path: string): boolean {
  const isIn = (globs: readonly string[]) => globs.some((glob) => matchesGlob(path, glob));
  if (!path.endsWith("/")) return isIn(include) && !isIn(exclude);
  return readdirSync(`${root}/${path}`).some((name) => isPublished(path + name));
}

test("every link of README and docs leads to a file that the package has", () => {
  const pages = ["README.md", ...readdirSync(`${root}/docs`).map((name) => `docs/${name}`)];
  let count = 0;
  for (const page of pages.filter((path) => path.endsWith(".md"))) {
    const text = readFileSync(`${root}/${page}`, "utf8");
    for (const [, link] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
      if (/^\w+:/.test(link!)) continue;
      const path = posix.normalize(posix.join(posix.dirname(page), link!));
      assert.ok(existsSync(`${root}/${path}`), `${page}: ${link}`);
      assert.ok(isPublished(path), `${page}: ${link} is not published`);
      count++;
    }
  }
  assert.ok(count > 30, `${count} links`);
});
