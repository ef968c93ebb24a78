/** Fills a store as a service does and tells what it occupies. */
import process from "node:process";
import { EventStore } from "../../src/events/event_store.ts";

function occupied(): number {
  for (let i = 0; i < 3; i++) (globalThis as unknown as { gc(): void }).gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** Twice as many rows as are held. */
function fill(events: EventStore): void {
  const trace = events.field("trace", { unique: true, trusted: true });
  const path = events.field("path");
  for (let n = 0; n < 20_000; n++) {
    const id = Array.from({ length: 4 }, (_, i) => hex(n * 7919 + i)).join("");
    const url = `http://localhost:8000/orders/${id.slice(0, 8)}/items?${"q".repeat(2000)}`;
    events.begin();
    events.set(trace, id);
    events.set(path, url.slice(21, url.indexOf("?")));
    events.note("user", `u-${n % 6000}`);
    for (let i = 0; i < 12; i++) {
      events.note(`text.${i}`, `value ${(n * (i + 1)) % 50} of the field`);
    }
    for (let i = 0; i < 14; i++) events.note(`number.${i}.ms`, n / (i + 1));
    events.end();
  }
}

function hex(n: number): string {
  return (n * 2654435761 % 2 ** 32).toString(16).padStart(8, "0");
}

fill(new EventStore({ maxRows: 10 }));
const before = occupied();
const events = new EventStore();
fill(events);
const heap = occupied() - before;
console.log(
  JSON.stringify({ heap, told: events.bytes, rows: events.next - events.first }),
);
