/** Findings beside what happened to the service: changes of flags and versions, profiles, collections. */
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { test } from "node:test";
import { Logger } from "../../src/log/logger.ts";
import { EventStore } from "../../src/events/event_store.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { Findings } from "../../src/console/findings/findings.ts";
import { type Draft, type Fault, randomOf, requests, SPAN_MS, START } from "../events/service.ts";
import { ManualClock } from "../manual_clock.ts";
import { HANG_MS } from "../tool.ts";
import { restOf } from "./rest.ts";

const LONG = { timeout: HANG_MS };
/** When faults begin, of ten minutes. */
const SINCE = 0.6, FROM = START + SINCE * SPAN_MS;

interface Options {
  /** Share of the time that the collector took, by point of five seconds. */
  readonly gc?: (point: number) => number;
  /** How many times ten minutes the rows span. */
  readonly times?: number;
}

function setup({ gc = () => 0.02, times = 1 }: Options = {}) {
  const clock = new ManualClock(START + times * SPAN_MS);
  const events = new EventStore({ clock }), log = new Logger({ sinks: [], clock, level: "info" });
  const rest = restOf(clock);
  const figures = {
    since: (timeMs: number) =>
      Array.from({ length: 720 }, (_, i) => ({
        timeMs: clock.now() - (719 - i) * 5000,
        seconds: 5,
        gc: gc(i),
      })).filter((point) => point.timeMs >= timeMs),
  };
  const { finished } = new Tracer({ clock });
  const findings = new Findings({ ...rest, events, ring: log.ring, finished, figures, clock });
  const fill = (count: number, seed: number, fault: Fault, others: readonly object[] = []) => {
    const waiting = [...others] as { readonly time: number }[];
    for (const row of requests(count, seed, fault)) {
      row.time = START + times * (Number(row.time) - START);
      while (waiting[0] !== undefined && waiting[0].time <= row.time) {
        events.add({ ...waiting.shift() });
      }
      events.add(row);
    }
  };
  const look = async () => {
    const found = await findings.look();
    deepEqual([...rest.faults.counts()], []);
    return found.findings;
  };
  return { ...rest, clock, log, fill, look };
}

const fails = (isMeant: (row: Draft) => boolean): Fault => (row, random, since) => {
  if (since >= SINCE && row.route === "/orders" && isMeant(row) && random() < 0.5) row.status = 500;
};
const changed = (time: number) => ({
  time,
  job: "flag changed",
  flag: "checkout",
  change: "changed",
  by: "set",
});

test("a finding says when it began with the change of a flag", LONG, async () => {
  for (let seed = 1; seed <= 5; seed++) {
    const { fill, look } = setup();
    // Another change, long before, has nothing to do with it.
    const changes = [changed(START + 60_000), changed(FROM)];
    fill(6000, seed, fails((row) => row["flag.checkout"] === "treatment"), changes);
    const [finding] = await look();
    equal(finding!.mark?.timeMs, FROM, `seed ${seed}`);
    match(finding!.evidence[0]!, /^It began when flag checkout changed by set, at 12:06:00 UTC\.$/);
    deepEqual(finding!.causes[0], "flag.checkout=treatment");
  }
});

test("a finding says when it began with a new version", LONG, async () => {
  const { fill, look } = setup();
  fill(6000, 3, (row, random, since) => {
    if (since >= SINCE) row.version = "1.4.1";
    fails(() => true)(row, random, since);
  });
  const [finding] = await look();
  match(finding!.evidence[0]!, /^It began when version 1\.4\.1 came, at 12:0[56]:/);
  equal(finding!.mark?.kind, "version");
});

test("a change that is not near the onset is no mark", LONG, async () => {
  const { fill, look } = setup();
  fill(6000, 2, fails(() => true), [changed(FROM - 60_000), changed(FROM + 60_000)]);
  const [finding] = await look();
  deepEqual([finding!.kind, finding!.mark], ["failed", undefined]);
});

test("a finding names the profile that was taken because of it", LONG, async () => {
  const { fill, look, log } = setup();
  log.info("Event loop blocked", { blocked_ms: 300, profile_id: "older" });
  log.info("Event loop blocked", { blocked_ms: 300, profile_id: "newest" });
  log.info("order placed", { profile_id: "an application's own" });
  fill(6000, 1, (row, random, since) => {
    if (since < SINCE) return;
    if (row.route === "/report" && random() < 0.3) row["sync.ms"] = 300, row.ms += 300;
    else if (random() < 0.1) row["loop.ms"] = 280;
  });
  const blocked = (await look()).find(({ kind }) => kind === "blocked");
  deepEqual([blocked?.subject, blocked?.profile], ["/report", "newest"]);
});

test("a collector that takes much of the time is found, one long collection is not", async () => {
  const busy = setup({ gc: (point) => point >= 700 ? 0.4 : 0.02 });
  const [finding] = await busy.look();
  deepEqual([finding?.kind, finding?.severity], ["gc", "suffering"]);
  match(finding!.title, /^Garbage collection takes 3\d % of the time since 12:08:20 UTC$/);
  for (const gc of [() => 0.1, (point: number) => point === 715 ? 0.9 : 0.02, () => NaN]) {
    deepEqual(await setup({ gc }).look(), []);
  }
});

test(
  "nothing is found in an hour of a sound service at three loads, with deploys and changes",
  LONG,
  async () => {
    for (const seed of [1, 2, 3]) {
      for (const count of [600, 3000, 9000]) {
        const random = randomOf(seed);
        const gc = Float64Array.from({ length: 720 }, () => 0.08 * random() ** 2);
        const { fill, look, health, slos, history, clock } = setup({
          times: 6,
          gc: (point) => gc[point]!,
        });
        // A heap that breathes: what is kept fills up and is let go again.
        for (let i = 0; i < 120; i++) {
          const bytes = 60e6 + 25e6 * Math.sin(i / 9) + 10e6 * random();
          history.collected(START + i * 30_000, bytes);
        }
        for (let ms = 0; ms < 3_600_000; ms += 500) history.tick(START + ms, ms, 8 * random());
        health.check("database", () => true);
        await health.refresh();
        const slo = slos.define("orders", { objective: 0.98, custom: true });
        for (let i = 0; i < 360; i++) {
          slo.good(99);
          if (random() < 0.5) slo.bad(1);
        }
        const changes = [changed(START + 1_200_000), changed(START + 2_400_000)];
        fill(count, seed, (row, _random, since) => {
          if (since >= 0.5) row.version = "1.4.1";
        }, changes);
        const found = await look();
        deepEqual(found.map(({ title }) => title), [], `seed ${seed}, ${count} rows`);
        ok(clock.now() > START);
        await slos.close();
      }
    }
  },
);
