import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { OtlpQueues } from "../../src/export/otlp/queues.ts";
import { OtlpSender } from "../../src/export/otlp/sender.ts";
import { type OtlpSettings, otlpSettings } from "../../src/export/otlp/settings.ts";
import { until } from "../e2e/wait.ts";
import { ManualClock } from "../manual_clock.ts";
import { Receiver } from "./receiver.ts";
import { spanRecord } from "./span_record.ts";

const SPAN = spanRecord("a");

function settingsOf(maxItems: number): OtlpSettings {
  const options = { endpoint: "http://receiver:4318", logs: false, traces: { maxItems } } as const;
  return otlpSettings(options, new Faults(), () => undefined, () => true)!;
}

function open(maxItems: number): OtlpQueues {
  return new OtlpQueues(settingsOf(maxItems), new ManualClock());
}

function counts(queues: OtlpQueues) {
  const { dropped, ...rest } = queues.counts("traces")!;
  return { ...rest, dropped: Object.fromEntries(dropped) };
}

test("OtlpQueues keep what fits in count and bytes, and count the rest", () => {
  const queues = open(3);
  for (let i = 0; i < 4; i++) queues.traces!.add(SPAN);
  const empty = { exported: 0, inFlight: 0, capacity: 3 };
  const full = { ...empty, accepted: 4, queued: 3, dropped: { queue_full: 1 } };
  assert.deepEqual(counts(queues), full);
  assert.deepEqual([queues.counts("logs"), queues.counts("metrics")], [undefined, undefined]);

  const large = open(3);
  large.traces!.add({ record: () => SPAN, size: 16 * 1024 * 1024 });
  large.traces!.add(SPAN);
  assert.deepEqual(counts(large).dropped, { queue_full: 1 });
});

test("OtlpQueues without a sender drop what they hold and what follows", () => {
  const queues = open(3);
  queues.traces!.add(SPAN);
  queues.close();
  queues.traces!.add(SPAN);
  assert.deepEqual(counts(queues), {
    accepted: 2,
    exported: 0,
    queued: 0,
    inFlight: 0,
    capacity: 3,
    dropped: { shutdown: 2 },
  });
});

for (
  const [due, maxItems] of [["the first has waited long enough", 9], ["they are full", 2]] as const
) {
  test(`OtlpSender sends what waits in queues because ${due}, although it is made later`, async () => {
    const settings = settingsOf(maxItems), clock = new ManualClock(), receiver = new Receiver();
    const queues = new OtlpQueues(settings, clock), { fetch } = receiver;
    for (const name of ["a", "b"]) queues.traces!.add(spanRecord(name));
    clock.advance(settings.traces!.delayMs); // The call that is due goes to nobody.
    const parts = { settings, queues, resource: {}, clock, faults: new Faults(), fetch };
    const sender = new OtlpSender(parts);
    await until("the spans", () => sender.counts("traces")!.exported === 2);
    assert.deepEqual(receiver.spanNames, ["a", "b"]);
    sender.close();
    assert.equal(clock.waiting, 0);
  });
}
