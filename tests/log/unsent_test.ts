import assert from "node:assert/strict";
import { test } from "node:test";
import { LevelTable } from "../../src/log/record/level.ts";
import { Logger } from "../../src/log/logger.ts";
import { Unsent } from "../../src/log/sink/unsent.ts";
import type { LogSink } from "../../src/log/sink/sink.ts";
import { ManualClock } from "../manual_clock.ts";

/** What is left of so many records by these sinks: what is said of each, and the numbers of lines. */
function make(...sinks: Partial<LogSink>[]) {
  const log = new Logger({ level: "info", sinks: [], clock: new ManualClock() });
  const all = sinks.map((sink) => ({ write() {}, ...sink }));
  const unsent = new Unsent(all, log.ring, new LevelTable());
  const read = () => {
    const lines = unsent.text("the log was closed").split("\n");
    assert.equal(lines.pop(), "");
    const said = lines.filter((line) => !line.startsWith("{"));
    return [said, lines.slice(said.length).map((line) => JSON.parse(line).i)];
  };
  let i = 0;
  const add = (count: number) => {
    while (count-- > 0) log.info("line", { i: i++ });
  };
  return { add, read };
}

const said = (lines: string, name: string) =>
  `telltale: ${lines} may be lost: ${name} had not taken all when the log was closed`;

test("Unsent shows the last lines, as many as the sink has in hand", () => {
  const { add, read } = make({ name: "slow", waiting: 1 });
  add(3);
  assert.deepEqual(read(), [[said("1 log line", "slow")], [2]]);
});

test("Unsent says nothing twice, and of later lines what is theirs", () => {
  const { add, read } = make({ waiting: 9 });
  assert.deepEqual(read(), [[], []]);
  add(2);
  assert.deepEqual(read(), [[said("9 log lines", "sink")], [0, 1]]);
  assert.deepEqual(read(), [[], []]);
  add(1);
  assert.deepEqual(read(), [[said("9 log lines", "sink")], [2]]);
});

test("Unsent shows 256 lines at most, and none when another sink has them", () => {
  const alone = make({ waiting: 1000 });
  alone.add(300);
  assert.deepEqual(alone.read()[1], Array.from({ length: 256 }, (_, i) => i + 44));
  const beside = make({ waiting: 1000 }, { waiting: 0 }, {});
  beside.add(300);
  assert.deepEqual(beside.read(), [[said("1000 log lines", "sink")], []]);
});
