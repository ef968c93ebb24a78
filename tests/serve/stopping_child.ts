/** A service whose listeners of `stopping` throw, with a request in flight when it is to end. */
import process from "node:process";
import { telltale } from "../../mod.ts";
import { serveHere } from "./here.ts";

const t = telltale({ service: "a", log: { level: "fatal" }, metrics: { runtime: false } });
const fail = (how: string) => () => {
  throw new Error(how);
};
t.stopping.addEventListener("abort", fail("listener"));
t.stopping.addEventListener("abort", () => Promise.reject(new Error("rejection")));
AbortSignal.any([t.stopping]).addEventListener("abort", fail("derived"));
t.stopping.onabort = fail("onabort");

const stopped = new Promise((resolve) => t.stopping.addEventListener("abort", resolve));
const server = await serveHere(t, { signals: true, drainDeadlineMs: 60_000 }, async () => {
  process.kill(process.pid, "SIGTERM");
  await stopped;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return new Response("finished");
}, process.argv[2]);
process.on("exit", () => {
  console.log(`told ${t.faults.counts().get("stopping")}`);
});
console.log(`listening ${server.port}`);
