/** Findings over made-up requests, with nothing wrong and with faults from a moment on. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { EventStore } from "../../src/events/event_store.ts";
import { Logger } from "../../src/log/logger.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { trendOf } from "../../src/console/findings/process.ts";
import { Findings } from "../../src/console/findings/findings.ts";
import { type Fault, randomOf, requests, SPAN_MS, START } from "../events/service.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS } from "../tool.ts";
import { restOf } from "./rest.ts";

/** Ten looks at thousands of rows take longer than Bun's five seconds on a busy machine. */
const LONG = { timeout: HANG_MS };
const FROM = START + 0.6 * SPAN_MS;

function setup() {
  const clock = new ManualClock(START + SPAN_MS);
  const events = new EventStore({ clock }), tracer = new Tracer({ clock });
  const log = new Logger({ sinks: [], clock, level: "info" });
  const rest = restOf(clock);
  const findings = new Findings({
    ...rest,
    events,
    ring: log.ring,
    finished: tracer.finished,
    clock,
  });
  return { ...rest, clock, events, tracer, log, findings };
}

/** What is found when a fault begins after six of ten minutes. */
async function found(fault: Fault, { seed = 1, count = 6000 } = {}) {
  const service = setup();
  for (
    const row of requests(count, seed, (row, random, since) => {
      if (since >= 0.6) fault(row, random, since);
    })
  ) service.events.add(row);
  const { findings, more, looked } = await service.findings.look();
  deepEqual([...service.faults.counts()], []);
  return { findings, more, looked };
}

test("nothing is found in a sound service, at three loads, with ten seeds", LONG, async () => {
  for (let seed = 1; seed <= 10; seed++) {
    for (const count of [300, 2000, 9000]) {
      const { findings } = await found(() => {}, { seed, count });
      deepEqual(findings.map(({ title }) => title), [], `seed ${seed}, ${count} rows`);
    }
  }
});

interface Expected {
  readonly kind: string;
  readonly subject: string;
  readonly cause: RegExp;
}

const FAULTS: Record<string, { fault: Fault; expected: Expected }> = {
  "a dependency that is slow for one segment": {
    fault: (row) => {
      if (row["http.host"] === "ledger.internal") {
        row.ms += 300;
        row["http.ms"] = Number(row["http.ms"]) + 300;
      }
    },
    expected: { kind: "slow", subject: "/orders", cause: /http\.host=ledger|segment=enterprise/ },
  },
  "a variant of a flag that fails": {
    fault: (row, random) => {
      if (row.route === "/orders" && row["flag.checkout"] === "treatment" && random() < 0.4) {
        row.status = 500;
      }
    },
    expected: { kind: "failed", subject: "/orders", cause: /^flag\.checkout=treatment$/ },
  },
  "an input that always fails": {
    fault: (row) => {
      if (Number(String(row.sku).slice(4)) < 6) row.status = 500, row.sku = "sku-13";
    },
    expected: { kind: "failed", subject: "/orders", cause: /^sku=sku-13$/ },
  },
  "an isolate with a bad version": {
    fault: (row, random) => {
      if (row.isolate === "iso-2") row.version = "1.4.1";
      if (row.isolate === "iso-2" && random() < 0.3) row.status = 500;
    },
    expected: { kind: "failed", subject: "", cause: /version=1\.4\.1|isolate=iso-2/ },
  },
  "a query that is repeated": {
    fault: (row) => {
      if (row.route === "/orders/:id") {
        row["db.repeat"] = 41, row["db.n"] = 42, row["db.ms"] = 60;
      }
    },
    expected: { kind: "repeats", subject: "/orders/:id", cause: /^$/ },
  },
  "a storm of retries": {
    fault: (row, random) => {
      if (row["http.host"] !== "payments.internal") return;
      row["http.n"] = 3 + Math.floor(2 * random());
      row["http.retries"] = Number(row["http.n"]) - 1;
    },
    expected: { kind: "retries", subject: "payments.internal", cause: /http\.host=payments/ },
  },
  "a report that blocks the event loop": {
    fault: (row, random) => {
      if (row.route === "/report") row["sync.ms"] = 300, row.ms += 300;
      else if (random() < 0.1) row["loop.ms"] = 290, row.ms += 150;
    },
    expected: { kind: "blocked", subject: "/report", cause: /^route=\/report$/ },
  },
};

for (const [name, { fault, expected }] of Object.entries(FAULTS)) {
  test(`findings name ${name}`, LONG, async () => {
    for (let seed = 1; seed <= 5; seed++) {
      const { findings } = await found(fault, { seed });
      const titles = findings.map(({ title }) => title).join("\n");
      const one = findings.find(({ kind, subject }) =>
        kind === expected.kind && (expected.subject === "" || subject === expected.subject)
      );
      ok(one !== undefined, `seed ${seed}: ${titles}`);
      match(one.causes[0] ?? "", expected.cause, titles);
      if (one.sinceMs !== undefined) {
        ok(Math.abs(one.sinceMs - FROM) <= 60_000, `seed ${seed}: ${one.title}`);
      }
    }
  });
}

