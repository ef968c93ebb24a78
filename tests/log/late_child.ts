/** Logs to sinks that take nothing in time, and ends as its arguments say; run by late_test.ts. */
import process from "node:process";
import { type Clock, systemClock } from "../../src/core/clock.ts";
import { LokiSink } from "../../src/export/loki/mod.ts";
import { FunctionSink, Logger, type LogSink, StdoutSink, StreamSink } from "../../src/log/mod.ts";

const never = () => new Promise<never>(() => {});
/** As a receiver that is there: the process is held until it answers. */
const take = () =>
  new Promise<Response>((resolve) => {
    setTimeout(() => {
      process.stderr.write("taken\n");
      resolve(new Response(null, { status: 204 }));
    }, 10);
  });
const MAKERS: Readonly<Record<string, () => LogSink>> = {
  loki: () => new LokiSink({ url: "http://loki.invalid", fetch: never }),
  "loki of warnings": () =>
    new LokiSink({ url: "http://loki.invalid", fetch: never, level: "warn" }),
  "loki in time": () => new LokiSink({ url: "http://loki.invalid", fetch: take }),
  "stream in time": () =>
    new StreamSink(new WritableStream({ write: async () => void await take() })),
  "function in time": () => new FunctionSink(take),
  stream: () => new StreamSink(new WritableStream({ write: never })),
  function: () => new FunctionSink(never, { name: "function" }),
  stdout: () => new StdoutSink(),
};

const [ending, ...sinks] = process.argv.slice(2);
/** A second is a millisecond: what is waited for comes late at once. */
const clock: Clock = {
  ...systemClock,
  after: (ms, fn) => systemClock.after(ms / 1000, fn),
};
const log = new Logger({
  level: "info",
  sinks: sinks.map((name) => MAKERS[name]!()),
  clock: ending === "closed" ? clock : undefined,
});
log.info("line", { i: 0 });
log.info("line", { i: 1 });
if (sinks.includes("loki of warnings")) {
  log.warn("line", { i: 2 });
  log.warn("line", { i: 3 });
  log.info("line", { i: 4 });
}
if (ending === "flushed, then throw") {
  void log.flush();
  setTimeout(() => {
    log.info("line", { i: 2 });
    throw new Error("nobody catches this");
  }, 20);
} else if (ending === "process.exit") process.exit(3);
else if (ending === "closed") {
  const waiting = setInterval(() => {}, 1000);
  await log.close();
  clearInterval(waiting);
}
