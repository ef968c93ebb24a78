import { test } from "node:test";
import { deepEqual, equal, match } from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { telltale } from "../../mod.ts";

const TOKEN = "correct-horse-battery";

/** A service, and what a caller with the token gets as its session. */
function setup({ events, maxSpans }: { events?: false; maxSpans?: number } = {}) {
  const t = telltale({
    service: "orders",
    events,
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    trace: { maxSpans },
    console: { token: TOKEN },
  });
  const path = "/telltale/api/session", headers = { authorization: `Bearer ${TOKEN}` };
  const get = () =>
    t.endpoints.answer(path, new Request(`http://localhost${path}`, { headers }), []);
  return { t, get };
}

async function sessionOf(answer: Response | undefined) {
  equal(answer?.status, 200);
  equal(answer?.headers.get("content-type"), "application/gzip");
  match(
    answer!.headers.get("content-disposition")!,
    /^attachment; filename="session-[\dT-]+\.jsonl\.gz"$/,
  );
  const text = gunzipSync(new Uint8Array(await answer!.arrayBuffer())).toString();
  return text.trimEnd().split("\n").map((line) => JSON.parse(line));
}

test("api/session has every row, line and span, after a head that says the version", async () => {
  const { t, get } = setup();
  const handler = t.instrument(() => {
    t.note({ segment: "pro" });
    t.log.info("placed", { items: 3n });
    return t.tracer.span("charge", () => new Response("ok"));
  });
  for (let i = 0; i < 300; i++) await handler(new Request("http://localhost/orders"));
  const [head, ...lines] = await sessionOf(await get());
  deepEqual([head.kind, head.format, head.version], ["head", "telltale-session", 1]);
  equal(head.state.service, "orders");
  const of = (kind: string) => lines.filter((line) => line.kind === kind);
  deepEqual(of("row").map(({ fields }) => fields.segment), Array(300).fill("pro"));
  const placed = of("log").filter(({ line }) => line.message === "placed");
  equal(placed.length, 300);
  equal(placed[0].line.traceId, of("row")[0].fields.trace);
  equal(of("span").length, 600);
  equal(new Set(of("span").map(({ span }) => span.spanId)).size, 600);
  equal(lines.length, of("row").length + of("log").length + of("span").length);
  await t.shutdown();
});

test("api/session has the traces that outlast the ring of spans, each span once", async () => {
  const { t, get } = setup({ maxSpans: 64 });
  const handler = t.instrument((request) =>
    new Response("", { status: request.url.endsWith("/fails") ? 500 : 200 })
  );
  // The code that chooses what is kept is loaded with the first answer, or when the ring is full.
  await get();
  await handler(new Request("http://localhost/fails"));
  for (let i = 0; i < 1000; i++) {
    // Some are in the ring and kept.
    const path = i >= 960 && i < 964 ? "fails" : "orders";
    await handler(new Request(`http://localhost/${path}`));
  }
  const failed = t.events!.row(0)!.trace;
  deepEqual(t.tracer.finished.ofTrace(String(failed)), []);
  const spans = (await sessionOf(await get())).filter(({ kind }) => kind === "span");
  equal(spans.filter(({ span }) => span.traceId === failed).length, 1);
  equal(new Set(spans.map(({ span }) => span.spanId)).size, spans.length);
  await t.shutdown();
});

test("api/session of a service that keeps no rows has its lines and spans", async () => {
  const { t, get } = setup({ events: false });
  t.log.info("alone");
  deepEqual((await sessionOf(await get())).map(({ kind }) => kind), ["head", "log"]);
  await t.shutdown();
});
