/** A service without `serve`: `deno serve` and Bun take its default export. */
import process from "node:process";
import { setRoute, telltale } from "../../mod.ts";

const t = telltale({ service: "orders" });
const say = (line: string) => void process.stderr.write(line + "\n");

const service: { port: number; fetch(request: Request): Response | Promise<Response> } = {
  // Bun's way to say it; `deno serve` has a flag.
  port: 0,
  fetch: t.instrument(async (request: Request, ...rest: unknown[]) => {
    setRoute(request, "/hello");
    say(`request ${rest.length}`);
    await new Promise((resolve) => setTimeout(resolve, 300));
    return new Response("hello");
  }),
};

export default service;
