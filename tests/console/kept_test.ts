import { test } from "node:test";
import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { storeOptions } from "../../src/compose/console_budget.ts";

const MIB = 1024 * 1024;

/** What the three parts may occupy together, with what outlasts the ring. */
function sharesOf(options: TelltaleOptions) {
  const { events, log, trace, pinnedBytes, historyBytes } = storeOptions(options);
  const rows = events === false ? 0 : events!.maxBytes!;
  return {
    rows,
    lines: log!.maxBytes!,
    spans: trace!.maxBytes!,
    pinned: pinnedBytes,
    history: historyBytes,
  };
}

const sumOf = (shares: Record<string, number>) =>
  Object.values(shares).reduce((sum, bytes) => sum + bytes, 0);

test("of 32 MiB rows get 6, lines 10, spans 11, pinned spans 3 and the last hour 2", () => {
  const { rows, lines, spans, pinned, history } = sharesOf({});
  deepEqual([rows, lines, spans, pinned, history].map((bytes) => bytes / MIB), [6, 10, 11, 3, 2]);
  const { events, log, trace } = storeOptions({});
  equal(events && events.maxRows, 10_000);
  equal(log?.maxRecords, 16_384);
  deepEqual([trace?.maxSpans, trace?.maxTraces], [16_384, 2000]);
});

test("the shares of any budget are within it, whatever a part is given", () => {
  for (const maxMb of [4, 5.5, 32, 33, 100, 1024]) {
    for (
      const options of [
        {},
        { events: { maxBytes: MIB / 2 } },
        { log: { maxBytes: MIB } },
        { events: false as const, trace: { maxBytes: MIB / 2 } },
        { events: { maxRows: 100 }, log: { maxRecords: 1 << 20 } },
      ]
    ) {
      const shares = sharesOf({ console: { maxMb }, ...options });
      ok(sumOf(shares) <= maxMb * MIB, JSON.stringify({ maxMb, options, shares }));
      ok(sumOf(shares) > 0);
    }
  }
});

test("a limit of a part's own counts in place of its share, and the others share what is left", () => {
  const given = sharesOf({ console: { maxMb: 32 }, log: { maxBytes: 21 * MIB } });
  equal(given.lines, 21 * MIB);
  equal(given.rows, Math.floor(6 * 11 / 22 * MIB));
  // Without a budget of its own, it is as much larger.
  deepEqual(sharesOf({ log: { maxBytes: 210 * MIB } }), { ...sharesOf({}), lines: 210 * MIB });
  deepEqual(sharesOf({ log: { maxBytes: undefined } }), sharesOf({}));
});

test("a budget that is odd or too small is refused by name", () => {
  const refused: readonly (readonly [TelltaleOptions, message: string])[] = [
    [{ console: { maxMb: 3 } }, "maxMb must be 4 to 1024, got 3"],
    [{ console: { maxMb: 1025 } }, "maxMb must be 4 to 1024, got 1025"],
    [{ console: { maxMb: NaN } }, "maxMb must be 4 to 1024, got NaN"],
    [{ console: { maxMb: -1 } }, "maxMb must be 4 to 1024, got -1"],
    [{ console: { maxMb: Infinity } }, "maxMb must be 4 to 1024, got Infinity"],
    [{ console: { maxMb: "32" as never } }, 'maxMb must be 4 to 1024, got "32"'],
    [{ console: { maxMb: null as never } }, "maxMb must be 4 to 1024, got null"],
    [
      { console: { maxMb: 8 }, log: { maxBytes: 16 * MIB } },
      "maxMb must be at least 19 beside the maxBytes of events, log and trace, got 8",
    ],
  ];
  for (const [options, message] of refused) {
    throws(() => telltale({ otlp: false, ...options }), {
      message: `Cannot set up console: ${message}`,
    });
  }
  throws(() => telltale({ console: { maxMB: 3 } as never }), /unknown option "maxMB"/i);
  // What it asks for is enough.
  sharesOf({ console: { maxMb: 19 }, log: { maxBytes: 16 * MIB } });
});

test("the least budget keeps rows with all their fields, and without a console there is none", async () => {
  await using t = telltale({
    log: { sinks: [] },
    otlp: false,
    metrics: { runtime: false },
    console: { maxMb: 4 },
  });
  const handler = t.instrument(() => new Response("ok"));
  for (let i = 0; i < 2000; i++) await handler(new Request("http://localhost/orders"));
  equal(t.events!.next - t.events!.first, 1250);
  equal(t.events!.drops.fields, 0);
  equal(t.tracer.finished.count, 250);
  deepEqual(storeOptions({ console: false }), {
    events: undefined,
    log: undefined,
    trace: undefined,
    pinnedBytes: 0,
    historyBytes: 0,
  });
});

const before = "Deno" in globalThis ? ["run", "-A", "--v8-flags=--expose-gc"] : [];
const FILE = new URL("../../bench/console/kept_bytes.ts", import.meta.url).pathname;

for (const traffic of ["logging", "spans", "large"]) {
  test(`what the stores say that they occupy is true, and within 16 MiB: ${traffic}`, () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      [...before, FILE, traffic, "16", "6000"],
      { encoding: "utf8" },
    );
    ok(stdout.startsWith("{"), stderr);
    const { says, really, maxBytes } = JSON.parse(stdout.slice(0, stdout.indexOf("}") + 1));
    ok(says <= maxBytes && maxBytes <= 16 * MIB, stdout);
    ok(really < 16 * MIB, stdout);
    ok(says > 0.75 * really && says < 1.6 * really, stdout);
  });
}
