import { parseBaggage } from "../../src/trace/propagation/baggage.ts";
import { formatTraceparent, parseTraceparent } from "../../src/trace/propagation/traceparent.ts";
import { parseTracestate } from "../../src/trace/propagation/tracestate.ts";

const header = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
const context = parseTraceparent(header)!;
const state = "ot=th:c,congo=t61rcWkgMzE";
const baggage = "tenant=acme,user.tier=gold;ttl=60";

Deno.bench("parse traceparent", { group: "traceparent" }, () => {
  parseTraceparent(header);
});

Deno.bench("parse a hostile traceparent of 64 KB", { group: "traceparent" }, () => {
  parseTraceparent(hostile);
});

Deno.bench("format traceparent", { group: "traceparent" }, () => {
  formatTraceparent(context);
});

Deno.bench("parse and format traceparent", { group: "traceparent" }, () => {
  formatTraceparent(parseTraceparent(header)!);
});

Deno.bench("parse tracestate, 2 members", { group: "tracestate" }, () => {
  parseTracestate(state);
});

Deno.bench("parse baggage, 2 members", { group: "baggage" }, () => {
  parseBaggage(baggage);
});

const hostile = "00-" + "0".repeat(65536);
