/** SLOs of several isolates: each knows the sums of all. */
import { deepEqual, equal, ok } from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { Registry } from "../../mod.ts";
import { definitionOf } from "../../src/slo/live/definition.ts";
import { Members } from "../../src/slo/live/members.ts";
import { Tracker } from "../../src/slo/live/tracker.ts";
import { type SloChange, SloRegistry, type SloState } from "../../src/slo/mod.ts";
import { ManualClock } from "../manual_clock.ts";
import { serveParallel } from "../serve/parallel.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

const TICK_MS = 10_000;

/** Carries what members say, as the cluster does, at once or later; a member that is gone hears nothing. */
class Wire {
  readonly #listeners = new Map<string, (from: string, body: unknown) => void>();
  readonly #posts: (() => void)[] = [];

  channel(id: string): ConstructorParameters<typeof Members>[0]["channel"] {
    return {
      id,
      listen: (receive) => void this.#listeners.set(id, receive),
      send: (body, to) => {
        const text = JSON.stringify(body);
        for (const other of this.#listeners.keys()) {
          if (other === id || to !== undefined && to !== other) continue;
          this.#posts.push(() => this.#listeners.get(other)?.(id, JSON.parse(text)));
        }
      },
    };
  }

  /** Delivers everything, and what is said because of it. */
  deliver(): void {
    for (let post = this.#posts.shift(); post !== undefined; post = this.#posts.shift()) post();
  }

  remove(id: string): void {
    this.#listeners.delete(id);
  }
}

/** One member, whose timer the test is. */
class Member {
  readonly id: string;
  readonly tracker: Tracker;
  readonly members: Members;
  readonly #clock: ManualClock;

  constructor(id: string, wire: Wire, clock: ManualClock) {
    this.id = id;
    const events = new Registry({ clock }).counter("events_total", "", ["outcome"]);
    const definition = definitionOf("checkout", { objective: 0.999, custom: true });
    const [good, bad] = ["good", "bad"].map((outcome) => events.with({ outcome }));
    this.tracker = new Tracker(definition, good!, bad!, clock.monotonic());
    const trackers = new Map([["checkout", this.tracker]]);
    this.members = new Members({ channel: wire.channel(id), trackers, clock });
    this.#clock = clock;
  }

  get state(): SloState {
    return this.tracker.state(this.#clock.monotonic());
  }
}

test("Members of a cluster that come, count and end at random all know the sums", () => {
  const step = fc.oneof(
    { weight: 2, arbitrary: fc.record({ what: fc.constant("start" as const) }) },
    {
      weight: 6,
      arbitrary: fc.record({
        what: fc.constant("count" as const),
        who: fc.nat(),
        good: fc.nat(1000),
        bad: fc.nat(50),
      }),
    },
    { weight: 1, arbitrary: fc.record({ what: fc.constant("end" as const), who: fc.nat() }) },
    {
      weight: 4,
      arbitrary: fc.record({
        what: fc.constant("wait" as const),
        ticks: fc.integer({ min: 1, max: 30 }),
      }),
    },
  );
  fc.assert(
    fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
      const clock = new ManualClock(), wire = new Wire();
      let present: Member[] = [], started = 0;
      const told = { good: 0, bad: 0 };
      const start = () => {
        // Those that start within a second know of each other only.
        clock.advance(1500);
        present.push(new Member(`member ${started++}`, wire, clock));
        wire.deliver();
      };
      const tick = () => {
        clock.advance(TICK_MS);
        for (const { members } of present) members.tell();
        wire.deliver();
        for (const member of present) void member.state;
      };
      start();
      for (const one of steps) {
        if (one.what === "start") start();
        else if (one.what === "wait") { for (let i = 0; i < one.ticks; i++) tick(); }
        else {
          const member = present[one.who % present.length]!;
          if (one.what === "count") {
            member.tracker.good.add(one.good);
            member.tracker.bad.add(one.bad);
            told.good += one.good;
            told.bad += one.bad;
          } else if (present.length > 1) {
            member.members.tell();
            wire.deliver();
            wire.remove(member.id);
            present = present.filter((other) => other !== member);
          }
        }
      }
      // Who has just come has asked by then.
      for (let i = 0; i < 3; i++) tick();
      const seen = Math.max(...present.map(({ state }) => state.coverage));
      for (const { state } of present) {
        deepEqual([state.events, state.bad], [told.good + told.bad, told.bad]);
        ok(seen - state.coverage <= 1e-5);
        equal(state.alert, present[0]!.state.alert);
      }
    }),
    { numRuns: 200 },
  );
});

