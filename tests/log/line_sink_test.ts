import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { LineSink } from "../../src/log/sink/line.ts";
import type { LineSinkOptions, WhenFull } from "../../src/log/sink/line_options.ts";
import { type LineBatch, LineQueue } from "../../src/log/sink/line_queue.ts";
import type { Writer } from "../../src/log/sink/writer.ts";
import { ManualClock } from "../manual_clock.ts";
import { recordOf } from "./record.ts";

/** Takes what it is told to take, when it is told to. */
class FakeWriter implements Writer {
  text = "";
  calls = 0;
  /** How many bytes the next writes take; an error is thrown. */
  script: (number | Error)[] = [];
  /** While held, asynchronous writes don't settle. */
  held: (() => void)[] | undefined;

  async write(bytes: Uint8Array): Promise<number> {
    const { held } = this;
    if (held !== undefined) await new Promise<void>((resolve) => held.push(resolve));
    return this.writeSync(bytes);
  }

  writeSync(bytes: Uint8Array): number {
    this.calls++;
    const step = this.script.shift() ?? bytes.length;
    if (step instanceof Error) throw step;
    this.text += new TextDecoder().decode(bytes.subarray(0, step));
    return Math.min(step, bytes.length);
  }

  release(): void {
    const held = this.held ?? [];
    this.held = undefined;
    for (const resolve of held) resolve();
  }
}

function fault(code: string): Error {
  return Object.assign(new Error(code), { code });
}

/** Lets promises that are settled be heard. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

function make(options: { maxBytes?: number; onFull?: WhenFull } = {}) {
  const clock = new ManualClock(), writer = new FakeWriter();
  const errors: unknown[] = [];
  const onError = (error: unknown) => errors.push(error);
  return { clock, writer, errors, output: linesTo(writer, { clock, onError, ...options }) };
}

/** A sink whose lines are texts. */
function linesTo(writer: Writer, options: LineSinkOptions = { clock: new ManualClock() }) {
  const sink = new LineSink("lines", () => writer, { encode: ({ message }) => message }, options);
  return {
    write: (line: string) => sink.write(recordOf(line)),
    flush: () => sink.flush(),
    flushSync: () => sink.flushSync(),
    counts: sink.counts,
    get waiting() {
      return sink.waiting;
    },
  };
}

test("LineSink writes the lines of one turn at once", async () => {
  const { clock, writer, output } = make();
  output.write("a");
  output.write("é");
  assert.equal(writer.calls, 0);
  await turn();
  assert.equal(writer.text, "a\né\n");
  assert.equal(writer.calls, 1);
  assert.deepEqual(output.counts, {
    written: 2,
    writtenBytes: 5,
    droppedFull: 0,
    droppedClosed: 0,
    droppedFailed: 0,
    failures: 0,
  });
  assert.equal(clock.waiting, 0);
});

test("LineSink writes a full batch without waiting", async () => {
  const { writer, output } = make();
  for (let i = 0; i < 65; i++) output.write("x".repeat(1023));
  assert.equal(writer.text.length, 64 * 1024);
  await turn();
  assert.equal(writer.text.length, 65 * 1024);
  assert.deepEqual([writer.calls, output.counts.written], [2, 65]);
});

test("LineSink keeps order and one write at a time, and goes on after a partial write", async () => {
  const { writer, output } = make();
  writer.held = [];
  writer.script = [3];
  output.write("first");
  void output.flush();
  output.write("second");
  const flushed = output.flush();
  assert.equal(writer.held.length, 1);
  writer.release();
  await flushed;
  assert.equal(writer.text, "first\nsecond\n");
});

test("LineSink drops the oldest batch when the queue is full, and counts its lines", async () => {
  const { writer, output } = make({ maxBytes: 40_000 });
  writer.held = [];
  const line = "x".repeat(16_383);
  for (let i = 0; i < 6; i++) output.write(i + line.slice(1));
  writer.release();
  await output.flush();
  assert.deepEqual(writer.text.match(/\d/g), ["0", "4", "5"]);
  assert.deepEqual([output.counts.written, output.counts.droppedFull], [3, 3]);
});

test("LineSink drops the newest batch with drop-newest, and reports it", async () => {
  const { writer, errors, output } = make({ maxBytes: 40_000, onFull: "drop-newest" });
  writer.held = [];
  const line = "x".repeat(16_383);
  for (let i = 0; i < 6; i++) output.write(i + line.slice(1));
  writer.release();
  await output.flush();
  assert.deepEqual(writer.text.match(/\d/g), ["0", "1", "2"]);
  assert.deepEqual([output.counts.written, output.counts.droppedFull], [3, 3]);
  const message = "Cannot queue more than 40000 bytes of lines";
  assert.deepEqual(errors.map((error) => (error as Error).message), [message, message, message]);
});

