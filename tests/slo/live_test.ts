import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { Registry, telltale } from "../../mod.ts";
import {
  Faults,
  type SloChange,
  type SloOptions,
  SloRegistry,
  type SloState,
} from "../../src/slo/mod.ts";
import { ManualClock } from "../manual_clock.ts";

const SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR;

/** One SLO of 99.9 % over 30 days, and what it said when. */
class Scene {
  readonly clock = new ManualClock();
  readonly changes: [atMinutes: number, from: string, to: string][] = [];
  readonly registry = new SloRegistry({
    metrics: new Registry({ clock: this.clock }),
    clock: this.clock,
    onAlert: ({ from, to }) => this.changes.push([this.clock.monotonic() / MINUTE, from, to]),
  });
  readonly slo = this.registry.define("checkout", { objective: 0.999, custom: true });

  /** So many events a minute, at the beginning of every ten seconds, of which a share is bad. */
  run(minutes: number, perMinute: number, badRatio = 0): void {
    const perStep = perMinute / 6;
    for (let i = 0; i < minutes * 6; i++) {
      this.slo.good(perStep * (1 - badRatio));
      this.slo.bad(perStep * badRatio);
      this.clock.advance(10 * SECOND);
    }
  }

  /** The changes, with minutes from `startMinutes` on. */
  since(startMinutes: number): [number, string, string][] {
    return this.changes.map(([at, from, to]) => [
      Math.round((at - startMinutes) * 100) / 100,
      from,
      to,
    ]);
  }
}

test("SLO pages in minute 18 of 5 % errors after four clean days, and until minute 86.4", () => {
  const scene = new Scene();
  scene.run(4 * 1440, 600);
  const start = 4 * 1440;
  scene.run(60, 600, 0.05);
  scene.run(120, 600);
  // 1 h above 1.44 % after 60 * 1.44 / 5 = 17.28 minutes, which the reading at 17:20 sees. 5 m falls
  // below 1.44 % at 60 + 5 * (1 - .288) = 63.56; by then 6 h is at .83 % > .6 %, and 30 m stays
  // above .6 % until 60 + 30 * (1 - .12) = 86.4, which the reading at 86:30 sees.
  deepEqual(scene.since(start), [[17.33, "none", "page"], [86.5, "page", "none"]]);
});

test("SLO of a new service alerts as one with four clean days: what was not seen counts as good", () => {
  const scene = new Scene();
  scene.run(60, 600, 0.05);
  deepEqual(scene.changes.map(([at, , to]) => [Math.round(at * 100) / 100, to]), [[17.33, "page"]]);
  // 0.2 % is a burn rate of 2: a ticket after half of three days.
  const slow = new Scene();
  slow.run(1440, 600, 0.002);
  equal(slow.changes.length, 0);
  slow.run(1440, 600, 0.002);
  deepEqual(slow.changes.map(([at, , to]) => [Math.floor(at / 60), to]), [[36, "ticket"]]);
});

test("SLO pages for a full outage of a new service within a minute", () => {
  const scene = new Scene();
  scene.run(5, 600, 1);
  // 1.44 % of an hour are 51.84 seconds.
  deepEqual(scene.changes, [[1, "none", "page"]]);
});

test("SLO is silent about one failure at night, and about two", () => {
  const scene = new Scene();
  for (let i = 0; i < 6 * 24; i++) {
    if (i === 30 || i === 60) scene.slo.bad();
    else scene.slo.good();
    scene.clock.advance(10 * MINUTE);
  }
  deepEqual(scene.changes, []);
  const { burn } = scene.slo.state();
  equal(burn["1d"] > 10, true, `burn rate ${burn["1d"]} alone would be a ticket`);
});

test("SLO alerts on the third failure of a quiet service", () => {
  const scene = new Scene();
  for (let i = 0; i < 12; i++) {
    scene.slo.bad();
    scene.clock.advance(10 * MINUTE);
  }
  equal(scene.changes[0]?.[2], "page");
});

