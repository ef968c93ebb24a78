import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { WhenFull } from "../../src/log/sink/line_options.ts";
import { Faults } from "../../src/core/faults.ts";
import { FunctionSink, type FunctionSinkOptions } from "../../src/log/sink/function.ts";
import { Logger } from "../../src/log/logger.ts";
import { StreamSink } from "../../src/log/sink/stream.ts";
import { ManualClock } from "../manual_clock.ts";

/** A logger with a sink whose promises settle when the test says so. */
function make(options: FunctionSinkOptions = {}) {
  const clock = new ManualClock(), faults = new Faults();
  const seen: string[] = [], settle: ((error?: Error) => void)[] = [];
  const sink = new FunctionSink(({ message }) => {
    seen.push(message);
    return new Promise<void>((resolve, reject) => {
      settle.push((error) => error === undefined ? resolve() : reject(error));
    });
  }, { name: "slow", ...options });
  const log = new Logger({ level: "info", clock, faults, sinks: [sink] });
  const say = (...messages: string[]) => {
    for (const message of messages) log.info(message);
    clock.advance(10);
  };
  return { clock, faults, seen, settle, sink, log, say };
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

test("FunctionSink lets records wait while a promise is pending, in order", async () => {
  const { seen, settle, sink, log, say } = make();
  say("a", "b", "c");
  assert.deepEqual(seen, ["a"]);
  let flushed = false;
  const flush = log.flush().then(() => flushed = true);
  for (let i = 0; i < 3; i++) {
    assert.equal(flushed, false);
    settle[i]!();
    await turn();
  }
  await flush;
  assert.deepEqual(seen, ["a", "b", "c"]);
  assert.equal(sink.counts.written, 3);
});

const POLICIES: readonly [onFull: WhenFull, seen: string[], dropped: number][] = [
  ["drop-oldest", ["a", "d", "e"], 2],
  ["drop-newest", ["a", "b", "c"], 2],
  ["write-sync", ["a", "b", "c", "d", "e"], 0],
];

for (const [onFull, expected, dropped] of POLICIES) {
  test(`FunctionSink with a full queue: ${onFull}`, async () => {
    const { seen, settle, sink, faults, say } = make({ onFull, maxRecords: 2 });
    say("a", "b", "c", "d", "e");
    for (let i = 0; i < settle.length; i++) {
      settle[i]!();
      await turn();
    }
    const lines = seen.filter((message) => message !== "log sink fails");
    assert.deepEqual(lines, expected);
    assert.equal(sink.counts.droppedFull, dropped);
    assert.equal(faults.counts().get("log sink") ?? 0, dropped);
  });
}

test("FunctionSink that rejects and throws is counted, reported once a minute and still called", async () => {
  const { clock, seen, settle, sink, faults, log, say } = make();
  say("a", "b");
  settle[0]!(new Error("broken"));
  await turn();
  settle[1]!(new Error("broken again"));
  await turn();
  clock.advance(10);
  settle[2]!();
  await turn();
  assert.deepEqual(seen, ["a", "b", "log sink fails"]);
  assert.deepEqual(log.ring.at(2)!.fields, {
    sink: "slow",
    reason: "Error: broken",
    dropped: 1,
  });
  assert.deepEqual([sink.counts.written, sink.counts.droppedFailed], [1, 2]);
  assert.equal(faults.counts().get("log sink"), 2);
  clock.advance(60_000);
  say("c");
  settle[3]!(new Error("and again"));
  await turn();
  assert.equal(log.ring.at(log.ring.next - 1)!.message, "log sink fails");
});

test("Logger reports once a minute a sink of any kind that throws", () => {
  const clock = new ManualClock(), faults = new Faults();
  const broken = {
    name: "mine",
    write() {
      throw new RangeError("broken");
    },
  };
  const log = new Logger({ level: "info", clock, faults, sinks: [broken] });
  for (let second = 0; second < 120; second++) {
    log.info("line");
    clock.advance(1000);
  }
  const reports = log.ring.since(0).filter(({ message }) => message === "log sink fails");
  const fields = { sink: "mine", reason: "RangeError: broken", dropped: 0 };
  assert.deepEqual(reports.map((report) => report.fields), [fields, fields]);
  assert.equal(faults.counts().get("log sink"), 122);
});

test("FunctionSink.flushSync() calls without waiting: the process is ending", () => {
  const { seen, log, say } = make();
  say("a", "b");
  log.info("c");
  log.flushSync();
  assert.deepEqual(seen, ["a", "b", "c"]);
});

test("FunctionSink loses no record without counting it", async () => {
  const steps = fc.array(fc.oneof(fc.integer({ min: 1, max: 9 }), fc.constant("settle" as const)));
  const policy = fc.constantFrom<WhenFull>("drop-oldest", "drop-newest", "write-sync");
  await fc.assert(
    fc.asyncProperty(steps, policy, async (script, onFull) => {
      const { settle, sink, log, say } = make({ onFull, maxRecords: 3 });
      for (const step of script) {
        if (step === "settle") {
          settle.shift()?.();
          await turn();
        } else say(...Array.from({ length: step }, (_, i) => `${i}`));
      }
      while (settle.length > 0) {
        settle.shift()!();
        await turn();
      }
      say();
      while (settle.length > 0) {
        settle.shift()!();
        await turn();
      }
      const { written, droppedFull } = sink.counts;
      assert.equal(written + droppedFull, log.ring.next);
    }),
    { numRuns: 50 },
  );
});

test("new FunctionSink() refuses wrong options", () => {
  assert.throws(() => new FunctionSink(5 as unknown as () => void), TypeError);
  assert.throws(() => new FunctionSink(() => {}, { maxRecords: 0 }), RangeError);
  assert.throws(() => new FunctionSink(() => {}, { onFull: "x" as "drop-oldest" }), TypeError);
});

test("StreamSink writes lines to a stream as fast as the stream takes them", async () => {
  let text = "", writes = 0;
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    write(bytes) {
      writes++;
      text += new TextDecoder().decode(bytes);
    },
  });
  const sink = new StreamSink(stream, {
    format: { encode: ({ message }) => message },
    level: "warn",
  });
  const log = new Logger({ level: "info", sinks: [sink], signals: false });
  log.info("not here");
  for (let i = 0; i < 100; i++) log.warn(`line ${i}`);
  await log.flush();
  assert.equal(text, Array.from({ length: 100 }, (_, i) => `line ${i}\n`).join(""));
  assert.ok(writes <= 2, `${writes} writes`);
  assert.equal(sink.counts.written, 100);
});

test("StreamSink that breaks is reported, and its queue stays bounded", async () => {
  const clock = new ManualClock(), faults = new Faults();
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>({
    write() {
      throw new Error("gone");
    },
  });
  const sink = new StreamSink(stream, { clock, maxBytes: 50_000 });
  const log = new Logger({ level: "info", clock, faults, sinks: [sink] });
  for (let i = 0; i < 200; i++) {
    log.info("line", { text: "x".repeat(1000) });
    await log.flush();
    clock.advance(1000);
  }
  const { written, droppedFull, failures } = sink.counts;
  assert.equal(written, 0);
  assert.ok(droppedFull >= 100 && failures > 100, `${droppedFull} dropped, ${failures} failures`);
  assert.ok(faults.counts().get("log sink")! >= failures);
});

test("new StreamSink() refuses a locked stream and a policy that no stream can keep", () => {
  const stream = new WritableStream<Uint8Array<ArrayBuffer>>();
  assert.throws(() => new StreamSink(stream, { onFull: "write-sync" }), {
    name: "TypeError",
    message:
      "Cannot queue lines: onFull must be drop-oldest or drop-newest for a writer without writeSync, got write-sync",
  });
  assert.throws(() => new StreamSink(stream), TypeError);
});
