import assert from "node:assert/strict";
import { test } from "node:test";
import { levelName, LEVELS, LevelTable, parseLevel } from "../../src/log/record/level.ts";

test("LEVELS are OTLP's severity numbers", () => {
  assert.deepEqual(LEVELS, { trace: 1, debug: 5, info: 9, warn: 13, error: 17, fatal: 21 });
});

test("levelName() names the range of every severity", () => {
  const names = Array.from({ length: 24 }, (_, i) => levelName(i + 1));
  const each = ["trace", "debug", "info", "warn", "error", "fatal"];
  assert.deepEqual(names, each.flatMap((name) => [name, name, name, name]));
  assert.deepEqual([-5, 0, 25, 1000].map(levelName), ["trace", "trace", "fatal", "fatal"]);
});

test("parseLevel() reads what people write", () => {
  const table: Record<string, string | undefined> = {
    "info": "info",
    " WARN ": "warn",
    "Warning": "warn",
    "silent": "off",
    "none": "off",
    "critical": "fatal",
    "": undefined,
    "9": undefined,
    "constructor": undefined,
    "info,debug": undefined,
  };
  for (const [text, level] of Object.entries(table)) assert.equal(parseLevel(text), level, text);
});

test("LevelTable holds the six levels and the application's own", () => {
  const table = new LevelTable({ notice: 10, audit: 18 });
  assert.deepEqual(["notice", "info", "loud", "off"].map((name) => table.severity(name)), [
    10,
    9,
    undefined,
    undefined,
  ]);
  assert.deepEqual([10, 9, 18, Infinity].map((severity) => table.nameOf(severity)), [
    "notice",
    "info",
    "audit",
    "off",
  ]);
  assert.deepEqual([" NOTICE ", "Warning", "silent", "x"].map((text) => table.parse(text)), [
    10,
    13,
    Infinity,
    undefined,
  ]);
  assert.equal(table.threshold("off"), Infinity);
  assert.throws(() => table.threshold("loud"), {
    name: "RangeError",
    message:
      'Cannot log at level "loud": must be one of trace, debug, info, notice, warn, error, ' +
      "audit, fatal, off",
  });
});

test("new LevelTable() refuses malformed and taken levels", () => {
  const table: [Record<string, number>, string][] = [
    [
      { info: 10 },
      'Cannot make level "info": name must match ^[a-z][a-z0-9_]{0,31}$ and not be taken',
    ],
    [
      { "a b": 10 },
      'Cannot make level "a b": name must match ^[a-z][a-z0-9_]{0,31}$ and not be taken',
    ],
    [{ notice: 9 }, 'Cannot make level "notice": severity 9 is that of info'],
    [{ a: 10, b: 10 }, 'Cannot make level "b": severity 10 is that of a'],
    [
      { notice: 25 },
      'Cannot make level "notice": severity must be a whole number from 1 to 24, got 25',
    ],
    [
      { notice: 1.5 },
      'Cannot make level "notice": severity must be a whole number from 1 to 24, got 1.5',
    ],
  ];
  for (const [custom, message] of table) assert.throws(() => new LevelTable(custom), { message });
});