test("SLO does not flap with errors that come and go", () => {
  const scene = new Scene();
  scene.run(1440, 600);
  for (let i = 0; i < 36; i++) {
    scene.run(1, 600, 1);
    scene.run(9, 600);
  }
  const changes = scene.since(1440);
  // A minute of errors is 1.67 % of an hour: 5m/1h pages at once, and again at each burst, until 6 h
  // is above 0.6 % for good after 21.6 minutes of bursts; from then on 30m/6h holds the page.
  const after = changes.filter(([at]) => at > 30);
  deepEqual(after, []);
  equal(changes.at(-1)?.[2], "page");
});

test("SLO of an overall outage pages whatever the objective", () => {
  for (const objective of [0.1, 0.5, 0.9, 0.95, 0.999999]) {
    const clock = new ManualClock();
    const registry = new SloRegistry({ metrics: new Registry({ clock }), clock });
    const slo = registry.define("a", { objective, custom: true });
    for (let i = 0; i < 6 * 60; i++) {
      slo.bad(10);
      clock.advance(10 * SECOND);
    }
    equal(slo.state().alert, "page", String(objective));
  }
});

test("SLO counts the requests of its routes by status, method and time", async () => {
  const clock = new ManualClock();
  await using t = telltale({ log: { sinks: [] }, otlp: false, clock, metrics: { runtime: false } });
  const route = "/orders";
  const slos = {
    plain: t.slo("plain", { objective: 0.9, availability: { route } }),
    strict: t.slo("strict", { objective: 0.9, availability: { route, ok: (s) => s === 200 } }),
    post: t.slo("post", { objective: 0.9, availability: { route: [route, "/a"], method: "POST" } }),
    ignoring: t.slo("ignoring", {
      objective: 0.9,
      availability: { route },
      ignore: (status) => status === 404 || status === 503,
    }),
    all: t.slo("all", { objective: 0.9, availability: {} }),
    fast: t.slo("fast", { objective: 0.9, latency: { route, underMs: 300 } }),
  };
  const { setRoute } = await import("../../mod.ts");
  const handler = t.instrument((request: Request) => {
    const url = new URL(request.url);
    if (url.pathname !== "/none") setRoute(request, url.pathname);
    clock.advance(Number(url.searchParams.get("ms") ?? 0));
    return new Response(null, { status: Number(url.searchParams.get("status") ?? 200) });
  });
  const ask = (path: string, method = "GET") =>
    handler(new Request(`http://localhost${path}`, { method }));
  await ask("/orders");
  await ask("/orders?status=404&ms=300");
  await ask("/orders?status=503&ms=300.1");
  await ask("/orders", "POST");
  await ask("/a?status=500", "POST");
  await ask("/a?status=500");
  await ask("/none?status=500");
  const counts = Object.entries(slos).map(([name, slo]) => {
    const { events, bad } = slo.state();
    return [name, events, bad];
  });
  deepEqual(counts, [
    ["plain", 4, 1],
    ["strict", 4, 2],
    ["post", 2, 1],
    ["ignoring", 2, 0],
    ["all", 7, 4],
    ["fast", 4, 1],
  ]);
  const page = await (await t.metrics.scrape()).text();
  // The bound of the latency is one of the histogram, and counts the same.
  const bucket =
    /http_request_duration_seconds_bucket\{method="GET",route="\/orders",status="(\d+)",le="0.3"\} (\d)/g;
  deepEqual([...page.matchAll(bucket)].map(([, status, n]) => [status, n]), [
    ["200", "1"],
    ["404", "1"],
    ["503", "0"],
  ]);
});

