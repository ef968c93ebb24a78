/** Logs a few lines and ends as its first argument says; run by exit_test.ts. */
import process from "node:process";
import { Logger } from "../../src/log/mod.ts";

const ending = process.argv[2];
const count = Number(process.argv[3] ?? 3);
const log = new Logger({ level: "info", service: "child" });
const deno = (globalThis as { Deno?: { exit(code: number): never } }).Deno;

for (let i = 0; i < count; i++) log.info("line", { i });

/** Lets a first batch be handed to the system, so that the end meets a write under way. */
function later(fn: () => void): void {
  void log.flush();
  for (let i = count; i < 2 * count; i++) log.info("line", { i });
  setTimeout(fn, 0);
}

switch (ending) {
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
