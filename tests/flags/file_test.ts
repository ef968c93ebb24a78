import assert from "node:assert/strict";
import { mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { telltale } from "../../mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS } from "../tool.ts";

const folder = mkdtempSync(join(tmpdir(), "telltale-flags-"));
after(() => rmSync(folder, { recursive: true }));

function setUp() {
  const clock = new ManualClock();
  const t = telltale({ service: "shop", log: { sinks: [] }, clock });
  const flags = t.flags.define({
    color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
    limit: { default: 5 },
  });
  return { t, flags, clock };
}

/** Written as editors and Kubernetes do it: another file takes the place. */
function write(path: string, text: string): void {
  writeFileSync(`${path}.new`, text);
  renameSync(`${path}.new`, path);
}

const file = (flags: object) => JSON.stringify({ flags });
const red = { color: { default: "red", variants: { blue: "#00f", red: "#f00" } } };

const lines = (t: ReturnType<typeof telltale>) =>
  [...t.log.ring].filter(({ message }) => message.startsWith("flags ")).map(
    ({ level, message, fields }) => [level, message, { ...fields }] as const,
  );

test("A file is above code, is read when it changes, and leaves the last good flags when it is bad", async () => {
  const { t, flags } = setUp(), path = join(folder, "flags.json");
  write(path, file(red));
  const watched = await t.flags.watch(path);
  assert.equal(flags.string("color"), "#f00");
  assert.equal(flags.number("limit"), 5, "what the file has not is of code");
  assert.equal((await t.health.refresh()).components["flags flags.json"]?.status, "UP");

  write(path, '{ "flags": { "color"');
  await watched.refresh();
  await watched.refresh();
  assert.equal(flags.string("color"), "#f00");
  const health = await t.health.refresh();
  assert.equal(health.status, "UP", "the result of a check is valid for a second");
  assert.match(watched.error!, /JSON/);

  write(path, file({ ...red, limit: { default: "five" } }));
  await watched.refresh();
  assert.equal(
    watched.error,
    'Cannot load flag "limit": code defines it as a number, which callers rely on, got string',
  );
  assert.equal(flags.number("limit"), 5);

  write(path, file({ limit: { default: 7 } }));
  await watched.refresh();
  assert.equal(watched.error, undefined);
  assert.deepEqual([flags.string("color"), flags.number("limit")], ["#00f", 7], "swapped in whole");
  const told = lines(t), source = "flags.json";
  assert.deepEqual(told.map(([level, message]) => [level, message]), [
    ["info", "flags loaded"],
    ["warn", "flags not loaded, the last good ones stay"],
    ["warn", "flags not loaded, the last good ones stay"],
    ["info", "flags loaded"],
  ]);
  assert.deepEqual(told[0]![2], { source, flags: 1, changed: 1 });
  const marks = [...t.events!].map(({ flag, change, by }) => [flag, change, by]);
  assert.deepEqual(marks, [
    ["color", "changed", source],
    ["color", "changed", source],
    ["limit", "changed", source],
  ]);
  const page = await (await t.metrics.scrape()).text();
  assert.match(page, /feature_flag_loads_total\{source="flags.json",result="bad"\} 2\n/);
  assert.match(page, /feature_flag_loads_total\{source="flags.json",result="good"\} 2\n/);
  await t.shutdown();
});

test("Health is DEGRADED while a file is bad", async () => {
  const { t, clock } = setUp(), path = join(folder, "health.json");
  write(path, file({}));
  const watched = await t.flags.watch(path);
  await t.health.refresh();
  rmSync(path);
  await watched.refresh();
  clock.advance(2000);
  const { status, components } = await t.health.refresh();
  assert.equal(status, "DEGRADED");
  assert.match(
    components["flags health.json"]!.description!,
    /ENOENT.*; the last good flags are in force/s,
  );
  await watched.close();
  assert.equal(
    (await t.health.refresh()).status,
    "UP",
    "who no longer watches it, checks it no more",
  );
  await t.shutdown();
});

test(
  "A file is looked at by the clock, until the flags are closed",
  { timeout: HANG_MS },
  async () => {
    const { t, flags, clock } = setUp(), path = join(folder, "clock.json");
    write(path, file({}));
    await t.flags.watch(path, { everyMs: 500 });
    write(path, file(red));
    const changed = new Promise((resolve) => flags.onChange(resolve));
    clock.advance(499);
    assert.equal(flags.string("color"), "#00f");
    clock.advance(1);
    await changed;
    assert.equal(flags.string("color"), "#f00");
    await t.shutdown();
    assert.equal(clock.waiting, 0);
  },
);

test("A link to a folder that is changed, as Kubernetes mounts configuration, is followed", async () => {
  const { t, flags } = setUp(), path = join(folder, "..data", "flags.json");
  const one = mkdtempSync(join(folder, "one-")), two = mkdtempSync(join(folder, "two-"));
  writeFileSync(join(one, "flags.json"), file({ limit: { default: 1 } }));
  writeFileSync(join(two, "flags.json"), file({ limit: { default: 2 } }));
  symlinkSync(one, join(folder, "..data"));
  const watched = await t.flags.watch(path);
  assert.equal(flags.number("limit"), 1);
  symlinkSync(two, join(folder, "..next"));
  renameSync(join(folder, "..next"), join(folder, "..data"));
  await watched.refresh();
  assert.equal(flags.number("limit"), 2);
  await t.shutdown();
});

test("A change of run time stays above the file; one that the file has no room for is dropped and counted", async () => {
  const { t, flags } = setUp(), path = join(folder, "patch.json");
  write(path, file(red));
  const watched = await t.flags.watch(path);
  flags.set("color", { default: "blue" });
  write(path, file({ ...red, limit: { default: 9 } }));
  await watched.refresh();
  assert.deepEqual([flags.string("color"), flags.number("limit")], ["#00f", 9]);
  t.faults.listener = undefined;
  write(path, file({ color: { default: "x", variants: { x: "y" } } }));
  await watched.refresh();
  assert.equal(flags.string("color"), "y");
  assert.equal(t.faults.counts().get("flag change"), 1);
  await t.shutdown();
});

test("Files of the same name in two folders are two sources; one file is watched once", async () => {
  const { t, flags } = setUp();
  const one = join(mkdtempSync(join(folder, "a-")), "same.json");
  const two = join(mkdtempSync(join(folder, "b-")), "same.json");
  write(one, file(red));
  write(two, file({ limit: { default: 2 } }));
  const first = await t.flags.watch(one);
  await t.flags.watch(two);
  assert.deepEqual([flags.string("color"), flags.number("limit")], ["#f00", 2]);
  assert.deepEqual(Object.keys((await t.health.refresh()).components), [
    "flags same.json",
    `flags ${two}`,
  ]);
  await assert.rejects(t.flags.watch(one), { message: /is watched already$/ });
  await assert.rejects(t.flags.watch(two), {
    message: `Cannot watch flags: ${two} is watched already`,
  });
  await first.close();
  await t.flags.watch(one);
  await t.shutdown();
});

test("Of two files the one watched later is above, whichever is read first", async () => {
  const { t, flags } = setUp();
  const late = join(folder, "late.json"), early = join(folder, "early.json");
  write(early, file({ limit: { default: 2 } }));
  const first = await t.flags.watch(late, { required: false });
  await t.flags.watch(early);
  write(late, file({ limit: { default: 3 } }));
  await first.refresh();
  assert.deepEqual([first.error, flags.number("limit")], [undefined, 2]);
  await t.shutdown();
});

test("watch() rejects for a file that can't be used at first, unless it is not required", async () => {
  const { t } = setUp(), path = join(folder, "absent.json");
  await assert.rejects(t.flags.watch(path), {
    name: "TypeError",
    message: /^Cannot watch flags: .*absent.json can't be used: .*ENOENT/,
  });
  const watched = await t.flags.watch(path, { required: false });
  assert.match(watched.error!, /ENOENT/);
  write(path, file({ limit: { default: 3 } }));
  await watched.refresh();
  assert.equal(t.flags.number("limit"), 3);
  await watched.close();
  for (
    const [options, message] of [
      [
        { everyMs: 1 },
        "Cannot watch flags: everyMs must be a whole number from 10 to 2147483647, got 1",
      ],
      [{ every: 1 }, 'Cannot watch flags: unknown option "every", did you mean "everyMs"?'],
      [
        { format: "yaml" },
        'Cannot watch flags: format must be one of telltale, flagd, unleash, got "yaml"',
      ],
    ] as const
  ) await assert.rejects(t.flags.watch(path, options as object), { message });
  await assert.rejects(
    t.flags.load("x", { flag: {} }),
    /unknown option "flag", did you mean "flags"/,
  );
  await assert.rejects(t.flags.load("x", { flags: { a: { state: "ENABLED" } } }), {
    message: 'Cannot read flags: this is a file of flagd, which needs format: "flagd"',
  });
  await assert.rejects(t.flags.load("x", { version: 2, features: [] }), {
    message: 'Cannot read flags: this is a file of unleash, which needs format: "unleash"',
  });
  await assert.rejects(t.flags.load("x", "[]"), /options must be an object, got array/);
  await assert.rejects(
    t.flags.load("x", { flags: { a: { default: "a", rules: 5 } } }),
    /rules must be a list/,
  );
  await t.shutdown();
});
