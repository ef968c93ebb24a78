import assert from "node:assert/strict";
import { test } from "node:test";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import { telltale } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { Exposures } from "../../src/flags/exposures.ts";

function setUp(exposures = {}) {
  const clock = new ManualClock();
  const t = telltale({
    service: "shop",
    log: { level: "debug", sinks: [] },
    clock,
    flags: { exposures },
  });
  const flags = t.flags.define({
    new_checkout: { default: false, version: "7", rollout: { percentage: 50, by: "user_id" } },
    color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
  });
  return { t, flags, clock };
}

/** The two sides of the rollout. */
const ON = { user_id: "u-3" }, OFF = { user_id: "u-1" };

const evaluations = (t: ReturnType<typeof telltale>) =>
  [...t.log.ring].filter(({ message }) => message === "flag evaluated").map(({ fields }) => fields);

async function samples(t: ReturnType<typeof telltale>, name: string): Promise<string[]> {
  const text = await (await t.metrics.scrape()).text();
  return text.split("\n").filter((line) => line.startsWith(`${name}{`)).sort();
}

test("A request's row and span say which variants it was given", async () => {
  const { t, flags } = setUp();
  const handler = t.instrument((request) => {
    const user_id = request.headers.get("x-user")!;
    flags.string("color");
    return new Response(String(flags.boolean("new_checkout", { user_id })));
  });
  for (const { user_id } of [ON, OFF]) {
    await handler(new Request("http://localhost/", { headers: { "x-user": user_id } }));
  }
  const rows = [...t.events!].map((row) => [row["flag.new_checkout"], row["flag.color"]]);
  assert.deepEqual(rows, [["on", "blue"], ["off", "blue"]]);
  const spans = t.tracer.finished.since(0).map(({ attributes }) => attributes["flag.new_checkout"]);
  assert.deepEqual(spans, ["on", "off"]);
  await t.shutdown();
});

test("Evaluations are counted by flag, variant and reason, never by user", async () => {
  const { t, flags } = setUp();
  for (let i = 0; i < 1000; i++) flags.boolean("new_checkout", { user_id: `u-${i}` });
  flags.boolean("new_checkout");
  flags.string("new_checkout" as never);
  for (let i = 0; i < 500; i++) t.flags.boolean(`unknown-${i}`);
  const lines = await samples(t, "feature_flag_evaluations_total");
  const known = lines.filter((line) => line.includes("new_checkout"))
    .map((line) => line.replace(/^\w+/, ""));
  const on = Number(/"on".* (\d+)/.exec(known.join("\n"))![1]);
  assert.deepEqual(known, [
    '{flag="new_checkout",variant="",reason="error"} 1',
    '{flag="new_checkout",variant="off",reason="error"} 1',
    `{flag="new_checkout",variant="off",reason="split"} ${1000 - on}`,
    `{flag="new_checkout",variant="on",reason="split"} ${on}`,
  ]);
  assert.equal(lines.length - known.length, 101, "100 by name, the others together");
  assert.ok(
    lines.includes('feature_flag_evaluations_total{flag="(other)",variant="",reason="error"} 400'),
  );
  await t.shutdown();
});