test("One member of those that are there speaks", () => {
  const clock = new ManualClock(), wire = new Wire();
  const [a, b] = ["a", "b"].map((id) => new Member(id, wire, clock));
  wire.deliver();
  const speakers = () => [a, b].map((member) => member!.members.speaks("checkout"));
  deepEqual(speakers(), [true, false]);
  wire.remove("a");
  for (let i = 0; i < 5; i++) {
    clock.advance(TICK_MS);
    b!.members.tell();
  }
  equal(b!.members.speaks("checkout"), true);
});

test("A thousand members that are gone are added up", () => {
  const clock = new ManualClock(), wire = new Wire();
  const first = new Member("first", wire, clock);
  let receive!: (from: string, body: unknown) => void;
  new Members({
    channel: { id: "first", send: () => {}, listen: (fn) => void (receive = fn) },
    trackers: new Map([["checkout", first.tracker]]),
    clock,
  });
  for (let i = 0; i < 3000; i++) {
    receive(`m${i}`, { type: "counts", isNew: false, slos: { checkout: [10, 1, 0, 0] } });
    clock.advance(100);
  }
  deepEqual([first.state.events, first.state.bad], [33_000, 3000]);
});

test("What a member says wrongly is refused", () => {
  const clock = new ManualClock(), wire = new Wire(), member = new Member("a", wire, clock);
  let receive!: (from: string, body: unknown) => void;
  new Members({
    channel: { id: "a", send: () => {}, listen: (fn) => void (receive = fn) },
    trackers: new Map([["checkout", member.tracker]]),
    clock,
  });
  const saved = { ageMs: 1e9, totals: { good: 1, bad: 1, seenMs: 1e9 }, levels: [] };
  const wrong: unknown[] = [
    { type: "counts", isNew: false, slos: { checkout: [1, "2", 0, 0] } },
    { type: "counts", isNew: false, slos: { checkout: [-1, 2, 0, 0] } },
    { type: "history", slo: "checkout", counted: {}, saved: { ...saved, ageMs: NaN } },
    {
      type: "history",
      slo: "checkout",
      counted: {},
      saved: { ...saved, levels: [{ last: 1, totals: [null] }] },
    },
  ];
  for (const body of wrong) {
    let error: unknown;
    try {
      receive("b", JSON.parse(JSON.stringify(body)));
    } catch (thrown) {
      error = thrown;
    }
    ok(error instanceof TypeError, JSON.stringify(body));
  }
  for (const body of [null, 1, "x", {}, { type: "other" }, { type: "want", slo: "none" }]) {
    receive("b", body);
  }
  // A history of other windows is not taken.
  receive("b", { type: "history", slo: "checkout", counted: {}, saved });
  equal(member.state.events, 0);
});

let names = 0;

/** A name of its own for each test: files run in isolates of one process. */
function clusterName(): string {
  return `slo test ${process.pid} ${Date.now()} ${names++}`;
}

/** A worker that counts for the SLO. */
class Isolate {
  readonly #worker = new Worker(new URL("./member_worker.ts", import.meta.url), { type: "module" });

