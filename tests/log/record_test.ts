import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../src/log/logger.ts";
import { LogRecord } from "../../src/log/record/record.ts";

function record(): LogRecord {
  const log = new Logger({ level: "info", sinks: [], customLevels: { notice: 10 } });
  log.with({ component: "cart", order: 6 }).log("notice", "paid", { order: 7, total: 3 });
  return log.ring.at(0)!;
}

test("LogRecord has its severity, its level and all fields in the order of the output", () => {
  const { severity, level, fields } = record();
  assert.deepEqual([severity, level], [10, "notice"]);
  assert.deepEqual(Object.entries(fields), [["component", "cart"], ["order", 7], ["total", 3]]);
});

test("LogRecord as JSON has all fields, and knows its own", () => {
  const made = record();
  const { fields, level } = JSON.parse(JSON.stringify(made));
  assert.deepEqual([level, fields], ["notice", { component: "cart", order: 7, total: 3 }]);
  assert.deepEqual([made instanceof LogRecord, {} instanceof LogRecord], [true, false]);
});

test("a copy of a LogRecord compiles only with its fields", () => {
  const made = record();
  const copy: LogRecord = { ...made, message: "changed", fields: made.fields };
  assert.deepEqual(copy.fields, made.fields);
  // @ts-expect-error `fields` is a getter, which a spread leaves out.
  const without: LogRecord = { ...made, message: "changed" };
  assert.equal(without.fields, undefined);
});
