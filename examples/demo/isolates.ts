/**
 * Several isolates of orders in one process on Bun: what `deno serve --parallel` does on Deno.
 *
 * @module
 */
import process from "node:process";
import { Worker } from "node:worker_threads";

const { default: { port } } = await import("./orders.ts");
const { EXIT_WITH_PARENT: _, ...environment } = process.env;
for (let others = Number(process.env.ISOLATES) - 1; others > 0; others--) {
  new Worker(new URL("./orders.ts", import.meta.url), {
    env: { ...environment, PORT: String(port) },
  });
}
