import { run } from "../../src/core/context.ts";
import type { Family } from "../../src/metrics/data/family.ts";
import { numberFamily } from "../../src/metrics/data/family.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { ManualClock } from "../manual_clock.ts";
import { NAUGHTY } from "./arbitrary.ts";

/** A request whose trace is sampled. */
export const TRACED = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  flags: 1,
  tracestate: "",
  requestId: "",
};

/** A registry with every type of metric in every situation, named as Prometheus advises. */
export function everything(options: { readonly utf8?: boolean } = {}): Registry {
  const clock = new ManualClock();
  const registry = new Registry({ clock, names: options.utf8 ? "utf-8" : "legacy", maxSeries: 3 });
  const orders = registry.counter("orders_total", "Orders", ["status"], { exemplars: true });
  run(TRACED, () => orders.inc({ status: "completed" }));
  for (const status of ["failed", "new", "past the cap", "and another"]) {
    orders.add(2.5, { status });
  }
  registry.counter("never_total", "Never used", ["a"]);
  registry.gauge("temperature_celsius", "Now", ["room"], { unit: "celsius" })
    .set(-3.5, { room: 'é "quoted" \\ and\nbroken' });
  registry.gauge("largest_bytes", "Not a number until there is one").set(NaN);
  registry.gauge("deadline_seconds", "Far away").set(Infinity);

  const wait = registry.histogram("wait_seconds", "Time in the queue", ["queue"]);
  for (let i = 0; i < 100; i++) wait.observe(1.1 ** i / 1000, { queue: "mail" });
  run(TRACED, () => wait.observe(0.5, { queue: "mail" }));
  wait.observe(Infinity, { queue: "endless" });
  const change = registry.histogram("change_meters", "Up or down", [], { buckets: [-1, 0, 1e6] });
  for (const value of [-2, -1, 0, 1, 5e6]) change.observe(value);
  registry.histogram("depth_meters", "Below zero only", [], { buckets: [1] }).observe(-5);
  registry.histogram("empty_seconds", "Nothing yet", []);

  const size = registry.summary("size_bytes", "Sizes", ["kind"]);
  for (let i = 0; i < 100; i++) size.observe(i * 1000, { kind: "page" });
  registry.summary("balance_dollars", "May be negative").observe(-7);
  registry.summary("idle_seconds", "Nothing yet");

  registry.info("build_info", "What runs", ["version", "branch"])
    .set({ version: "1.4.0", branch: "main" });
  registry.stateSet("door", "Which way", ["open", "closed"]).set("open");
  registry.collector(() => [
    numberFamily("unknown", "by_hand", "Made by hand", [[1], [2, { a: "b" }]]),
    numberFamily("gauge", "of_no_series", "", []),
  ]);
  if (options.utf8) {
    registry.counter("http.requests", "By dots", ["http.method"]).inc({ "http.method": "GET" });
    registry.histogram("http.wait.seconds", 'With "quotes" \\ and\nlines', ["señor"])
      .observe(0.1, { "señor": "sí" });
    registry.info("host info_info", "With a blank", ["🏠"]).set({ "🏠": "😀" });
  }
  return registry;
}

/** A registry with every naughty string as a help text and as a label's value. */
export function naughty(): Registry {
  const registry = new Registry({ maxSeries: NAUGHTY.length });
  const uses = registry.counter("uses_total", "Uses", ["text"]);
  NAUGHTY.forEach((text, i) => {
    uses.inc({ text });
    registry.gauge(`naughty_${i}`, text, ["text"]).set(i, { text });
  });
  return registry;
}

/** The registries whose pages are read back, by name. */
export async function pages(): Promise<ReadonlyMap<string, readonly Family[]>> {
  return new Map([
    ["nothing", []],
    ["everything", await everything().collect()],
    ["everything, UTF-8 names", await everything({ utf8: true }).collect()],
    ["naughty strings", await naughty().collect()],
  ]);
}
