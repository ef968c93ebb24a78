import assert from "node:assert/strict";
import { test } from "node:test";
import { checkedSeverity, levelName, LEVELS, parseLevel } from "../../src/log/level.ts";

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

test("checkedSeverity() refuses what is no level", () => {
  assert.equal(checkedSeverity("off"), Infinity);
  assert.throws(() => checkedSeverity("loud" as "info"), {
    name: "RangeError",
    message:
      'Cannot log at level "loud": must be one of trace, debug, info, warn, error, fatal, off',
  });
});
