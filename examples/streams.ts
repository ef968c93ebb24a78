/**
 * Server-sent events and a WebSocket: `deno run --allow-net examples/streams.ts`, then look at /events, and
 * connect to /socket. Both end when the service is told to stop. The first argument is the port; 8000 by default.
 */
import { setRoute, telltale } from "../mod.ts";
import { serve } from "../src/serve/deno.ts";

const t = telltale({ service: "streams", http: { watchBody: () => true } });
const open = t.metrics.gauge("streams_open", "Streams that are open", ["kind"]);

/** A stream of ticks, whose request lasts, and is measured, until its body ends. */
function events(): Response {
  let timer: ReturnType<typeof setInterval> | undefined;
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      open.inc({ kind: "events" });
      const encoder = new TextEncoder();
      let count = 0;
      const tick = () => controller.enqueue(encoder.encode(`data: ${++count}\n\n`));
      tick();
      timer = setInterval(tick, 1000);
      t.stopping.addEventListener("abort", () => end(() => controller.close()), { once: true });
    },
    cancel: () => end(() => {}),
  });
  function end(how: () => void): void {
    if (timer === undefined) return;
    clearInterval(timer);
    timer = undefined;
    open.dec({ kind: "events" });
    how();
  }
  return new Response(body, { headers: { "content-type": "text/event-stream" } });
}

function socket(request: Request): Response {
  const { socket, response } = Deno.upgradeWebSocket(request);
  // Each message is a job of its own, with a span, a row and a trace.
  socket.onmessage = ({ data }) => t.event("message", () => socket.send(`echo ${data}`));
  socket.onopen = () => open.inc({ kind: "socket" });
  socket.onclose = () => open.dec({ kind: "socket" });
  t.stopping.addEventListener("abort", () => socket.close(), { once: true });
  return response;
}

serve(t, { port: Number(Deno.args[0] ?? 8000) }, (request) => {
  const { pathname } = new URL(request.url);
  if (pathname === "/events") setRoute(request, "/events");
  else if (pathname === "/socket") setRoute(request, "/socket");
  else return new Response("Not found\n", { status: 404 });
  return pathname === "/events" ? events() : socket(request);
});