test("SLO metrics are there from the definition on, events at 0", async () => {
  const clock = new ManualClock();
  await using t = telltale({ log: { sinks: [] }, otlp: false, clock, metrics: { runtime: false } });
  const slo = t.slo("mails", { objective: 0.95, windowDays: 7, custom: true });
  const page = async () =>
    (await (await t.metrics.scrape()).text()).split("\n").filter((line) => /^slo_/.test(line));
  const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d", "7d"];
  deepEqual(await page(), [
    'slo_events_total{slo="mails",outcome="good"} 0',
    'slo_events_total{slo="mails",outcome="bad"} 0',
    'slo_objective_ratio{slo="mails"} 0.95',
    'slo_error_budget_remaining_ratio{slo="mails"} 1',
    'slo_alert_state{slo="mails"} 0',
    ...windows.map((window) => `slo_burn_rate{slo="mails",window="${window}"} 0`),
    ...windows.map((window) => `slo_window_coverage_ratio{slo="mails",window="${window}"} 0`),
  ]);
  slo.good(9);
  slo.bad();
  clock.advance(30 * MINUTE);
  slo.bad(-1);
  slo.good(NaN);
  const lines = await page();
  const value = (name: string) => lines.find((line) => line.startsWith(name))?.split(" ")[1];
  equal(value('slo_events_total{slo="mails",outcome="good"}'), "9");
  equal(value("slo_error_budget_remaining_ratio"), "-1");
  equal(value('slo_burn_rate{slo="mails",window="1h"}'), "2");
  equal(value('slo_burn_rate{slo="mails",window="5m"}'), "0");
  equal(value('slo_window_coverage_ratio{slo="mails",window="1h"}'), "0.5");
  equal(t.metrics.counts.badValues, 2);
});

test("SLO alerts go to the log, to onAlert and, where asked for, to health", async () => {
  const clock = new ManualClock(), changes: SloChange[] = [];
  await using t = telltale({ log: { sinks: [] }, otlp: false, clock });
  const slo = t.slo("checkout", {
    objective: 0.999,
    custom: true,
    degrades: true,
    onAlert(change) {
      changes.push(change);
      throw new Error("of the application");
    },
  });
  equal((await t.health.refresh()).status, "UP");
  slo.bad(100);
  clock.advance(2 * MINUTE);
  const { status, ready, components } = await t.health.refresh();
  deepEqual([status, ready, components["slo checkout"]?.description], [
    "DEGRADED",
    "UP",
    "burning, -99900 % of the error budget left",
  ]);
  slo.good(1e9);
  clock.advance(10 * SECOND);
  equal((await t.health.refresh()).status, "UP");
  deepEqual(changes.map(({ slo, from, to }) => [slo, from, to]), [
    ["checkout", "none", "page"],
    ["checkout", "page", "none"],
  ]);
  const lines = [...t.log.ring].filter(({ message }) => message.startsWith("SLO"));
  deepEqual(lines.map(({ message, severity, fields }) => [message, severity, fields?.to]), [
    ["SLO alert", 17, "page"],
    ["SLO alert ended", 9, "none"],
  ]);
  equal(t.faults.counts().get("SLO alert"), 2);
});

test("SLO does not heed a step of the wall clock", () => {
  const scene = new Scene();
  scene.run(30, 600, 0.01);
  const before: SloState = scene.slo.state();
  scene.clock.step(-5 * DAY);
  deepEqual(scene.slo.state(), before);
  scene.clock.step(400 * DAY);
  deepEqual(scene.slo.state(), before);
});