test("The first evaluation of a subject is an event by the semantic conventions", async () => {
  const { t, flags } = setUp();
  for (let i = 0; i < 3; i++) {
    flags.boolean("new_checkout", ON);
    flags.boolean("new_checkout", OFF);
  }
  flags.boolean("new_checkout");
  const base = {
    "event.name": conventions.EVENT_FEATURE_FLAG_EVALUATION,
    [conventions.ATTR_FEATURE_FLAG_KEY]: "new_checkout",
    [conventions.ATTR_FEATURE_FLAG_PROVIDER_NAME]: "telltale",
    [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]:
      conventions.FEATURE_FLAG_RESULT_REASON_VALUE_SPLIT,
    [conventions.ATTR_FEATURE_FLAG_VERSION]: "7",
  };
  const variant = conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT;
  const id = conventions.ATTR_FEATURE_FLAG_CONTEXT_ID;
  assert.deepEqual(evaluations(t), [
    { ...base, [variant]: "on", [id]: "u-3" },
    { ...base, [variant]: "off", [id]: "u-1" },
    {
      ...base,
      [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]:
        conventions.FEATURE_FLAG_RESULT_REASON_VALUE_ERROR,
      [variant]: "off",
      "error.type": "targeting_key_missing",
      [conventions.ATTR_FEATURE_FLAG_ERROR_MESSAGE]:
        "The context has no user_id, by which the rollout is split",
    },
  ]);
  assert.deepEqual(await samples(t, "feature_flag_exposures_total"), [
    'feature_flag_exposures_total{flag="new_checkout",variant="off"} 2',
    'feature_flag_exposures_total{flag="new_checkout",variant="on"} 1',
  ]);
  await t.shutdown();
});

test("A subject that gets another variant is exposed again; with repeat, each evaluation is told", async () => {
  const { t, flags } = setUp();
  flags.string("color");
  flags.set("color", { default: "red" });
  flags.string("color");
  flags.string("color");
  const told = evaluations(t).map((fields) => fields["feature_flag.result.variant"]);
  assert.deepEqual(told, ["blue", "red"]);
  await t.shutdown();
  const every = setUp({ repeat: true, level: "debug" });
  every.flags.string("color");
  every.flags.string("color");
  assert.equal(evaluations(every.t).length, 2);
  assert.equal([...every.t.log.ring].at(-1)!.level, "debug");
  await every.t.shutdown();
  const shown = setUp({ level: "info" });
  shown.flags.string("color");
  assert.equal([...shown.t.log.ring].at(-1)!.level, "info");
  await shown.t.shutdown();
  const off = setUp({ level: "off" });
  off.flags.string("color");
  assert.equal(evaluations(off.t).length, 0);
  await off.t.shutdown();
});

test("The log of production has no line for each user: exposures are counted only", async () => {
  const t = telltale({ service: "shop", log: { sinks: [] } });
  const flags = t.flags.define({ color: { default: true, rollout: { percentage: 50, by: "id" } } });
  for (let i = 0; i < 100; i++) flags.boolean("color", { id: `u-${i}` });
  assert.deepEqual([...t.log.ring], []);
  const counts = await samples(t, "feature_flag_exposures_total");
  assert.equal(counts.reduce((sum, line) => sum + Number(line.split(" ")[1]), 0), 100);
  await t.shutdown();
});

test("A change is a mark in the log, among the rows and in a counter; what code defines is not", async () => {
  const { t, flags } = setUp();
  assert.equal(t.events!.next, 0);
  flags.set("color", { default: "red" });
  const marked = { flag: "color", change: "changed", by: "set" };
  const line = [...t.log.ring].find(({ message }) => message === "flag changed");
  assert.deepEqual(line?.fields, marked);
  assert.deepEqual([...t.events!], [
    { time: Date.UTC(2026, 0, 1), job: "flag changed", ...marked },
  ]);
  assert.deepEqual(await samples(t, "feature_flag_changes_total"), [
    'feature_flag_changes_total{flag="color",by="set"} 1',
  ]);
  await t.shutdown();
});

test("usage() times the work of a feature and records its result, once", async () => {
  const { t, flags, clock } = setUp();
  await t.event("checkout", () => {
    const usage = flags.usage("new_checkout", ON);
    assert.deepEqual([usage.value, usage.variant], [true, "on"]);
    clock.advance(250);
    usage.result("declined");
    usage.result("paid");
    usage[Symbol.dispose]();
    clock.advance(250);
    usage[Symbol.dispose]();
  });
  const [row] = [...t.events!];
  assert.deepEqual(
    [row!["flag.new_checkout"], row!["flag.new_checkout.ms"], row!["flag.new_checkout.result"]],
    ["on", 250, "paid"],
  );
  assert.deepEqual(
    (await samples(t, "feature_flag_usage_duration_seconds_sum")).concat(
      await samples(t, "feature_flag_usage_duration_seconds_count"),
    ),
    [
      'feature_flag_usage_duration_seconds_sum{flag="new_checkout",variant="on",result="paid"} 0.25',
      'feature_flag_usage_duration_seconds_count{flag="new_checkout",variant="on",result="paid"} 1',
    ],
  );
  await t.shutdown();
});

