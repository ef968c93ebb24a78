import assert from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../src/log/logger.ts";
import { FunctionSink } from "../../src/log/sink/function.ts";
import { StreamSink } from "../../src/log/sink/stream.ts";
import { ManualClock } from "../manual_clock.ts";

test("Logger.close() waits until a stream has its lines, and may be called twice", async () => {
  const written: string[] = [];
  const stream = new WritableStream<Uint8Array>({
    async write(bytes) {
      await Promise.resolve();
      written.push(new TextDecoder().decode(bytes));
    },
  });
  const sink = new StreamSink(stream, { format: { encode: ({ message }) => message } });
  const log = new Logger({ level: "info", sinks: [sink] });
  log.info("a");
  const closing = log.close();
  assert.equal(log.close(), closing);
  await closing;
  assert.deepEqual(written, ["a\n"]);
  assert.equal(stream.locked, false);
});

test("await using ends a logger, and gives up on a sink after five seconds", async () => {
  const clock = new ManualClock();
  const sink = new FunctionSink(() => new Promise<never>(() => {}));
  const log = new Logger({ level: "info", sinks: [sink], clock });
  log.info("a");
  const ended = log[Symbol.asyncDispose]().then(() => "ended");
  const soon = () => new Promise((resolve) => setImmediate(() => resolve("open")));
  clock.advance(4999);
  assert.equal(await Promise.race([ended, soon()]), "open");
  clock.advance(1);
  assert.equal(await Promise.race([ended, soon()]), "ended");
});