test("LineSink that writes at once loses nothing to a reader that is slow", () => {
  const { writer, output } = make({ maxBytes: 40_000, onFull: "write-sync" });
  const line = "x".repeat(16_383);
  for (let i = 0; i < 20; i++) {
    writer.script.push(fault("EAGAIN"), 5000);
    output.write((i % 10) + line.slice(1));
  }
  output.flushSync();
  assert.equal(writer.text.match(/\d/g)!.join(""), "01234567890123456789");
  assert.deepEqual([output.counts.written, output.counts.droppedFull], [20, 0]);
});

test("LineSink that writes at once waits in its queue while the disk is full, and recovers", async () => {
  const { clock, writer, errors, output } = make({ onFull: "write-sync" });
  writer.script = [fault("ENOSPC"), fault("ENOSPC")];
  output.write("a");
  await output.flush();
  clock.advance(1000);
  output.write("b");
  assert.deepEqual([writer.text, errors.length], ["", 2]);
  clock.advance(1000);
  assert.equal(writer.text, "a\nb\n");
});

test("LineSink refuses wrong options", () => {
  assert.throws(() => make({ maxBytes: 0 }), RangeError);
  assert.throws(() => make({ onFull: "wait" as WhenFull }), TypeError);
});

test("LineSink tries again when the pipe is busy or the disk is full", async () => {
  const { clock, writer, errors, output } = make();
  writer.script = [fault("EAGAIN"), 2, fault("ENOSPC")];
  output.write("abc");
  await turn();
  assert.equal(writer.text, "");
  clock.advance(10);
  await turn();
  assert.equal(writer.text, "ab");
  assert.equal(errors.length, 1);
  output.write("def");
  clock.advance(1000);
  await turn();
  assert.equal(writer.text, "abc\ndef\n");
  assert.deepEqual([output.counts.written, output.counts.failures], [2, 1]);
});

test("LineSink.flush() resolves while a full disk keeps it from writing", async () => {
  const { writer, output } = make();
  writer.script = [fault("ENOSPC")];
  output.write("abc");
  await output.flush();
  assert.equal(output.counts.failures, 1);
  output.flushSync();
  assert.equal(writer.text, "abc\n");
});

for (const code of ["EPIPE", "EBADF"]) {
  test(`LineSink ends quietly on ${code}`, async () => {
    const { clock, writer, errors, output } = make();
    writer.script = [fault(code)];
    output.write("a");
    await output.flush();
    output.write("b");
    output.flushSync();
    await output.flush();
    assert.equal(writer.text, "");
    assert.equal(writer.calls, 1);
    assert.deepEqual(errors, []);
    assert.equal(output.counts.droppedClosed, 2);
    assert.equal(clock.waiting, 0);
  });
}

test("LineSink.flushSync() writes all that waits, also what waits to be tried again", async () => {
  const { clock, writer, output } = make();
  writer.script = [3, fault("EAGAIN"), fault("EAGAIN"), 1];
  output.write("abcd");
  void output.flush();
  await turn();
  output.write("efgh");
  output.flushSync();
  assert.equal(writer.text, "abcd\nefgh\n");
  assert.equal(output.counts.written, 2);
  clock.advance(10_000);
  await turn();
  assert.equal(writer.text, "abcd\nefgh\n");
});

test("LineSink.flushSync() writes the rest of a batch of which a portion is being written", async () => {
  const writer = Object.assign(new FakeWriter(), {
    portion: (bytes: Uint8Array) => bytes.subarray(0, 4),
  });
  const output = linesTo(writer);
  writer.held = [];
  for (const line of ["abc", "def", "ghi"]) output.write(line);
  const flushed = output.flush();
  output.write("jkl");
  output.flushSync();
  assert.equal(writer.text, "def\nghi\njkl\n");
  writer.release();
  await flushed;
  assert.equal(writer.text, "def\nghi\njkl\nabc\n");
  assert.deepEqual([output.counts.written, output.waiting], [4, 0]);
});