test("SloRegistry refuses what can't be an SLO", () => {
  const registry = new SloRegistry({ metrics: new Registry(), faults: new Faults() });
  const good: SloOptions = { objective: 0.999, availability: { route: "/orders" } };
  const rows: [options: unknown, message: string | RegExp][] = [
    [undefined, 'Cannot define SLO "a": options must be an object, got undefined'],
    [
      { ...good, objective: 99.9 },
      'Cannot define SLO "a": objective must be above 0 and below 1 (99.9 % is 0.999), got 99.9',
    ],
    [{ ...good, objective: 1 }, /objective must be above 0 and below 1/],
    [{ ...good, objective: 0 }, /objective must be above 0 and below 1/],
    [{ ...good, objective: "99.9%" }, /objective must be above 0 and below 1 .*got "99.9%"/],
    [{ ...good, objective: NaN }, /objective .* got NaN/],
    [{ ...good, windowDays: 6 }, /windowDays must be a whole number from 7 to 90, got 6/],
    [{ ...good, windowDays: 7.5 }, /windowDays must be a whole number from 7 to 90, got 7.5/],
    [{ ...good, windowdays: 7 }, /unknown option "windowdays", did you mean "windowDays"\?/],
    [{ ...good, minBad: 0 }, /minBad must be a whole number from 1, got 0/],
    [{ ...good, degrades: 1 }, /degrades must be true or false, got 1/],
    [{ ...good, onAlert: 1 }, /onAlert must be a function, got 1/],
    [{ objective: 0.9 }, /it must have one of availability, latency and custom, got \[\]/],
    [{ ...good, custom: true }, /it must have one of .*got \["availability", "custom"\]/],
    [{ objective: 0.9, custom: false }, /custom must be true, got false/],
    [{ objective: 0.9, custom: true, ignore: () => true }, /ignore must not be set with custom/],
    [{ objective: 0.9, availability: "/orders" }, /availability: options must be an object/],
    [{ objective: 0.9, availability: { path: "/" } }, /availability: unknown option "path"/],
    [{ objective: 0.9, availability: { route: "orders" } }, /route must be a template .*"orders"/],
    [
      { objective: 0.9, availability: { route: "/a?b=1" } },
      /route must be a template .*"\/a\?b=1"/,
    ],
    [{ objective: 0.9, availability: { route: [] } }, /route must be a template or 1 to 100/],
    [
      { objective: 0.9, availability: { method: "post" } },
      /method must be in capitals, got "post"/,
    ],
    [{ objective: 0.9, availability: { ok: 200 } }, /availability.ok must be a function, got 200/],
    [
      { objective: 0.9, availability: { ok: () => 1 } },
      /ok\(100\) must return true or false, got 1/,
    ],
    [
      { objective: 0.9, latency: { route: "/a" } },
      /latency.underMs must be positive, got undefined/,
    ],
    [{ objective: 0.9, latency: { underMs: 0 } }, /latency.underMs must be positive, got 0/],
    [{ ...good, ignore: () => true }, /ignore must leave some statuses that count/],
  ];
  for (const [options, message] of rows) {
    throws(() => registry.define("a", options as SloOptions), { message });
  }
  throws(() => registry.define("a b", good), { message: /name must be 1 to 63 letters/ });
  registry.define("a", good);
  throws(() => registry.define("a", good), {
    name: "TypeError",
    message: 'Cannot define SLO "a": the name is taken',
  });
  for (let i = 1; i < 100; i++) registry.define(`a${i}`, good);
  throws(() => registry.define("b", good), { message: /there must be at most 100, got 101/ });
});

test("An SLO that is met does not page, however low its objective is", () => {
  const clock = new ManualClock();
  const registry = new SloRegistry({ metrics: new Registry({ clock }), clock });
  const low = registry.define("guesses", { objective: 0.05, custom: true });
  for (let minute = 0; minute < 600; minute++) {
    low.good(8);
    low.bad(92);
    clock.advance(60_000);
  }
  equal(low.state().alert, "none");
});

test("An alert whose listener rejects is counted, and ends nothing", async () => {
  const clock = new ManualClock(), faults = new Faults(() => {});
  const registry = new SloRegistry({ metrics: new Registry({ clock }), clock, faults });
  const slo = registry.define("checkout", {
    objective: 0.99,
    custom: true,
    onAlert: () => Promise.reject(new Error("the pager is down")),
  });
  for (let minute = 0; minute < 30; minute++) {
    slo.bad(100);
    clock.advance(60_000);
  }
  equal(slo.state().alert, "page");
  await new Promise((resolve) => setTimeout(resolve));
  equal(faults.counts().get("SLO alert"), 1);
});
