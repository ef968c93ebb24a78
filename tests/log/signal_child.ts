/** An application that drains at SIGTERM by itself, beside a logger: `API WHEN`; see exit_test.ts. */
import process from "node:process";
import { Logger } from "../../src/log/mod.ts";

const [api, when] = process.argv.slice(2);
const { Deno } = globalThis as unknown as {
  Deno: Record<
    "addSignalListener" | "removeSignalListener",
    (
      signal: string,
      listener: () => void,
    ) => void
  >;
};
let heard = 0;

/** What runs in an application's own listener: it takes its time, and then ends the process. */
function drain(): void {
  heard++;
  log.info("draining");
  setTimeout(() => {
    log.info("drained", { heard });
    process.exit(0);
  }, 100);
}

/** Takes itself away, as many do so that a second signal ends the process. */
function drainOnce(): void {
  Deno.removeSignalListener("SIGTERM", drainOnce);
  drain();
}

function listen(): void {
  if (api === "Deno") Deno.addSignalListener("SIGTERM", drain);
  else if (api === "Deno, once") Deno.addSignalListener("SIGTERM", drainOnce);
  else if (api === "process, once") process.once("SIGTERM", drain);
  else process.on("SIGTERM", drain);
}

if (when === "before") listen();
const log = new Logger({ service: "job" });
log.info("starts");
if (when === "after") listen();
if (when === "late") {
  await log.flush();
  setTimeout(() => {
    listen();
    log.info("listens");
    console.error("ready");
  }, 1000);
} else console.error("ready");
setInterval(() => log.info("works"), 5);
