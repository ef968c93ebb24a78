/** The page of messages has each message of the sources, and no other. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { tableUnder } from "./blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));

/** The sources without their comments, whose examples log too. */
function sources(): string {
  const files = readdirSync(`${ROOT}src`, { recursive: true, encoding: "utf8" });
  return files.filter((name) => name.endsWith(".ts") && !name.endsWith("console/page.ts"))
    .map((name) => readFileSync(`${ROOT}src/${name}`, "utf8").replace(/^\s*(?:\*|\/\/).*$/gm, ""))
    .join("\n");
}

function found(text: string, pattern: RegExp): string[] {
  return [...new Set([...text.matchAll(pattern)].map(([, message]) => message!))].sort();
}

function listed(heading: string): string[] {
  const page = readFileSync(`${ROOT}docs/errors.md`, "utf8");
  return tableUnder(page, heading).flatMap(([cell]) => found(cell!, /`([^`]+)`/g)).sort();
}

test("each place of a fault is told, and each that is told is one", () => {
  const places = found(sources(), /[fF]aults\??\.(?:record|guard)\(\s*"([^"]+)"/g);
  assert.ok(places.length > 50, `${places.length} places`);
  assert.deepEqual(listed("## Lines on standard error"), places);
});

test("each line that Telltale logs of itself is told, and each that is told is one", () => {
  const text = sources();
  const lines = found(text, /[lL]og(?:ger)?\??\.(?:warn|error|info)\(\s*"([^"]+)"/g);
  const written = found(text, /ogger\.write\(\s*[A-Z]+,\s*"([^"]+)"/g);
  const queries = found(text, /log\.write\(\s*[A-Z]+,\s*"([^"]+)"/g);
  // Of requests, whose message is chosen by how they ended.
  const ended = ["request aborted", "request failed"];
  for (const message of ended) assert.ok(text.includes(`message = "${message}"`), message);
  const all = new Set([...lines, ...written, ...queries, ...ended]);
  assert.deepEqual(listed("## Lines of the log"), [...all].sort());
});
