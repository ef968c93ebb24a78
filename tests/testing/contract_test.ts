import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { telltale } from "../../mod.ts";
import { assertContract, describe, observe, type Observed } from "../../src/testing/mod.ts";
import { shapeOf } from "../../src/testing/contract/shape.ts";

/** An order service, and what it does with some orders. */
async function orders(
  use: (t: ReturnType<typeof telltale>, seen: Observed) => unknown,
  more = false,
) {
  await using t = telltale({ service: "orders", log: { sinks: [] }, console: false, otlp: false });
  using seen = observe(t);
  const placed = t.metrics.counter("orders_total", "Orders | placed", ["status"]);
  const items = t.metrics.histogram("order_items", "Items of an order", { buckets: [1, 5] });
  t.metrics.histogram("wait_seconds", "Time in the queue");
  const handler = t.instrument(async (request) => {
    const id = Number(new URL(request.url).searchParams.get("id"));
    t.note({ segment: "pro" });
    await t.tracer.span("charge card", async (span) => {
      span.set("payment.method", "card").event("accepted", { by: "bank", took_ms: Math.random() });
      await Promise.resolve();
      t.log.info(`order ${id} placed`, { order_id: id, ref: crypto.randomUUID(), url: URL_OF(id) });
    });
    placed.inc({ status: "completed" });
    items.observe(id);
    if (more) t.log.warn("stock is low", { left: 2 });
    return new Response("ok");
  });
  for (const id of [2, 7]) {
    await handler(new Request(`http://localhost/orders?id=${id}`));
  }
  t.event("nightly import", () => t.note({ rows: 3 }));
  await use(t, seen);
}

const URL_OF = (id: number) =>
  `http://127.0.0.1:${40_000 + id + Math.floor(Math.random() * 9000)}/charge`;

const MARKDOWN = `# Telemetry of orders

## Metrics

| metric | type | labels | help |
| --- | --- | --- | --- |
| \`http_request_duration_seconds\` | histogram | \`method\` \`route\` \`status\` | HELP |
| \`http_requests_in_progress\` | gauge | \`method\` | HELP |
| \`http_requests_total\` | counter | \`method\` \`route\` \`status\` | HELP |
| \`order_items\` | histogram |  | Items of an order |
| \`orders_total\` | counter | \`status\` | Orders \\| placed |

## Spans

| span | kind | under | attributes | events |
| --- | --- | --- | --- | --- |
| \`GET\` | server |  | ATTRIBUTES |  |
| \`charge card\` | internal | \`GET\` | \`payment.method\` | \`accepted\` |
| \`nightly import\` | internal |  | \`rows\` |  |

## Events

| event | fields |
| --- | --- |
| \`GET unmatched\` | \`segment\` |
| \`nightly import\` | \`rows\` |

## Log lines

| message | level | fields |
| --- | --- | --- |
| \`order # placed\` | info | \`order_id\` \`ref\` \`url\` |
| \`request completed\` | info | FIELDS |
| \`request started\` | info | \`method\` \`path\` |
`;

/** Without what is Telltale's own choice: the words of its help texts, the attributes of its server span. */
function plain(markdown: string): string {
  return markdown.replace(/(\| `http_\w+` .*\| )[^|]+ \|/g, "$1HELP |")
    .replace(/(\| `GET` \| server \| {2}\| ).*? \|/, "$1ATTRIBUTES |")
    .replace(/(`request completed` \| info \| ).*? \|/, "$1FIELDS |");
}

test("describe() gives what a service emits as a document that is the same in every run", async () => {
  const texts: string[] = [];
  for (let run = 0; run < 2; run++) {
    await orders((_, seen) => texts.push(describe(seen).markdown()));
  }
  assert.equal(plain(texts[0]!), MARKDOWN);
  assert.equal(texts[1], texts[0]);
});

test("describe() of a composition has all that it holds, and the same JSON each time", async () => {
  const texts: string[] = [];
  for (let run = 0; run < 2; run++) {
    await orders((t) => texts.push(JSON.stringify(describe(t, { title: "shop" }))));
  }
  assert.equal(texts[1], texts[0]);
  const { title, metrics, events, lines } = JSON.parse(texts[0]!);
  assert.equal(title, "shop");
  const names = metrics.map(({ name }: { name: string }) => name);
  assert.ok(names.includes("wait_seconds"), "also a metric that nothing changed");
  assert.deepEqual(names, [...names].sort());
  assert.deepEqual(events.at(-1), { name: "nightly import", fields: ["rows"] });
  assert.deepEqual(lines[0], {
    message: "order # placed",
    levels: ["info"],
    fields: ["order_id", "ref", "url"],
  });
});

