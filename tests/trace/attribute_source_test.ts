import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import type { AttributeSource, AttributeValue } from "../../src/core/attributes.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";
import type { TracerOptions } from "../../src/trace/options.ts";
import type { Sampler } from "../../src/trace/sampling/sampler.ts";
import type { SpanOptions } from "../../src/trace/span/span.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { ManualClock } from "../manual_clock.ts";

/** What a request knows of itself: its attributes are made from it, and it counts how often. */
class Row implements SpanOptions, AttributeSource {
  readonly kind = "server";
  readonly size = 40;
  path = "/orders/7";
  status = 0;
  route: string | undefined = undefined;
  made = 0;
  shown = 0;

  get source(): AttributeSource {
    return this;
  }

  get attributes(): Record<string, AttributeValue> {
    this.shown++;
    return { "url.path": this.path };
  }

  addTo(pairs: (string | AttributeValue | undefined)[]): void {
    this.made++;
    pairs.push("url.path", this.path, "http.response.status_code", this.status);
    pairs.push("http.route", this.route);
  }

  attribute(key: string): AttributeValue | undefined {
    return key === "http.route" ? this.route : undefined;
  }
}

function setUp(options: TracerOptions = {}): { tracer: Tracer; row: Row } {
  return { tracer: new Tracer({ clock: new ManualClock(), ...options }), row: new Row() };
}

test("a span has the attributes that its source has when it is read, and none are made before", () => {
  const { tracer, row } = setUp();
  const span = tracer.start("GET", row);
  row.status = 200;
  row.route = "/orders/:id";
  span.end();
  deepEqual([row.made, row.shown], [0, 0]);
  deepEqual(tracer.finished.since(0)[0]!.attributes, {
    "url.path": "/orders/7",
    "http.response.status_code": 200,
    "http.route": "/orders/:id",
  });
});

test("an attribute that is set on the span counts instead of the source's", () => {
  const { tracer, row } = setUp();
  tracer.start("GET", row).set("url.path", "/hidden").set("order.id", 7).end();
  deepEqual(Object.entries(tracer.finished.since(0)[0]!.attributes), [
    ["url.path", "/hidden"],
    ["http.response.status_code", 0],
    ["order.id", 7],
  ]);
});

test("a sampler sees the first attributes, which are made only if it reads them", () => {
  const seen: unknown[] = [];
  const sampler: Sampler = (_traceId, _name, { kind, attributes }) => {
    seen.push(kind, attributes?.["url.path"]);
    return { sampled: attributes?.["url.path"] !== "/livez" };
  };
  const { tracer, row } = setUp({ sampler });
  ok(tracer.start("GET", row).recording);
  row.path = "/livez";
  equal(tracer.start("GET", row).recording, false);
  deepEqual(seen, ["server", "/orders/7", "server", "/livez"]);
});

test("attributes of a source are redacted and cut as others are", () => {
  const redactor = new Redactor({ alsoKeys: ["path"] });
  const hiding = setUp({ redactor }), cutting = setUp({ limits: { valueLength: 4 } });
  hiding.tracer.start("GET", hiding.row).end();
  cutting.tracer.start("GET", cutting.row).end();
  equal(hiding.tracer.finished.since(0)[0]!.attributes["url.path"], "[REDACTED]");
  equal(cutting.tracer.finished.since(0)[0]!.attributes["url.path"], "/ord");
});

test("the route and the size of a span are those of its source too", () => {
  const routes: string[] = [], sizes: number[] = [];
  const { tracer, row } = setUp({ tail: { rules: [({ route }) => routes.push(route)] } });
  tracer.onEnd((span) => sizes.push((span as unknown as { size: number }).size));
  row.route = "/orders/:id";
  tracer.start("GET", row).end();
  tracer.start("GET", row).set("http.route", "/own").end();
  deepEqual(routes, ["/orders/:id", "/own"]);
  tracer.start("GET").end();
  equal(sizes[0]! - sizes[2]!, 40);
});

test("a source that throws costs its own attributes only, and is counted", () => {
  const { tracer, row } = setUp({ tail: { rules: [({ route }) => route === "" ? 1 : 0] } });
  row.addTo = row.attribute = () => {
    throw new Error("no row");
  };
  tracer.start("GET", row).set("order.id", 7).end();
  deepEqual(tracer.finished.since(0)[0]!.attributes, { "order.id": 7 });
  equal(tracer.faults.counts().get("attribute source"), 2);
});
