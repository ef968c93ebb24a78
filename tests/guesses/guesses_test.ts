import assert from "node:assert/strict";
import { test } from "node:test";
import { HANG_MS } from "../tool.ts";
import type { Guessed } from "./guess.ts";
import { HONO, OTEL } from "./libraries.ts";
import { CLIENT_PYTHON, PROMETHEUS_2, PROMETHEUS_3, PROMTOOL } from "./pages.ts";
import { ALERTMANAGER, PPROF } from "./programs.ts";
import { COLLECTOR, PUSHGATEWAY, VICTORIALOGS, VICTORIAMETRICS } from "./stores.ts";

const ALL: readonly Guessed[] = [
  PROMETHEUS_3,
  PROMETHEUS_2,
  PUSHGATEWAY,
  VICTORIAMETRICS,
  VICTORIALOGS,
  COLLECTOR,
  ALERTMANAGER,
  CLIENT_PYTHON,
  PROMTOOL,
  PPROF,
  ...OTEL,
  HONO,
];

for (const { program, skip, guesses, ask } of ALL) {
  test(`what was guessed of ${program}, and what came`, { timeout: HANG_MS, skip }, async () => {
    assert.ok(guesses.length >= 10);
    const came = await ask();
    assert.deepEqual(
      guesses.map(([what], i) => [what, came[i]]),
      guesses.map(([what, , guess, found]) => [what, found ?? guess]),
    );
    // A note of what came otherwise is one that came otherwise.
    for (const [what, , guess, found] of guesses) assert.notEqual(found, guess, what);
  });
}
