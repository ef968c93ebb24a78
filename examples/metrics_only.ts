/**
 * Metrics alone, without a service: `deno run examples/metrics_only.ts` prints what a scrape gets.
 */
import { Registry } from "../src/metrics/mod.ts";

const registry = new Registry({ maxSeries: 100 });

const jobs = registry.counter("jobs_total", "Jobs that ended", ["queue", "result"]);
const waiting = registry.gauge("jobs_waiting", "Jobs not yet begun", ["queue"]);
const duration = registry.histogram("job_duration_seconds", "Time a job took", ["queue"], {
  buckets: [0.01, 0.1, 1, 10],
});

// Bind a label set that is used often: its handle does no look-up.
const mailed = jobs.with({ queue: "mail", result: "done" });
const mailDuration = duration.with({ queue: "mail" });

waiting.set(3, { queue: "mail" });
for (const seconds of [0.004, 0.25, 12]) {
  mailDuration.observe(seconds);
  mailed.inc();
  waiting.dec({ queue: "mail" });
}
jobs.add(2, { queue: "reports", result: "failed" });

console.log(await (await registry.scrape()).text());
