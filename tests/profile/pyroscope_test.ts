import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { Pyroscope, type PyroscopeOptions } from "../../src/export/push/mod.ts";
import { Profile } from "../../src/profile/mod.ts";
import { until } from "../e2e/wait.ts";
import { receiverWith } from "../export/push_receiver.ts";
import { ManualClock } from "../manual_clock.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS } from "../tool.ts";
import { burn } from "./load.ts";

const AT = Date.UTC(2026, 10, 28, 12);
const PROFILE = new Profile({
  kind: "cpu",
  types: [{ type: "samples", unit: "count" }, { type: "cpu", unit: "nanoseconds" }],
  periodType: { type: "cpu", unit: "nanoseconds" },
  period: 10_000_000,
  startMs: AT,
  durationMs: 2500,
  frames: [
    { name: "serve", file: "/a.ts", line: 3, startLine: 3 },
    { name: "find", file: "/b.ts", line: 9, startLine: 8 },
  ],
  stacks: [
    { frames: [1, 0], values: [3, 30_000_000], labels: { route: "/" } },
    { frames: [0], values: [1, 10_000_000] },
  ],
  comments: [],
});

/** A receiver that decodes what is pushed with pprof's own library. */
async function receiver() {
  const child = spawn(built("peers/ingest"), [], { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async () => (await lines.next()).value as string;
  const url = `http://127.0.0.1:${await next()}`;
  return {
    url,
    next: async () => JSON.parse(await next()),
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "close");
    },
  };
}

test("A profile that is pushed is decoded by pprof's library", {
  timeout: HANG_MS,
  skip: lackingBuilt("peers/ingest"),
}, async () => {
  await using there = await receiver();
  const labels = { env: "test", odd: "a,b=c}" };
  await using pyroscope = new Pyroscope({ url: `${there.url}/`, name: "orders", labels });
  pyroscope.add({ pprof: await PROFILE.pprof(), startMs: AT + 100, durationMs: 2500 });
  assert.deepEqual(await there.next(), {
    Query: {
      name: ["orders{env=test,odd=a_b_c_}"],
      from: [String(AT / 1000)],
      until: [String(AT / 1000 + 3)],
      format: ["pprof"],
      spyName: ["telltale"],
    },
    Types: ["samples/count", "cpu/nanoseconds"],
    Totals: [4, 40_000_000],
    Weights: { serve: 40_000_000, find: 30_000_000 },
    Error: "",
  });
  await pyroscope.flush();
  // What is no profile is refused, and not sent again.
  pyroscope.add({ pprof: new Uint8Array([1, 2, 3]), startMs: AT, durationMs: 1 });
  assert.notEqual((await there.next()).Error, "");
  await pyroscope.flush();
  assert.deepEqual(pyroscope.counts, { added: 2, pushed: 1, dropped: 1, queued: 0 });
});

test("What the profiler in the background keeps is pushed", {
  timeout: HANG_MS,
  skip: lackingBuilt("peers/ingest"),
}, async () => {
  await using there = await receiver();
  const clock = new ManualClock();
  await using t = telltale({
    service: "orders",
    clock,
    log: { sinks: [] },
    profile: { everyMs: 2000, durationMs: 1000, intervalMicros: 1000, push: { url: there.url } },
  });
  let isOver = false;
  const pushed = there.next().finally(() => isOver = true);
  await until("a push", () => {
    burn(30);
    clock.advance(500);
    return isOver;
  });
  const { Query, Types, Weights } = await pushed;
  assert.deepEqual(Query.name, ["orders"]);
  assert.deepEqual(Types, ["samples/count", "cpu/nanoseconds"]);
  assert.ok(Object.keys(Weights).length > 0);
  await until("the count", async () => {
    const page = await (await t.metrics.scrape()).text();
    return /^telltale_profiles_pushed_total\{result="pushed"\} [1-9]/m.test(page);
  });
});

test(
  "Pyroscope tries again, keeps few, and loses count of none",
  { timeout: HANG_MS },
  async () => {
    const answers = [new Response(null, { status: 503 }), new Response(null, { status: 200 })];
    const { requests, clock, options } = receiverWith(...answers);
    const pyroscope = new Pyroscope({ ...options, name: "orders", maxQueued: 2 });
    const pprof = new Uint8Array(1);
    for (let i = 0; i < 5; i++) {
      pyroscope.add({ pprof, startMs: AT, durationMs: 1 });
      const { added, pushed, dropped, queued } = pyroscope.counts;
      assert.equal(pushed + dropped + queued, added);
      assert.ok(queued <= 3);
    }
    let isOver = false;
    const closing = pyroscope.close().then(() => isOver = true);
    await until("the end", () => {
      clock.advance(100);
      return isOver;
    });
    await closing;
    assert.deepEqual(pyroscope.counts, { added: 5, pushed: 3, dropped: 2, queued: 0 });
    assert.equal(requests.length, 4);
    pyroscope.add({ pprof, startMs: AT, durationMs: 1 });
    assert.deepEqual(pyroscope.counts, { added: 6, pushed: 3, dropped: 3, queued: 0 });
  },
);

test("Pyroscope refuses options that it can't use", () => {
  const cases: readonly [object, RegExp][] = [
    [{ url: "ftp://a", name: "a" }, /^Cannot push to Pyroscope: url must be/],
    [{ url: "http://a", name: "" }, /: name must be a non-empty string without \{ and \}, got ""$/],
    [{ url: "http://a", name: "a{b}" }, /: name must be/],
    [{ url: "http://a", name: "a", labels: { "a-b": "x" } }, /: a label must match .*, got "a-b"$/],
    [
      { url: "http://a", name: "a", maxQueued: 0 },
      /: maxQueued must be a whole number from 1, got 0$/,
    ],
    [{ url: "http://a", name: "a", tenant: "x" }, /: unknown option "tenant"$/],
  ];
  for (const [options, message] of cases) {
    assert.throws(() => new Pyroscope(options as PyroscopeOptions), { message });
  }
});
