import assert from "node:assert/strict";
import { test } from "node:test";
import { gunzipSync } from "node:zlib";
import { Profile } from "../../src/profile/format/profile.ts";
import type { ProfileData } from "../../src/profile/sample/data.ts";
import { HANG_MS, lacking } from "../tool.ts";
import { pprof, withFiles } from "./pprof.ts";

const DATA: ProfileData = {
  kind: "cpu",
  types: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
  periodType: { type: "cpu", unit: "nanoseconds" },
  period: 10_000_000,
  startMs: Date.UTC(2026, 10, 28, 12),
  durationMs: 1500.25,
  frames: [
    { name: "serve", file: "/app/main.ts", line: 3, startLine: 3 },
    { name: "find", file: "/app/orders.ts", line: 12, startLine: 10 },
    { name: "find", file: "/app/orders.ts", line: 15, startLine: 10 },
    { name: "(garbage collector)", file: "", line: 0, startLine: 0 },
    { name: "größer; als\n", file: "https://x.example/ü.ts", line: 200, startLine: 199 },
  ],
  stacks: [
    { frames: [1, 0], values: [3, 30_000_000], labels: { route: "/orders" } },
    { frames: [1, 0], values: [1, 9_000_500], labels: { route: "/" } },
    { frames: [2, 0], values: [2, 21_000_000] },
    { frames: [3], values: [1, 10_000_000] },
    { frames: [4, 2, 0], values: [70_000, 9_007_199_254_740_991] },
  ],
  comments: ["runtime: deno 2.9.6"],
};

test("Profile.folded() has a line for each stack, the outermost function first", () => {
  assert.equal(
    new Profile(DATA).folded(),
    "(garbage collector) 10000\n" +
      "serve (main.ts:3);find (orders.ts:10) 60001\n" +
      "serve (main.ts:3);find (orders.ts:10);größer_ als_ (ü.ts:199) 9007199254741\n",
  );
});

test("Profile.speedscope() is a sampled profile of its schema", () => {
  const name = "cpu 2026-11-28T12:00:00.000Z";
  assert.deepEqual(JSON.parse(new Profile(DATA).speedscope()), {
    $schema: "https://www.speedscope.app/file-format-schema.json",
    shared: {
      frames: [
        { name: "serve", file: "/app/main.ts", line: 3 },
        { name: "find", file: "/app/orders.ts", line: 12 },
        { name: "find", file: "/app/orders.ts", line: 15 },
        { name: "(garbage collector)" },
        { name: "größer; als\n", file: "https://x.example/ü.ts", line: 200 },
      ],
    },
    profiles: [{
      type: "sampled",
      name,
      unit: "nanoseconds",
      startValue: 0,
      endValue: 9_007_199_254_740_991 + 70_000_500,
      samples: [[0, 1], [0, 1], [0, 2], [3], [0, 2, 4]],
      weights: [30_000_000, 9_000_500, 21_000_000, 10_000_000, 9_007_199_254_740_991],
    }],
    name,
    activeProfileIndex: 0,
    exporter: "telltale",
  });
});

test("Profile.total() sums a type", () => {
  const profile = new Profile({ ...DATA, stacks: DATA.stacks.slice(0, 4) });
  assert.equal(profile.total(), 70_000_500);
  assert.equal(profile.total("samples"), 7);
  assert.throws(() => profile.total("wall"), {
    name: "RangeError",
    message: 'Cannot sum profile: type must be one of samples, cpu, got "wall"',
  });
});

test("Profile.pprof() is read whole by `go tool pprof`", {
  timeout: HANG_MS,
  skip: lacking("go"),
}, async () => {
  const bytes = await new Profile(DATA).pprof();
  assert.deepEqual([...bytes.subarray(0, 2)], [0x1f, 0x8b]);
  await withFiles([bytes, gunzipSync(bytes)], async (gzipped, plain) => {
    const raw = await pprof("-raw", gzipped!);
    assert.equal(await pprof("-raw", plain!), raw);
    assert.equal(
      raw.replace(/^(Time: ).*$/m, "$1…"),
      [
        "Comment: runtime: deno 2.9.6",
        "PeriodType: cpu nanoseconds",
        "Period: 10000000",
        "Time: …",
        "Duration: 1.50",
        "Samples:",
        "samples/count cpu/nanoseconds[dflt]",
        "          3   30000000: 2 1 ",
        "                route:[/orders]",
        "          1    9000500: 2 1 ",
        "                route:[/]",
        "          2   21000000: 3 1 ",
        "          1   10000000: 4 ",
        "      70000 9007199254740991: 5 3 1 ",
        "Locations",
        "     1: 0x0 M=1 serve /app/main.ts:3:0 s=3",
        "     2: 0x0 M=1 find /app/orders.ts:12:0 s=10",
        "     3: 0x0 M=1 find /app/orders.ts:15:0 s=10",
        "     4: 0x0 M=1 (garbage collector) :0:0 s=0",
        "     5: 0x0 M=1 größer; als\n https://x.example/ü.ts:200:0 s=199",
        "Mappings",
        "1: 0x0/0x0/0x0 application  [FN][FL][LN]",
        "",
      ].join("\n"),
    );
    assert.match(
      await pprof("-top", "-tagfocus=route=/orders", "-unit=ms", gzipped!),
      /^ +30ms.* find$/m,
    );
    assert.match(await pprof("-tags", "-unit=ms", gzipped!), /route: Total 39ms/);
  });
});