  async start(name: string): Promise<this> {
    equal(await this.#ask(name), "ready");
    return this;
  }

  async count(good: number, bad: number): Promise<void> {
    equal(await this.#ask({ good, bad }), "counted");
  }

  /** Scrapes: that is when members tell each other at the latest. */
  async scrape(): Promise<{ page: string; state: SloState }> {
    return await this.#ask("scrape") as { page: string; state: SloState };
  }

  /** Scrapes until its state has so many events. */
  async until(events: number): Promise<{ page: string; state: SloState }> {
    for (;;) {
      const answer = await this.scrape();
      if (answer.state.events === events) return answer;
    }
  }

  end(): void {
    this.#worker.terminate();
  }

  #ask(message: unknown): Promise<unknown> {
    const answer = Promise.withResolvers<unknown>();
    this.#worker.onmessage = ({ data }: MessageEvent) => answer.resolve(data);
    this.#worker.onerror = (event: ErrorEvent) => answer.reject(new Error(event.message));
    this.#worker.postMessage(message);
    return answer.promise;
  }
}

test(
  "SLOs of several isolates add up: state, budget, burn rates and metrics",
  { timeout: HANG_MS },
  async () => {
    const name = clusterName();
    const isolates = await Promise.all([0, 1, 2].map(() => new Isolate().start(name)));
    try {
      for (const [i, isolate] of isolates.entries()) await isolate.count(3000 * i, 100);
      for (const isolate of isolates) {
        const { state } = await isolate.until(9300);
        equal(state.bad, 300);
        equal(state.burn["5m"].toFixed(9), (300 / 9300 / 0.001).toFixed(9));
      }
      isolates[2]!.end();
      const { page, state } = await isolates[0]!.until(9300);
      const valueOf = (series: string) =>
        Number(page.split("\n").find((line) => line.startsWith(series))?.split(" ").at(-1));
      equal(valueOf('slo_events_total{slo="checkout",outcome="good"}'), 9000);
      equal(valueOf('slo_events_total{slo="checkout",outcome="bad"}'), 300);
      equal(valueOf('slo_error_budget_remaining_ratio{slo="checkout"}'), state.budgetRemaining);
      equal(valueOf('slo_burn_rate{slo="checkout",window="1h"}'), state.burn["1h"]);
    } finally {
      for (const isolate of isolates) isolate.end();
    }
  },
);

test(
  "One isolate writes the line of an alert; all call onAlert",
  { timeout: HANG_MS },
  async () => {
    const name = clusterName(), clock = new ManualClock();
    const lines: string[] = [], changes: SloChange[] = [];
    const write = (message: string) => lines.push(message);
    const registries = [0, 1].map(() => new Registry({ cluster: { name } }));
    const slos = registries.map((metrics) =>
      new SloRegistry({
        metrics,
        clock,
        log: { info: write, warn: write, error: write },
        onAlert: (change) => changes.push(change),
      })
    );
    const [a, b] = slos.map((registry) =>
      registry.define("checkout", { objective: 0.99, custom: true })
    );
    a!.bad(50);
    b!.bad(50);
    while (a!.state().events < 100 || b!.state().events < 100) {
      await Promise.all(registries.map((registry) => registry.scrape()));
    }
    // 14.4 % of an hour of errors, and messages on the way: a member that is silent for long speaks no more.
    for (let i = 0; i < 60; i++) {
      a!.bad(10);
      clock.advance(TICK_MS);
      await Promise.all(registries.map((registry) => registry.scrape()));
    }
    deepEqual(changes.map(({ to }) => to), ["page", "page"]);
    equal(changes.filter(({ speaks }) => speaks).length, 1);
    deepEqual(lines, ["SLO alert"]);
    for (const one of [...slos, ...registries]) await one.close();
  },
);

/** A process at a socket. */
class Process {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(socket: string) {
    const path = fileURLToPath(new URL("./member_process.ts", import.meta.url));
    const flags = "Bun" in globalThis ? [] : ["run", "-A", "--no-check"];
    this.#child = spawn(process.execPath, [...flags, path, socket], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async start(): Promise<this> {
    equal((await this.#lines.next()).value, "ready");
    return this;
  }

  async count(good: number, bad: number): Promise<SloState> {
    this.#child.stdin!.write(`${good} ${bad}\n`);
    return JSON.parse((await this.#lines.next()).value!);
  }

  async until(events: number): Promise<SloState> {
    for (;;) {
      const state = await this.count(0, 0);
      if (state.events === events) return state;
    }
  }

  async kill(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }
}

test("SLOs of several processes add up, and a new one knows what one that was killed had counted", {
  timeout: HANG_MS,
}, async () => {
  const folder = mkdtempSync(join(tmpdir(), "telltale-slo-"));
  const socket = join(folder, "cluster.sock");
  const all: Process[] = [];
  const start = async () => {
    const member = new Process(socket);
    all.push(member);
    return await member.start();
  };
  try {
    const a = await start(), b = await start();
    await a.count(50, 1);
    await b.count(40, 2);
    for (const member of [a, b]) equal((await member.until(93)).bad, 3);
    // What it has counted since the last scrape would be lost.
    await a.kill();
    // A history of less than a second is not asked for.
    while ((await b.count(0, 0)).coverage < 1500 / (30 * 86_400_000)) continue;
    const c = await start();
    await c.count(10, 0);
    for (const member of [b, c]) equal((await member.until(103)).bad, 3);
  } finally {
    for (const member of all) await member.kill();
    rmSync(folder, { recursive: true, force: true });
  }
});

test("SLOs of the parallel isolates of deno serve add up", {
  skip: skipWhen("Bun" in globalThis, "deno serve is Deno's"),
  timeout: HANG_MS,
}, async () => {
  const service = serveParallel(new URL("./member_served.ts", import.meta.url));
  try {
    const url = await service.url;
    // A connection sticks to one isolate: each request makes its own.
    const get = (name: string) => fetch(`${url}/${name}`, { headers: { connection: "close" } });
    for (let i = 0; i < 60; i++) await (await get(i % 10 === 0 ? "fails" : "works")).text();
    // Whichever isolate answers.
    for (let right = 0; right < 12;) {
      const state: SloState = await (await get("state")).json();
      right = state.events === 60 && state.bad === 6 ? right + 1 : 0;
    }
  } finally {
    service.child.kill("SIGKILL");
    await service.exited;
  }
});
