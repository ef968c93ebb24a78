import { encodeOpenMetrics, encodeText, Registry } from "../../src/metrics/mod.ts";

const counters = new Registry({ maxSeries: 100_000 });
const total = counters.counter("requests_total", "Requests", ["route", "status", "shard"]);
for (let i = 0; i < 100_000; i++) {
  total.add(i, { route: `/r/${i % 100}`, status: String(200 + i % 7), shard: String(i) });
}
const histograms = new Registry();
const buckets = [.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10];
const seconds = histograms.histogram("seconds", "Seconds", ["route"], { buckets });
for (let i = 0; i < 50_000; i++) {
  seconds.observe(i * 7919 % 5000 / 1000, { route: `/r/${i % 1000}` });
}

Deno.bench("encoder: text, 100 000 counters", async () => {
  encodeText(await counters.collect());
});
Deno.bench("encoder: OpenMetrics, 100 000 counters", async () => {
  encodeOpenMetrics(await counters.collect());
});
Deno.bench("encoder: text, 1000 histograms of 11 buckets", async () => {
  encodeText(await histograms.collect());
});
