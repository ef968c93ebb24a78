/**
 * What answers cost, out of the 10 000 rows that are held by default: the forms of a question, and how
 * long the event loop is held at most when one is answered in slices.
 */
import { answer, ask } from "../../src/events/ask/ask.ts";
import { EventStore } from "../../src/events/event_store.ts";
import { Frame } from "../../src/events/store/frame.ts";

const events = new EventStore();
const routes = ["/orders", "/orders/:id", "/carts", "/login", "/search"];
for (let n = 0; n < 12_000; n++) {
  const isSlow = n % 50 === 0, at = n * 2654435761 % 1000;
  events.add({
    time: 1767225600000 + n * 60,
    trace: n.toString(16).padStart(32, "0"),
    path: `/orders/${n}`,
    route: routes[n % 5],
    method: n % 3 === 0 ? "POST" : "GET",
    status: at < 8 ? 500 : 200,
    ms: isSlow ? 300 + at / 10 : 5 + at / 50,
    user: `u-${n * 31 % 3000}`,
    segment: isSlow ? "enterprise" : at < 300 ? "pro" : "free",
    version: "1.4.0",
    isolate: `iso-${n % 4}`,
    "http.host": n % 5 === 0 ? "payments.internal" : undefined,
    "http.ms": n % 5 === 0 ? at / 10 : undefined,
    "db.n": n % 7,
    "db.ms": at / 200,
    "loop.ms": at / 900,
    "sync.ms": at / 950,
    inflight: n % 13,
    "log.warn": at < 20 ? 1 : 0,
  });
}

const QUESTIONS = [
  "status>=500",
  "by route",
  "user:u-31",
  "timeout",
  "by user top 20",
  "by route every 10s show rate,p99(ms)",
  "why ms>250",
  "why last 2m",
];
for (const question of QUESTIONS) Deno.bench(question, () => void ask(events, question));

Deno.bench("the copy of all rows that slices read from", () => void Frame.of(events, true));

/** Of many tries the least, step by step: what other work on the machine adds falls away. */
function longestStep(question: string): number {
  const least: number[] = [];
  for (let turn = 0; turn < 30; turn++) {
    const steps = answer(Frame.of(events, true), question, {});
    for (let k = 0, isDone = false; !isDone; k++) {
      const start = performance.now();
      isDone = steps.next().done === true;
      least[k] = Math.min(least[k] ?? Infinity, performance.now() - start);
    }
  }
  return Math.max(...least);
}

console.log("longest step, ms:");
for (const question of QUESTIONS) {
  console.log(`  ${longestStep(question).toFixed(2)}  ${question}`);
}
