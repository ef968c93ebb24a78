/** Logs a few lines and ends as its first argument says; run by exit_test.ts. */
import { writeSync } from "node:fs";
import process from "node:process";
import { type Clock, FlightRecorder, Logger, StdoutSink } from "../../src/log/mod.ts";
import { run } from "../../src/core/context.ts";

const ending = process.argv[2];
const count = Number(process.argv[3] ?? 3);
/** Nothing comes out by itself: what is written, the end of the process has written. */
const stopped: Clock = {
  monotonic: () => 0,
  now: () => 0,
  after: () => () => {},
  every: () => () => {},
};
const isSignalled = ending?.startsWith("signal") === true;
const clock = isSignalled ? stopped : undefined;
if (ending === "signal, own listener before") listen();
const log = new Logger({
  level: "info",
  service: "child",
  clock,
  sinks: [
    process.argv[4] === "write only"
      ? { write: ({ fields }) => void writeSync(1, JSON.stringify(fields) + "\n") }
      : new StdoutSink({ clock }),
  ],
  flight: ending?.startsWith("flight") ? new FlightRecorder() : undefined,
});
const deno = (globalThis as { Deno?: { exit(code: number): never } }).Deno;

for (let i = 0; i < count; i++) log.info("line", { i });

/** Lets a first batch be handed to the system, so that the end meets a write under way. */
function later(fn: () => void): void {
  void log.flush();
  for (let i = count; i < 2 * count; i++) log.info("line", { i });
  setTimeout(fn, 0);
}

function listen(): void {
  process.on("SIGTERM", () => {
    console.error(`own listener, ${process.listenerCount("SIGTERM")} in all`);
    process.exit(7);
  });
}

/** Waits for the parent's signal. */
function wait(): void {
  console.error("ready");
  setInterval(() => {}, 1000);
}

/** A line more than there were. */
function more(): void {
  log.info("line", { i: count });
}

/** Two requests, one of which has ended. */
function fly(): void {
  for (const requestId of ["ended", "open", "open too"]) {
    log.flight!.begin(requestId);
    const context = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId };
    run(context, () => log.debug("kept", { i: requestId }));
  }
  log.flight!.end("ended", false, 1);
}

switch (ending) {
  case "signal":
    wait();
    break;
  case "signal, own listener before":
    wait();
    break;
  case "signal, own listener after":
    listen();
    wait();
    break;
  case "handler of exit":
    process.on("exit", more);
    break;
  case "handler of unload":
    addEventListener("unload", more);
    break;
  case "handler of error":
    addEventListener("error", more);
    setTimeout(() => {
      throw new Error("nobody catches this");
    }, 1);
    break;
  case "handler of unhandledrejection":
    addEventListener("unhandledrejection", more);
    void Promise.reject(new Error("nobody handles this"));
    break;
  case "monitor":
    process.on("uncaughtExceptionMonitor", more);
    throw new Error("nobody catches this");
  case "handler that goes on":
    process.on("uncaughtException", () => setTimeout(more, 5));
    throw new Error("somebody catches this");
  case "flight, throw":
    fly();
    throw new Error("nobody catches this");
  case "flight, rejection":
    fly();
    void Promise.reject(new Error("nobody handles this"));
    break;
  case "normal":
    break;
  case "process.exit":
    process.exit(3);
    break;
  case "Deno.exit":
    deno!.exit(4);
    break;
  case "throw":
    throw new Error("nobody catches this");
  case "throw later":
    setTimeout(() => {
      throw new Error("nobody catches this");
    }, 1);
    break;
  case "rejection":
    void Promise.reject(new Error("nobody handles this"));
    break;
  case "exit while writing":
    later(() => process.exit(5));
    break;
  case "throw while writing":
    later(() => {
      throw new Error("nobody catches this");
    });
    break;
  case "broken pipe": {
    // Goes on logging long after the reader left.
    let turns = 0;
    const timer = setInterval(() => {
      log.info("more", { turns });
      if (++turns < 30) return;
      clearInterval(timer);
      console.error("survived");
    }, 5);
    break;
  }
}
