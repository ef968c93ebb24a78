import { deepEqual } from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const TESTS = fileURLToPath(new URL("..", import.meta.url));

/** Where the time that something took may be asked for, and why no verdict is too strict by it. */
const ALLOWED: Record<string, string> = {
  "ok.ts": "prints the time, and judges nothing",
  "peers/soak.ts": "prints the time of a long run, and is no test",
  "profile/cpu_profile_test.ts": "sleeps for as long as it worked, and judges shares",
  "run.ts": "prints the time, and judges nothing",
  "serve/life.ts": "asks for at least so long, which a slow machine keeps too",
};

test("No verdict of a test hangs on the time that the machine took", () => {
  const files = readdirSync(TESTS, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".ts") && !name.includes("node_modules/"));
  const took = /performance\.now\(\)\s*-\s*\w*(?:start|began)/;
  const found = files.filter((name) => took.test(readFileSync(TESTS + name, "utf8")));
  deepEqual(found.sort(), Object.keys(ALLOWED));
});
