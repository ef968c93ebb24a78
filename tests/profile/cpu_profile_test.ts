import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { cpuProfile } from "../../src/profile/capture/cpu_profile.ts";
import { ProfileError } from "../../src/profile/capture/error.ts";
import { Inspector } from "../../src/profile/capture/inspector.ts";
import { Profile } from "../../src/profile/format/profile.ts";
import { ENGINE } from "../../src/profile/capture/recorder.ts";
import { HANG_MS, lacking, skipWhen } from "../tool.ts";
import { bound, profileOf, shares } from "./capture.ts";
import { burn } from "./load.ts";
import { pprof, rowsOf, withFiles } from "./pprof.ts";

const NAMES = ["burnThree", "burnOne"];

let shared: Promise<{ readonly profile: Profile; readonly within: number }> | undefined;

/** A profile of work that is split 3 to 1, for several tests; and how far shares may be off. */
function split(): NonNullable<typeof shared> {
  return shared ??= (async () => {
    // So that it is compiled before.
    burn(100);
    const profile = await profileOf(async () => {
      const beganMs = performance.now();
      burn(800);
      const workMs = performance.now() - beganMs;
      // Sleep, which is no work: as long as half of the work, on whatever machine this is.
      await new Promise((resolve) => setTimeout(resolve, workMs));
      burn(800);
    });
    return { profile, within: bound(0.75, profile.total("samples")) };
  })();
}

test(
  "A CPU profile of work that is split 3 to 1 has enough samples to tell",
  { timeout: HANG_MS },
  async () => {
    const { profile, within } = await split();
    assert.ok(profile.total("samples") > 100, String(profile.total("samples")));
    assert.ok(within < 0.22);
  },
);

test("A CPU profile of work that is split 3 to 1 gives each function its share", {
  timeout: HANG_MS,
}, async () => {
  const { profile, within } = await split();
  const [three, one] = shares(profile, NAMES);
  assert.ok(Math.abs(three! - 0.75) < within, `${three} of samples`);
  assert.ok(Math.abs(one! - 0.25) < within, `${one} of samples`);
});

test(
  "A CPU profile of work that is split 3 to 1 leaves out sleep",
  { timeout: HANG_MS },
  async () => {
    const { profile } = await split();
    const work = profile.data.stacks.filter(({ frames }) =>
      frames.some((at) => profile.data.frames[at]!.name === "burn") ||
      frames.some((at) => NAMES.includes(profile.data.frames[at]!.name))
    );
    const workNanos = work.reduce((sum, { values }) => sum + values[1]!, 0);
    const elsewhere = 1 - workNanos / profile.total();
    // Sleep alone would be a third; what is left is garbage collection, and the runtime's own work.
    assert.ok(elsewhere < 0.2, `${elsewhere} of the profile`);
    const names = new Set(profile.data.frames.map(({ name }) => name));
    const used = new Set(profile.data.stacks.flatMap(({ frames }) => frames));
    for (const [at, { name }] of profile.data.frames.entries()) {
      if (used.has(at)) assert.ok(name !== "(idle)" && name !== "(root)", name);
    }
    assert.ok(names.has("burnThree"));
  },
);

test("A CPU profile of work that is split 3 to 1 has the lines of the TypeScript source", {
  timeout: HANG_MS,
}, async () => {
  const { profile } = await split();
  const lineOf = (wanted: string) => profile.data.frames.find(({ name }) => name === wanted)!;
  const { file, startLine } = lineOf("burnThree");
  assert.match(file, /^\/.*\/tests\/profile\/load\.ts$/);
  assert.equal(startLine, 43);
  assert.equal(lineOf("burnOne").startLine, 74);
  const inKernel = profile.data.frames.filter(({ name }) => name === "kernel");
  for (const { line } of inKernel) assert.ok(line >= 8 && line <= 37, `line ${line}`);
});

test("A CPU profile of work that is split 3 to 1 is read by `go tool pprof`", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  const { profile, within } = await split();
  await withFiles([await profile.pprof()], async (path) => {
    const top = await pprof("-top", "-cum", "-nodefraction=0", "-unit=ms", path);
    const rows = rowsOf(top);
    const three = rows.get("burnThree")!.cum, one = rows.get("burnOne")!.cum;
    assert.ok(Math.abs(three / (three + one) - 0.75) < within, top);
    assert.match(top, /^Type: cpu$/m);

    const counted = rowsOf(await pprof("-top", "-sample_index=samples", "-nodefraction=0", path));
    const flat = [...counted.values()].reduce((sum, row) => sum + row.flat, 0);
    assert.equal(flat, profile.total("samples"));

    const peek = await pprof("-peek=^burnThree$", "-unit=ms", path);
    assert.match(peek, /\| burnThree\n/);

    const lines = await pprof("-top", "-cum", "-lines", "-nodefraction=0", path);
    assert.match(lines, /burnThree \/.*\/tests\/profile\/load\.ts:(4[3-9]|[567]\d)/);
    assert.match(await pprof("-raw", path), /M=1 burnOne .*load\.ts:\d+:0 s=74/);
  });
});

