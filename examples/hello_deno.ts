/**
 * A service on Deno: `deno run --allow-net examples/hello_deno.ts`, then look at /hello, /metrics
 * and /health. The first argument is the port; 8000 by default.
 */
import { setRoute, telltale } from "../mod.ts";
import { serve } from "../src/serve/deno.ts";

const t = telltale({ service: "hello", version: "1.0.0" });
const greetings = t.metrics.counter("greetings_total", "Greetings sent", ["language"]);

const GREETINGS: Record<string, string> = { de: "Hallo", en: "Hello", nl: "Hallo", sv: "Hej" };

serve(t, { port: Number(Deno.args[0] ?? 8000) }, async (request) => {
  const [, path] = /\/(hello(?:\/\w*)?)$/.exec(request.url) ?? [];
  if (path === undefined) return new Response("Not found\n", { status: 404 });
  setRoute(request, "/hello/:language");

  const language = path.split("/")[1] ?? "en";
  const greeting = await t.tracer.span("choose greeting", () => GREETINGS[language]);
  if (greeting === undefined) {
    t.log.warn("no greeting", { language });
    return new Response("No such language\n", { status: 404 });
  }
  greetings.inc({ language });
  return new Response(`${greeting}\n`);
});
