import { deepEqual, equal, match } from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { skipWhen } from "../tool.ts";

const folder = fileURLToPath(new URL("./api_1_10/", import.meta.url));

const ALL = { traces: true, metrics: true, logs: true, notes: [] };
const SAID = {
  spans: ["1.10", "1.9"],
  logs: ["api.logs", "api-logs"],
  correlated: true,
  metrics: ["calls_total"],
  headers: ["traceparent"],
};
const NOTHING = { spans: [], logs: [], correlated: true, metrics: [], headers: [] };

test("the bridge with @opentelemetry/api 1.10, its log API and libraries of SDK 3.1", {
  skip: skipWhen(runtime.name === "node", "its program runs on Deno and Bun") ||
    skipWhen(
      runtime.name === "bun" && !existsSync(`${folder}node_modules`),
      "`deno install` in tests/bridge/api_1_10 has not been run",
    ),
}, async () => {
  const args = runtime.name === "bun" ? ["program.ts"] : ["run", "-A", "--no-check", "program.ts"];
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: folder });
  const results = JSON.parse(stdout);
  for (const how of ["both copies", "api alone", "api for both", "symbols"]) {
    const { first, again, during, after, isGone, anew, later } = results[how];
    deepEqual([first, again, anew], [ALL, ALL, ALL], how);
    deepEqual([during, later], [SAID, SAID], how);
    deepEqual(after, NOTHING, how);
    equal(isGone, true, how);
  }
  const earlier = results["1.9 and its logs"];
  deepEqual([earlier.first, earlier.after], [ALL, NOTHING]);
  // A later copy does not look at what an earlier one has registered.
  deepEqual([earlier.during.spans, earlier.during.logs], [["1.9"], ["api-logs"]]);

  deepEqual(results.early, [["early"], ["early"]]);

  const { registration, during } = results.sdkLogs;
  deepEqual(
    [registration.traces, registration.metrics, registration.logs],
    [true, true, false],
  );
  match(registration.notes.join(), /^Log records .* go to the provider/);
  deepEqual(during, { ...SAID, logs: ["api-logs"] });
  equal(results.sdkLogsStay, true);

  const { notes, ...signals } = results.mixed.registration;
  deepEqual(signals, { traces: false, metrics: false, logs: false });
  equal(notes.length, 2);
  match(notes[0], /^An earlier version of @opentelemetry\/api/);
  match(notes[1], /^Metrics .* go to the provider/);

  const { notes: _, ...free } = results.later.registration;
  deepEqual(free, { traces: true, metrics: false, logs: true });
  deepEqual(results.later.during, { ...SAID, metrics: [] });
  deepEqual(results.laterStays, ["version", "metrics"]);

  deepEqual(results.libraries, {
    spans: ["continued", "ours again", "ours"],
    continued: ["a".repeat(32), "b".repeat(16)],
    header: `00-${"a".repeat(32)}`,
    theirParent: true,
    ourParent: true,
  });
});
