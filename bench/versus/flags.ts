/**
 * Flags beside the OpenFeature SDK with flagd's in-process provider, in one process, by turns: the same
 * flag, a rule and a rollout, for 1000 subjects that come back. Ours counts each evaluation and notes it in
 * the row of the request; theirs has no hook.
 *
 *     deno run -A bench/versus/flags.ts        bun bench/versus/flags.ts
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FlagdCore } from "@openfeature/flagd-core";
import { FlagdProvider } from "@openfeature/flagd-provider";
import { OpenFeature } from "@openfeature/server-sdk";
import { telltale } from "../../mod.ts";
import { TelltaleProvider } from "../../src/bridge/openfeature/mod.ts";
import { type Context, run } from "../../src/core/context.ts";
import { Tally } from "../../src/core/tally.ts";
import { measure, print, type Row } from "./rounds.ts";

const quiet = { error() {}, warn() {}, info() {}, debug() {} };
OpenFeature.setLogger(quiet);

const config = JSON.stringify({
  flags: {
    new_checkout: {
      state: "ENABLED",
      variants: { on: true, off: false },
      defaultVariant: "off",
      targeting: {
        if: [
          {
            and: [{ in: [{ var: "country" }, ["DE", "FR"]] }, {
              sem_ver: [{ var: "version" }, ">=", "2.0.0"],
            }],
          },
          "on",
          { fractional: [["on", 10], ["off", 90]] },
        ],
      },
    },
  },
});
const folder = mkdtempSync(join(tmpdir(), "telltale-bench-flags-"));
const path = join(folder, "flags.json");
writeFileSync(path, config);

const t = telltale({ service: "bench", log: { sinks: [] } });
const flags = t.flags.define({
  new_checkout: {
    default: false,
    rules: [{ when: { country: ["DE", "FR"], version: { semver: ">=2.0.0" } }, serve: true }],
    rollout: { percentage: 10 },
  },
});
const other = telltale({ service: "bench", log: { sinks: [] } });
await other.flags.load("flags.json", config, { format: "flagd" });
await OpenFeature.setProviderAndWait(
  "flagd",
  new FlagdProvider({ resolverType: "in-process", offlineFlagSourcePath: path }, quiet),
);
await OpenFeature.setProviderAndWait("ours", new TelltaleProvider(other));
const theirs = OpenFeature.getClient("flagd"), ours = OpenFeature.getClient("ours");
const core = new FlagdCore(undefined, quiet);
core.setConfigurations(config);

const contexts = Array.from({ length: 1000 }, (_, i) => ({
  targetingKey: `user-${i}`,
  country: i % 4 === 0 ? "DE" : "AT",
  version: i % 8 === 0 ? "2.1.0" : "1.9.0",
}));
let i = 0;
const next = () => contexts[i++ % contexts.length]!;
for (const context of contexts) {
  const answer = await theirs.getBooleanValue("new_checkout", false, context);
  if (other.flags.boolean("new_checkout", context) !== answer) throw new Error("They disagree");
}

const request: Context = {
  traceId: "",
  spanId: "",
  flags: 0,
  tracestate: "",
  requestId: "",
  tally: new Tally(),
};
const rival = "OpenFeature, flagd in process";
const byUs = () => flags.boolean("new_checkout", next());
const byThem = () => theirs.getBooleanValue("new_checkout", false, next());
const rows: Row[] = [
  { work: "a boolean", ours: byUs, rival, theirs: byThem, target: 5, maxNs: 300 },
  {
    work: "of flagd's file",
    ours: () => other.flags.boolean("new_checkout", next()),
    rival: "flagd-core alone",
    theirs: () => core.resolveBooleanEvaluation("new_checkout", false, next()),
  },
  {
    work: "by way of the SDK",
    ours: () => ours.getBooleanValue("new_checkout", false, next()),
    rival,
    theirs: byThem,
  },
];

const results = [];
for (const row of rows) results.push(await measure(row));
print("Flags", results);
print("Flags in a request", [await run(request, () => measure(rows[0]!))]);
await OpenFeature.close();
await t.shutdown();
await other.shutdown();
rmSync(folder, { recursive: true });
process.exit(0);
