import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { SlowQueries } from "../../src/db/query/slow.ts";
import { Logger } from "../../src/log/logger.ts";
import { ManualClock } from "../manual_clock.ts";

function setUp() {
  const clock = new ManualClock(), log = new Logger({ clock, sinks: [] });
  const faults = new Faults(() => {}), slow = new SlowQueries(log, clock, faults);
  const tell = (key: string, explain: () => readonly string[] | Promise<readonly string[]>) =>
    slow.tell(undefined, { "db.query.summary": key }, key, explain, 2);
  const plans = () => [...log.ring].map(({ fields }) => fields["db.query.plan"]);
  return { clock, faults, tell, plans };
}

test("SlowQueries asks for so many plans in a minute, and tells the others without", () => {
  const { clock, tell, plans } = setUp();
  for (const key of ["a", "b", "c"]) tell(key, () => [`SCAN ${key}`]);
  deepEqual(plans(), ["SCAN a", "SCAN b", undefined]);
  clock.advance(59_999);
  tell("a", () => ["SCAN a"]);
  equal(plans()[3], undefined);
  clock.advance(60_000);
  tell("a", () => ["SCAN a"]);
  equal(plans()[4], "SCAN a");
});

test("SlowQueries tells a query whose plan does not come", async () => {
  const { clock, faults, tell, plans } = setUp();
  tell("a", () => new Promise(() => {}));
  await Promise.resolve();
  deepEqual(plans(), []);
  clock.advance(2000);
  for (let n = 0; n < 5; n++) await Promise.resolve();
  deepEqual(plans(), [undefined]);
  equal(faults.counts().get("explain query"), 1);
});