test("What can't be reported changes no evaluation", async () => {
  const t = telltale({ service: "shop", log: { sinks: [] } });
  t.faults.listener = undefined;
  t.metrics.gauge("feature_flag_evaluations_total", "The application's own");
  const flags = t.flags.define({ a: { default: true } });
  assert.deepEqual(flags.details("a"), { value: true, variant: "on", reason: "STATIC" });
  assert.equal(t.flags.boolean("nope", {}, true), true);
  assert.equal(t.faults.counts().get("flag observation"), 2);
  await t.shutdown();
});

test("telltale() refuses options of flags that can't work", () => {
  const flags = (options: unknown) => () => telltale({ flags: options as object });
  assert.throws(flags({ exposure: {} }), {
    message: 'Cannot set up flags: unknown option "exposure", did you mean "exposures"?',
  });
  assert.throws(
    flags({ exposures: { maxSubjects: 0 } }),
    /maxSubjects must be a whole number from 2/,
  );
  assert.throws(flags([]), /flags|options must be an object, got array/);
});

test("A flag with a long key has a field in the row, too", async () => {
  const { t } = setUp(), key = "x".repeat(200);
  t.flags.define({ [key]: { default: true } });
  await t.event("job", () => t.flags.boolean(key));
  assert.equal([...t.events!][0]![`flag.${key}`.slice(0, 64)], "on");
  const { variants } = await t.flags.effect(key);
  assert.deepEqual(variants.map(({ requests }) => requests), [1]);
  await t.shutdown();
});

test("Exposures remembers about as many subjects as it may, and the newest of them", () => {
  const exposures = new Exposures(100), a = exposures.of("a"), b = exposures.of("b");
  let most = 0;
  for (let i = 0; i < 10_000; i++) {
    assert.ok(exposures.isFirst(a, `u-${i}`, "on"));
    // Who is seen again and again is never forgotten.
    assert.equal(exposures.isFirst(b, "regular", "on"), i === 0);
    most = Math.max(most, exposures.size);
  }
  assert.ok(most <= 101, `${most}`);
  assert.equal(exposures.isFirst(a, "u-9999", "on"), false);
  assert.equal(exposures.isFirst(a, "u-0", "on"), true);
  const long = "x".repeat(100_000);
  assert.equal(exposures.isFirst(a, long, "on"), true);
  assert.equal(exposures.isFirst(a, long, "on"), false);
});

test("Subjects of flags that nobody evaluates any more are forgotten like the others", () => {
  const exposures = new Exposures(100), sights = [];
  for (let flag = 0; flag < 10_500; flag++) {
    const sight = exposures.of(`flag-${flag}`);
    if (flag % 500 === 0) sights.push(sight);
    for (let i = 0; i < 10; i++) assert.ok(exposures.isFirst(sight, `u-${i}`, "on"));
  }
  assert.ok(exposures.size <= 100, `${exposures.size}`);
  for (const { young, old } of sights) assert.equal(young.size + old.size, 0);
  // The first ones had to make room; with a subject they are back.
  const [first] = sights;
  assert.notEqual(exposures.of("flag-0"), first);
  for (let i = 0; i < 1000; i++) assert.ok(exposures.isFirst(first!, `u-${i}`, "on"));
  assert.equal(exposures.of("flag-0"), first);
  assert.ok(first!.young.size + first!.old.size <= 100);
});
