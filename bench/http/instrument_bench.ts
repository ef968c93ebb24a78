import { telltale } from "../../mod.ts";
import { setRoute } from "../../src/http/mod.ts";

const t = telltale({ service: "bench", log: { sinks: [() => {}] } });
const response = () => new Response("hello");
const observed = t.instrument((request: Request) => {
  setRoute(request, "/hello/:name");
  return response();
});
const observedAsync = t.instrument(async (_request: Request) => {
  await Promise.resolve();
  return response();
});
const request = new Request("http://localhost/hello/you", {
  headers: { traceparent: "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" },
});

Deno.bench("request: bare handler", { group: "request", baseline: true }, () => void response());
Deno.bench("request: instrumented, sync", { group: "request" }, () => void observed(request));
Deno.bench("request: instrumented, async", { group: "request" }, async () => {
  await observedAsync(request);
});
