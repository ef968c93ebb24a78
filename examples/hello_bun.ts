/**
 * A service on Bun, with Bun's own routes: `bun run examples/hello_bun.ts`, then look at /hello/en,
 * /metrics and /health. The first argument is the port; 8000 by default.
 */
import process from "node:process";
import { telltale } from "../mod.ts";
import { serve } from "../src/serve/bun.ts";

const t = telltale({ service: "hello", version: "1.0.0" });
const greetings = t.metrics.counter("greetings_total", "Greetings sent", ["language"]);

const GREETINGS: Record<string, string> = { de: "Hallo", en: "Hello", nl: "Hallo", sv: "Hej" };

const server = serve(t, {
  port: Number(process.argv[2] ?? 8000),
  routes: {
    // The key becomes the route label.
    "/hello/:language": (request: Request & { params: { language: string } }) => {
      const { language } = request.params;
      const greeting = GREETINGS[language];
      if (greeting === undefined) {
        t.log.warn("no greeting", { language });
        return new Response("No such language\n", { status: 404 });
      }
      greetings.inc({ language });
      return new Response(`${greeting}\n`);
    },
  },
  fetch: () => new Response("Not found\n", { status: 404 }),
});

console.error(`Listening on http://localhost:${server.port}/`);