test("Observed.snapshot() is the same in every run and on every runtime", async () => {
  await orders((_, seen) => {
    const { spans, rows, metrics, lines } = seen.snapshot();
    const [first] = spans, [charge] = first!.children!;
    assert.deepEqual(charge, {
      name: "charge card",
      attributes: { "payment.method": "card" },
      events: [{ name: "accepted", attributes: { by: "bank", took_ms: "<duration>" } }],
      lines: [{
        level: "info",
        message: "order 2 placed",
        fields: { order_id: 2, ref: "<uuid 1>", url: "http://127.0.0.1:<port>/charge" },
      }],
    });
    assert.equal(spans.length, 3);
    assert.deepEqual(lines, []);
    assert.deepEqual(rows.map(({ segment, ms, rows }) => ({ segment, ms, rows })), [
      { segment: "pro", ms: "<duration>", rows: undefined },
      { segment: "pro", ms: "<duration>", rows: undefined },
      { segment: undefined, ms: "<duration>", rows: 3 },
    ]);
    assert.deepEqual(metrics, {
      'http_request_duration_seconds{method="GET",route="unmatched",status="200"}': "2 observed",
      'http_requests_total{method="GET",route="unmatched",status="200"}': "+2",
      "order_items": "observed 2, 7",
      'orders_total{status="completed"}': "+2",
    });
  });
});

test("two runs have one snapshot, whatever ran beside them", async () => {
  const texts: string[] = [];
  const run = () => orders((_, seen) => texts.push(JSON.stringify(seen.snapshot())));
  await run();
  await Promise.all([run(), run()]);
  assert.equal(new Set(texts).size, 1, texts.join("\n"));
});

/** Runs `fn` with a folder of its own, and with CI as given. */
async function inFolder(ci: string | undefined, fn: (folder: string) => Promise<void>) {
  const folder = mkdtempSync(join(tmpdir(), "telltale-contract-")), before = process.env.CI;
  try {
    if (ci === undefined) delete process.env.CI;
    else process.env.CI = ci;
    await fn(folder);
  } finally {
    if (before === undefined) delete process.env.CI;
    else process.env.CI = before;
    rmSync(folder, { recursive: true });
  }
}

test("assertContract() fails when the telemetry changes without the file, and writes it on request", () =>
  inFolder(undefined, async (folder) => {
    for (const name of ["telemetry.md", "telemetry.json"]) {
      const path = join(folder, name);
      await orders(async (_, seen) => {
        await assert.rejects(assertContract(seen, path), {
          name: "AssertionError",
          message: `The telemetry has no file ${path} yet: run once with { update: true }`,
        });
        await assertContract(seen, path, { update: true });
        await assertContract(seen, path);
      });
      const written = readFileSync(path, "utf8");
      if (name.endsWith("md")) assert.equal(plain(written), MARKDOWN);
      else assert.equal(JSON.parse(written).title, "orders");
      await orders(async (_, seen) => {
        await assert.rejects(
          assertContract(seen, path),
          /The telemetry is not as in .*have it reviewed\n\n[^]*\+ .*stock is low/,
        );
        assert.equal(readFileSync(path, "utf8"), written);
        await assertContract(seen, path, { update: true });
        assert.match(readFileSync(path, "utf8"), /stock is low/);
      }, true);
    }
  }));

test("assertContract() and assertSnapshot() write nothing in CI", () =>
  inFolder("true", async (folder) => {
    const path = join(folder, "telemetry.md"), snapshot = join(folder, "snapshot.json");
    await orders(async (_, seen) => {
      for (
        const asserted of [
          () => assertContract(seen, path, { update: true }),
          () => seen.assertSnapshot(snapshot, { update: true }),
        ]
      ) {
        await assert.rejects(asserted(), /no file .* yet: run once with .* on your machine$/);
      }
      writeFileSync(path, "old\n");
      await assert.rejects(assertContract(seen, path, { update: true }), /- old\n/);
      assert.equal(readFileSync(path, "utf8"), "old\n");
    });
  }));

test("assertSnapshot() compares with a file, whose line ends may be those of Windows", () =>
  inFolder("false", async (folder) => {
    const path = join(folder, "snapshot.json");
    await orders((_, seen) => seen.assertSnapshot(path, { update: true }));
    writeFileSync(path, readFileSync(path, "utf8").replaceAll("\n", "\r\n"));
    await orders((_, seen) => seen.assertSnapshot(path));
    await orders(
      (_, seen) => assert.rejects(seen.assertSnapshot(path), /The snapshot is not as in/),
      true,
    );
  }));

test("names differ in their words, not in their numbers", () => {
  const table = {
    "order 7 placed": "order # placed",
    "GET /orders/:id": "GET /orders/:id",
    "retry 3 of 5": "retry # of #",
    "load 5f0f3a52-9f1b-4a5e-8f1e-0c6f3a1b2c3d": "load #",
    "sha256 of v2": "sha256 of v2",
    "added a face": "added a face",
  };
  for (const [name, shape] of Object.entries(table)) assert.equal(shapeOf(name), shape);
});

test("wrong options are refused", async () => {
  const table: [() => unknown, RegExp][] = [
    [() => describe({}), /it must be an observer or have one of/],
    [() => describe({ events: [] }, { titel: "" } as never), /did you mean "title"/],
    [() => describe({ events: [] }, { title: 1 } as never), /title must be text, got 1/],
  ];
  for (const [fn, message] of table) assert.throws(fn, { name: "TypeError", message });
  await assert.rejects(assertContract({ events: [] }, ""), /path must be text/);
  await assert.rejects(assertContract({ events: [] }, "a", { updte: true } as never), /"update"/);
  await assert.rejects(
    assertContract({ events: [] }, "a", { update: 1 } as never),
    /boolean, got 1/,
  );
});