test("LineSink.waiting leaves out a write under way, unless the writer has no writeSync", async () => {
  const sync = new FakeWriter(), later = new FakeWriter();
  const outputs = [sync, { write: (bytes: Uint8Array) => later.write(bytes) }].map((writer) =>
    linesTo(writer)
  );
  sync.held = [];
  later.held = [];
  for (const output of outputs) {
    output.write("a");
    void output.flush();
    output.write("b");
  }
  assert.deepEqual(outputs.map(({ waiting }) => waiting), [1, 2]);
  sync.release();
  later.release();
  await Promise.all(outputs.map((output) => output.flush()));
  assert.deepEqual(outputs.map(({ waiting }) => waiting), [0, 0]);
});

test("LineSink retries later, and not without end, when a writer takes nothing", async () => {
  for (const none of [0, undefined, NaN]) {
    const { clock, writer, errors, output } = make();
    const script = [none, none] as number[];
    const take = writer.writeSync.bind(writer);
    writer.writeSync = (bytes) => script.length > 0 ? script.shift()! : take(bytes);
    output.write("a");
    await output.flush();
    output.flushSync();
    const message = `Cannot write lines: the writer took ${none} bytes`;
    assert.deepEqual(errors.map((error) => (error as Error).message), [message, message]);
    clock.advance(1000);
    await turn();
    assert.deepEqual([writer.text, output.counts.written, output.waiting], ["a\n", 1, 0]);
  }
});

test("LineSink.flushSync() keeps what a full disk does not take, and no line runs into another", async () => {
  const { clock, writer, errors, output } = make();
  writer.script = [2, fault("ENOSPC")];
  output.write("abc");
  output.flushSync();
  output.write("def");
  assert.deepEqual([writer.text, errors.length, output.counts.failures], ["ab", 1, 1]);
  clock.advance(1000);
  await turn();
  assert.equal(writer.text, "abc\ndef\n");
  assert.deepEqual([output.counts.written, output.counts.droppedFailed], [2, 0]);
});

test("LineSink.flush() waits for a slow reader, and resolves when flushSync() was quicker", async () => {
  const { writer, output } = make();
  writer.script = [fault("EAGAIN")];
  output.write("a");
  const settled: string[] = [];
  const first = output.flush().then(() => settled.push("first"));
  await turn();
  const second = output.flush().then(() => settled.push("second"));
  await turn();
  assert.deepEqual(settled, []);
  output.flushSync();
  await Promise.all([first, second]);
  assert.equal(writer.text, "a\n");
});

test("LineSink loses no line without counting it", async () => {
  const { clock, writer, output } = make({ maxBytes: 30_000 });
  const steps: (number | Error)[] = [fault("EAGAIN"), 100, fault("EIO"), 5000];
  for (let i = 0; i < 200; i++) {
    writer.script.push(steps[i % steps.length]!);
    for (let line = 0; line < 40; line++) output.write(`${i} ${"z".repeat(line * 20)}`);
    clock.advance(i % 7 === 0 ? 1000 : 5);
    await turn();
  }
  writer.script = [];
  output.flushSync();
  await output.flush();
  const { written, droppedFull, droppedClosed, droppedFailed } = output.counts;
  assert.equal(written + droppedFull + droppedClosed + droppedFailed, 200 * 40);
  assert.ok(droppedFull > 0);
  const lines = writer.text.split("\n");
  assert.equal(lines.pop(), "");
  assert.equal(lines.length, written);
  for (const line of lines) assert.match(line, /^\d+ z*$/);
});

test("LineQueue uses the memory of a batch again only once that was released", () => {
  const queue = new LineQueue(10_000_000, true),
    decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const line = fc.oneof(
    fc.string({ unit: "binary", maxLength: 200 }),
    fc.constantFrom("x", "é", "漢", "\u{1f600}", "\ud800").chain((unit) =>
      fc.integer({ min: 1, max: 60_000 }).map((count) => unit.repeat(count))
    ),
  );
  const held: { batch: LineBatch; text: string }[] = [];
  const wanted = (lines: readonly string[]) =>
    lines.map((line) => line.toWellFormed() + "\n").join("");
  fc.assert(fc.property(fc.array(line, { maxLength: 12 }), fc.boolean(), (lines, releases) => {
    for (const line of lines) queue.push(line);
    let text = "", count = 0;
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      const part = decoder.decode(batch.bytes);
      held.push({ batch, text: part });
      text += part;
      count += batch.lines;
    }
    assert.equal(text, wanted(lines));
    assert.equal(count, lines.length);
    for (const { batch, text } of held) assert.equal(decoder.decode(batch.bytes), text);
    if (releases) { for (const { batch } of held.splice(0)) queue.release(batch); }
    held.splice(0, held.length - 8);
  }));
});
