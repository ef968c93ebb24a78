/** An application that drains at SIGTERM by itself, with a logger in a worker; see exit_test.ts. */
import process from "node:process";
import { isMainThread } from "node:worker_threads";
import { Logger } from "../../src/log/mod.ts";

let heard = 0;

// Deno says of a web worker that it is the main thread.
if (isMainThread && !("WorkerGlobalScope" in globalThis)) {
  process.on("SIGTERM", () => {
    heard++;
    setTimeout(() => {
      console.log(JSON.stringify({ msg: "drained", heard }));
      process.exit(0);
    }, 100);
  });
  new Worker(import.meta.url, { type: "module" }).onmessage = () => console.error("ready");
} else {
  // Never out, so that there is always something to lose.
  const log = new Logger({ sinks: [{ write() {}, waiting: 1 }] });
  log.info("works");
  (globalThis as unknown as { postMessage(message: string): void }).postMessage("logged");
}
