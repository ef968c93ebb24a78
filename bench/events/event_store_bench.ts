/**
 * What a request's row costs: twenty fields as `instrument` knows them, three of them ids that differ
 * each time, written into a store that is full.
 */
import { EventStore } from "../../src/events/event_store.ts";

const COUNT = 4096;
const hex = (n: number) => n.toString(16).padStart(8, "0").repeat(4);
const traces = Array.from({ length: COUNT }, (_, i) => hex(i * 2654435761 % 2 ** 32));
const paths = traces.map((trace) => `http://localhost:8000/orders/${trace.slice(0, 6)}/items?a=b`);
const routes = ["/orders/:id/items", "/orders", "/carts/:id", "/login"];

const events = new EventStore();
const time = events.field("time"), ms = events.field("ms"), status = events.field("status");
const trace = events.field("trace", { unique: true, trusted: true });
const span = events.field("span", { unique: true, trusted: true });
const path = events.field("path", { unique: true });
const field = (name: string) => events.field(name);
const method = field("method"), route = field("route"), version = field("version");
const isolate = field("isolate"), host = field("http.host"), peer = field("peer");
const segment = field("segment"), failure = field("error.type"), spans = field("spans");
const dbCount = field("db.n"), dbMs = field("db.ms"), httpMs = field("http.ms");
const loopMs = field("loop.ms"), syncMs = field("sync.ms"), inflight = field("inflight");
const warnings = field("log.warn"), bytes = field("bytes.out");
let i = 0;

function write(): void {
  const id = traces[i & (COUNT - 1)]!, url = paths[i & (COUNT - 1)]!;
  events.begin();
  events.set(time, 1767225600000 + i);
  events.set(trace, id);
  events.set(span, id.slice(0, 16));
  events.set(method, (i & 3) === 0 ? "POST" : "GET");
  events.set(route, routes[i & 3]);
  events.set(path, url.slice(21, url.length - 4));
  events.set(version, "1.4.0");
  events.set(isolate, "iso-2");
  events.set(peer, "10.0.0.7");
  events.set(segment, (i & 7) === 0 ? "enterprise" : "free");
  events.set(host, "payments.internal");
  events.set(ms, 12.5 + (i & 63));
  events.set(status, 200);
  events.set(failure, (i & 127) === 0 ? "TimeoutError" : undefined);
  events.set(spans, 6);
  events.set(dbCount, i & 7);
  events.set(dbMs, 1.25);
  events.set(httpMs, 7.5);
  events.set(loopMs, 0.5);
  events.set(syncMs, 0.25);
  events.set(inflight, i & 15);
  events.set(warnings, 0);
  events.set(bytes, 512);
  events.end();
  i++;
}

for (let n = 0; n < 30_000; n++) write();

Deno.bench("a row of 23 fields, three of them unique texts", write);

Deno.bench("the same as an object", () => {
  events.add({
    time: 1767225600000 + i,
    trace: traces[i & (COUNT - 1)],
    method: "GET",
    route: routes[i & 3],
    ms: 12.5 + (i & 63),
    status: 200,
    spans: 6,
    segment: "free",
  });
  i++;
});

Deno.bench("10 000 rows read since a number", () => void events.since(0));
