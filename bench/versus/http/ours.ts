/**
 * Everything on: RED metrics with exemplars, a server span, two log lines, correlation, OTLP. An
 * argument names the last part that is on, so that the parts' costs can be separated; `read` adds a
 * reader of the latest lines and spans each second, as a console is.
 *
 * @module
 */
import process from "node:process";
import { instrument, setRoute, type Telltale, telltale } from "../../../mod.ts";
import type { InstrumentOptions } from "../../../src/http/server/instrument.ts";
import { hello, listen } from "./listen.ts";

/** Each adds to those before it. */
const PARTS = ["nothing", "metrics", "spans", "ring", "lines", "export", "read"];

const handler = (request: Request, _info: never) => {
  setRoute(request, "/hello/:name");
  return hello(request);
};

/** The options that `Telltale.instrument` wraps with, up to a part. */
function upTo(count: number, t: Telltale): InstrumentOptions {
  return {
    endpoints: t.endpoints,
    ...count >= PARTS.indexOf("metrics") && { registry: t.metrics },
    ...count >= PARTS.indexOf("spans") && { tracer: t.tracer },
    ...count >= PARTS.indexOf("ring") && { logger: t.log },
  };
}

/** New lines and spans since the last reading, as a console would be sent them. */
function read(t: Telltale): void {
  let records = 0, spans = 0;
  setInterval(() => {
    JSON.stringify([t.log.ring.since(records), t.tracer.finished.since(spans)]);
    records = t.log.ring.next;
    spans = t.tracer.finished.next;
  }, 1000);
}

const part = process.argv[2] || "export";
const count = PARTS.indexOf(part);
if (count < 0) throw new RangeError(`Cannot start: no part is named ${JSON.stringify(part)}`);

const t = telltale({
  service: "bench",
  ...count < PARTS.indexOf("lines") && { log: { sinks: [] } },
  ...count < PARTS.indexOf("export") && { otlp: false as const },
});
listen(
  count >= PARTS.indexOf("export") ? t.instrument(handler) : instrument(handler, upTo(count, t)),
);
if (part === "read") read(t);