test("A CPU profile of work that is split 3 to 1 is compared with another by `-diff_base`", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  const { profile } = await split();
  const { data } = profile;
  const tripled = data.stacks.map((stack) =>
    stack.frames.some((at) => data.frames[at]!.name === "burnThree")
      ? { ...stack, values: stack.values.map((value) => 3 * value) }
      : stack
  );
  const more = new Profile({ ...data, stacks: tripled });
  const files = [await profile.pprof(), await more.pprof()];
  await withFiles(files, async (base, path) => {
    const options = ["-top", "-cum", "-nodefraction=0", "-unit=ms"];
    const before = rowsOf(await pprof(...options, base)).get("burnThree")!.cum;
    const rows = rowsOf(await pprof(...options, `-diff_base=${base}`, path));
    assert.ok(Math.abs(rows.get("burnThree")!.cum - 2 * before) < 0.1);
    assert.equal(rows.get("burnOne")?.cum ?? 0, 0);
  });
});

test("A second profile is refused while one is taken", { timeout: HANG_MS }, async () => {
  await profileOf(async () => {
    await assert.rejects(cpuProfile({ seconds: 1 }), (error) => {
      assert.ok(error instanceof ProfileError);
      assert.equal(error.reason, "busy");
      assert.equal(error.message, "Cannot profile: another cpu profile is being taken");
      return true;
    });
  });
  await profileOf(() => burn(10));
});

test("A profile is refused where somebody else has the only profiler", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "v8", "about an engine with one profiler for all"),
}, async () => {
  const other = await Inspector.connect();
  await other.post("Profiler.enable");
  await other.post("Profiler.start");
  await assert.rejects(cpuProfile({ seconds: 1 }), { name: "ProfileError", reason: "busy" });
  // The refusal leaves the other's profile alone.
  await other.post("Profiler.stop");

  // One that is stopped by somebody else says so.
  const stolen = profileOf(async () => {
    await other.post("Profiler.stop");
  });
  await assert.rejects(stolen, { name: "ProfileError", reason: "stopped" });
});

test("A profiler beside another one has its own samples", {
  timeout: HANG_MS,
  skip: skipWhen(ENGINE === "jsc", "about an engine with many profilers"),
}, async () => {
  const other = await Inspector.connect();
  await other.post("Profiler.enable");
  await other.post("Profiler.start");
  const profile = await profileOf(() => burn(200));
  const { profile: theirs } = await other.post<{ profile: { samples: number[] } }>("Profiler.stop");
  other.close();
  assert.ok(profile.total("samples") > 10);
  assert.ok(theirs.samples.length > 10);
});

test("A profile that is aborted rejects with the reason, and the next is taken", {
  timeout: HANG_MS,
}, async () => {
  const leaving = new AbortController();
  const aborted = profileOf(() => leaving.abort(new Error("left")), { signal: leaving.signal });
  await assert.rejects(aborted, { message: "left" });
  const at = AbortSignal.abort(new Error("never came"));
  await assert.rejects(cpuProfile({ seconds: 1, signal: at }), { message: "never came" });
  await profileOf(() => burn(10));
});

test("cpuProfile() refuses what it can't use", async () => {
  const cases: readonly [unknown, string][] = [
    [undefined, "Cannot profile CPU: seconds must be 0.01 to 300, got undefined"],
    [{}, "Cannot profile CPU: seconds must be 0.01 to 300, got undefined"],
    [{ seconds: 0 }, "Cannot profile CPU: seconds must be 0.01 to 300, got 0"],
    [{ seconds: 301 }, "Cannot profile CPU: seconds must be 0.01 to 300, got 301"],
    [
      { seconds: 1, intervalMicros: 10 },
      "Cannot profile CPU: intervalMicros must be a whole number from 100 to 1000000, got 10",
    ],
    [
      { seconds: 1, intervalMicro: 10 },
      'Cannot profile CPU: unknown option "intervalMicro", did you mean "intervalMicros"?',
    ],
    [{ seconds: 1, signal: {} }, "Cannot profile CPU: signal must be an AbortSignal, got object"],
  ];
  for (const [options, message] of cases) {
    await assert.rejects(cpuProfile(options as { seconds: number }), { message });
  }
});

test("Without permission a profile is refused at once, and nothing prompts", {
  timeout: HANG_MS,
  skip: skipWhen(!("Deno" in globalThis), "about Deno's permissions") || lacking("script"),
}, async () => {
  const mod = new URL("../../src/profile/mod.ts", import.meta.url).href;
  const program = `
    import { cpuProfile, heapProfile } from ${JSON.stringify(mod)};
    for (const take of [cpuProfile, heapProfile]) {
      try { await take({ seconds: 0.01 }); } catch (error) { console.log(error.reason, error.message); }
    }
  `;
  // On a terminal it could prompt.
  const command = `${process.execPath} run --no-check - <<'END'\n${program}\nEND`;
  const child = spawn("script", ["-qec", command, "/dev/null"]);
  const output = text(child.stdout);
  await once(child, "close");
  const lines = (await output).replaceAll("\r", "").trim().split("\n");
  assert.deepEqual(lines, [
    "permission Cannot profile: Deno must be run with --allow-sys, because no narrower permission " +
    "covers the inspector",
    "permission Cannot profile: Deno must be run with --allow-sys, because no narrower permission " +
    "covers the inspector",
  ]);
});