test("findings of other parts: an objective, a component, a metric at its cap, losses, clocks", async () => {
  const { findings, slos, health, metrics, history, lost, clock } = setup();
  const slo = slos.define("checkout", { objective: 0.99, custom: true });
  for (let minute = 0; minute < 30; minute++) {
    slo.good(60);
    slo.bad(40);
    clock.advance(60_000);
  }
  health.check("mail", () => ({ status: "DOWN", description: "refused" }), { critical: false });
  await health.refresh();
  const counter = metrics.counter("orders_total", "Orders", ["user"], { maxSeries: 3 });
  for (let i = 0; i < 10; i++) counter.inc({ user: `u${i}` });
  lost.push({ what: "spans", reason: "the queue was full", count: 7 });
  history.tick(1_000_000, 1000);
  history.tick(clock.now(), clock.now() - 999_000 + 37_000);
  const { findings: all, more } = await findings.look();
  deepEqual(all.map(({ kind, subject, severity }) => [kind, subject, severity]), [
    ["burning", "checkout", "failing"],
    ["health", "mail", "suffering"],
    ["lost", "spans", "notice"],
    ["clock", "this clock", "notice"],
    ["series", "orders_total", "notice"],
  ]);
  equal(more, 0);
  const titles = all.map(({ title }) => title).join("\n");
  match(titles, /^The error budget of checkout burns \d+ times too fast/);
  match(titles, /mail is DOWN since \d\d:\d\d:\d\d UTC: refused/);
  match(titles, /orders_total is at its cap of 3 series: label user has 3 values/);
  match(titles, /7 spans were lost: the queue was full/);
  match(titles, /The clock of this machine went back by 37 s/);
});

test("a heap that grows is found, one that fills up and one that is at rest are not", async () => {
  const random = randomOf(3);
  const heapOf = async (bytes: (i: number) => number) => {
    const { findings, history, clock } = setup();
    for (let i = 0; i < 20; i++) history.collected(clock.now() - (20 - i) * 6000, bytes(i));
    return (await findings.look()).findings.map(({ kind, title }) => `${kind}: ${title}`);
  };
  const MB = 1_000_000;
  const [leak] = await heapOf((i) => (20 + 2 * i + random()) * MB);
  match(leak ?? "", /^heap: The heap grows by (19|2[01]) MB a minute/);
  deepEqual(await heapOf(() => (20 + 5 * random()) * MB), []);
  deepEqual(await heapOf((i) => (20 + 8 * (1 - Math.exp(-i / 3)) + random()) * MB), []);
});

test("a heap that grows is found by few collections, of which some come twice", async () => {
  const { findings, history, clock } = setup();
  // Those of Bun under a leak, as they were seen.
  const seen = [[7, 27], [7.5, 27], [10, 96], [10.5, 96], [25, 379]] as const;
  for (const [second, mb] of seen) history.collected(clock.now() + second * 1000, mb * 1_000_000);
  const { findings: [found] } = await findings.look();
  equal(found?.kind, "heap");
  deepEqual(found?.evidence, ["2 of the last 2 major collections left more than the one before."]);
  // The view of the runtime says so, too.
  ok(trendOf(history.floors)!.bytesAMinute > 1000 * 1_000_000);
});

test("spans and lines that lose their request are found by name", async () => {
  const { findings, tracer, log, clock } = setup();
  for (let i = 0; i < 200; i++) {
    clock.advance(1000);
    const send = () => {
      tracer.span("send mail", () => {});
      log.info("mail sent", { i });
    };
    if (i < 100) tracer.span("POST /orders", { kind: "server" }, send);
    else {
      tracer.span("POST /orders", { kind: "server" }, () => {});
      send();
    }
  }
  const all = (await findings.look()).findings;
  deepEqual(all.map(({ kind, subject }) => [kind, subject]), [
    ["outside", "mail sent"],
    ["outside", "send mail"],
  ]);
});

test("a host whose clock is wrong is found", async () => {
  const { findings, history, clock } = setup();
  const date = (ms: number) => new Date(ms).toUTCString();
  for (let i = 0; i < 5; i++) {
    clock.advance(6000);
    const now = clock.now();
    for (const [host, offMs] of [["ledger", -37_000], ["payments", 400], ["mail", -900]] as const) {
      ok(history.isDue(host, now));
      history.peerSaid(host, date(now + offMs), now - 20, now);
      equal(history.isDue(host, now + 100), false);
    }
  }
  history.peerSaid("odd", "no date", clock.now(), clock.now());
  history.peerSaid("none", null, clock.now(), clock.now());
  const titles = (await findings.look()).findings.map(({ title }) => title);
  equal(titles.length, 1);
  match(titles[0]!, /^The clock of ledger is 3[67] s behind ours$/);
});

test("a detector that throws is counted, and the others still look", async () => {
  const { faults, ...service } = setup();
  const broken = {
    ...service,
    faults,
    ring: service.log.ring,
    finished: service.tracer.finished,
    slos: [{
      name: "odd",
      state() {
        throw new Error("odd");
      },
    }] as never,
  };
  service.lost.push({ what: "rows", reason: "odd", count: 1 });
  const { findings } = await new Findings(broken).look();
  deepEqual(findings.map(({ kind }) => kind), ["lost"]);
  deepEqual([...faults.counts()], [["findings: burning", 1]]);
});
