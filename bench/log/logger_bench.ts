import { current, run } from "../../src/core/context.ts";
import {
  FlightRecorder,
  INFO,
  JsonEncoder,
  Logger,
  PrettyEncoder,
  StdoutSink,
} from "../../src/log/mod.ts";

const context = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "0af7651916cd43dd8448eb211c80319c",
};
const nowhere = {
  write: (bytes: Uint8Array) => Promise.resolve(bytes.length),
  writeSync: (bytes: Uint8Array) => bytes.length,
};

const ring = new Logger({ level: "info", sinks: [], service: "orders" });
const child = ring.with({ component: "checkout", shard: 7 });
const batched = new Logger({
  level: "info",
  service: "orders",
  sinks: [new StdoutSink({ format: "json", writer: nowhere })],
});

Deno.bench("disabled call", () => ring.debug("placing order"));
Deno.bench("message into the ring", () => ring.info("placing order"));
let n = 0;
Deno.bench("3 fields into the ring", () => {
  ring.info("placing order", { order_id: n++, customer: "c-1024", express: true });
});
Deno.bench("3 fields into the ring, child", () => {
  child.info("placing order", { order_id: n++, customer: "c-1024", express: true });
});
Deno.bench("3 fields into the ring, in a request", (b) => {
  run(context, () => {
    b.start();
    for (let i = 0; i < 1000; i++) {
      ring.info("placing order", { order_id: n++, customer: "c-1024", express: true });
    }
    b.end();
  });
});
Deno.bench("write of 3 fields with a context", () => {
  ring.write(INFO, "request", { method: "GET", route: "/orders/:id", status: n++ }, context);
});
Deno.bench("nested field into the ring", () => {
  ring.info("placing order", { order: { id: n++, lines: [{ sku: "a", count: 2 }] } });
});

ring.info("placing order", { order_id: n++, customer: "c-1024", express: true });
const record = ring.ring.at(ring.ring.next - 1)!;
run(context, () => ring.info("placing order", { order_id: 1, customer: "c-1024", express: true }));
const correlated = ring.ring.at(ring.ring.next - 1)!;
const json = new JsonEncoder(), pretty = new PrettyEncoder();
let sum = 0;
Deno.bench("encode JSON, 3 fields", () => {
  sum += json.encode(record).length;
});
Deno.bench("encode JSON, 3 fields, correlated", () => {
  sum += json.encode(correlated).length;
});
Deno.bench("JSON.stringify of the same, for comparison", () => {
  sum += JSON.stringify({ time: record.timeMs, msg: record.message, ...record.fields }).length;
});
Deno.bench("encode pretty, 3 fields", () => {
  sum += pretty.encode(record).length;
});
Deno.bench("3 fields, encoded and batched", () => {
  batched.info("placing order", { order_id: n++, customer: "c-1024", express: true });
});
Deno.bench("current(), for comparison", () => {
  if (current() !== undefined) sum++;
});

const flying = new Logger({ level: "info", sinks: [], flight: new FlightRecorder() });
flying.flight!.begin(context.requestId);
Deno.bench("disabled call, flight recorder on, outside a request", () => {
  flying.debug("placing order");
});
Deno.bench("disabled call into the flight recorder", (b) => {
  run(context, () => {
    b.start();
    for (let i = 0; i < 1000; i++) flying.debug("placing order", { order_id: n++ });
    b.end();
  });
});
