import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { runtime } from "../../src/core/platform.ts";
import { Logger } from "../../src/log/logger.ts";
import { StdoutSink } from "../../src/log/sink/stdout.ts";
import { ManualClock } from "../manual_clock.ts";
import { skipWhen } from "../tool.ts";

/** What `format` makes of one line, all bytes that reached the writer. */
async function written(format: "auto" | "json" | "pretty"): Promise<string> {
  let text = "";
  const clock = new ManualClock();
  const writeSync = (bytes: Uint8Array) => {
    text += new TextDecoder().decode(bytes);
    return bytes.length;
  };
  const writer = { writeSync, write: (bytes: Uint8Array) => Promise.resolve(writeSync(bytes)) };
  const sink = new StdoutSink({ format, clock, writer });
  const log = new Logger({ level: "info", clock, sinks: [sink] });
  log.info("paid", { order_id: 456 });
  await log.flush();
  log.close();
  assert.equal(sink.counts.written, 1);
  assert.equal(log.counts.output.writtenBytes, text.length);
  return text;
}

test("StdoutSink writes JSON or pretty lines", async () => {
  assert.equal(
    await written("json"),
    '{"time":"2026-01-01T00:00:00.000Z","level":"info","msg":"paid","order_id":456}\n',
  );
  // deno-lint-ignore no-control-regex
  const plain = (await written("pretty")).replace(/\x1b\[[\d;]*m/g, "");
  assert.equal(plain, "00:00:00.000 INFO  paid order_id=456\n");
});

test("StdoutSink refuses a format it does not know", () => {
  assert.throws(() => new StdoutSink({ format: "xml" as "json" }), {
    name: "TypeError",
    message:
      'Cannot write logs as "xml": format must be json, pretty or an encoder, such as new EcsEncoder()',
  });
});

const CHILD = fileURLToPath(new URL("./level_child.ts", import.meta.url));

/** What a process with this environment writes: its level, what was reported, its lines. */
function child(env: Record<string, string>, permission = "--allow-env") {
  const before = runtime.name === "deno" ? ["run", "--no-prompt", permission] : [];
  const { stdout, stderr } = spawnSync(process.execPath, [...before, CHILD], {
    encoding: "utf8",
    env: { ...process.env, ...env },
  });
  return { lines: stdout.trimEnd().split("\n").map((line) => JSON.parse(line).msg), stderr };
}

test("Logger takes its level from LOG_LEVEL, and reports an unknown one", () => {
  assert.deepEqual(child({ LOG_LEVEL: "debug" }), {
    lines: ["debug", "info", "db debug"],
    stderr: "",
  });
  assert.deepEqual(child({ LOG_LEVEL: "" }), { lines: ["info"], stderr: "" });
  assert.deepEqual(child({ LOG_LEVEL: "warn,db=debug,x=loud" }), {
    lines: ["db debug"],
    stderr: 'LOG_LEVEL: Cannot log at level "loud": it is left out\n',
  });
  assert.deepEqual(child({ LOG_LEVEL: "loud" }), {
    lines: ["info"],
    stderr: 'LOG_LEVEL: Cannot log at level "loud": it is left out\n',
  });
});

test("Logger without permission to read the environment logs at info", {
  skip: skipWhen(runtime.name !== "deno", "only Deno has permissions"),
}, () => {
  assert.deepEqual(child({ LOG_LEVEL: "debug" }, "--deny-env"), { lines: ["info"], stderr: "" });
});
