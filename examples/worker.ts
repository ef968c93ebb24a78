/**
 * A worker without HTTP: `deno run examples/worker.ts` takes jobs from a queue, retries what fails, and ends when
 * the queue is empty. Each job has a span, a row and lines with one trace.
 */
import { telltale } from "../mod.ts";

const t = telltale({ service: "mailer", log: { sinks: [], level: "debug" } });
const jobs = t.metrics.counter("jobs_total", "Jobs that ended", ["result"]);
const took = t.metrics.histogram("job_duration_seconds", "Time a job took");
const queue = ["ann", "bob", "eve", "kim"].map((user) => ({ user, attempt: 1 }));

async function send(user: string, attempt: number): Promise<void> {
  t.note({ user, attempt });
  await t.tracer.span("connect", () => Promise.resolve());
  if (user === "eve" && attempt === 1) throw new TypeError("mailbox is busy");
}

for (let job = queue.shift(); job !== undefined && !t.stopping.aborted; job = queue.shift()) {
  const { user, attempt } = job, timer = took.time();
  try {
    await t.event("send mail", () => send(user, attempt));
    jobs.inc({ result: "sent" });
  } catch (error) {
    // The span and the row have the error already.
    t.log.warn("mail not sent", { user, error });
    jobs.inc({ result: "failed" });
    if (attempt < 3) queue.push({ user, attempt: attempt + 1 });
  } finally {
    timer.end();
  }
}

console.log((await (await t.metrics.scrape()).text()).match(/^jobs_total.*$/gm)!.join("\n"));
const failed = await t.ask('job:"send mail" error.type?');
if (failed.kind === "rows") {
  for (const { fields } of failed.rows) console.log(`${fields.user}, attempt ${fields.attempt}`);
}
await t.shutdown();
