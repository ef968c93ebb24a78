import process from "node:process";
import type { Load } from "./load.ts";
import type { Pair } from "./pair.ts";

/** The live line covers this much time. */
const WINDOW_MS = 10_000;

/** Prints where to look, once everything runs. */
export function printHeader({ orders, payments, ...pair }: Header): void {
  const curl = `curl -i ${orders.url}/orders -d ` +
    `'{"items":[{"sku":"lamp","quantity":1,"price_dollars":20}],` +
    `"payment":{"method":"card","token":"card_ok"}}'`;
  const question = `${orders.url}/telltale/api/ask?q=route:/orders+why+ms>250`;
  console.log(`
  Console   ${orders.url}/telltale/
  Why slow  curl -H 'accept: text/markdown' '${question}'

  orders    ${orders.url}  on ${orders.runtime}, pid ${orders.pid}
  payments  ${payments.url}  on ${payments.runtime}, pid ${payments.pid}

  Metrics   curl ${orders.url}/metrics
  Health    curl ${orders.url}/health
  Logs      ${pair.logs ? "on this terminal" : `tail -f ${pair.folder}/*.log`}
  Trace     ${curl}
            its x-request-id is in both logs${pair.logs ? "" : `: grep ID ${pair.folder}/*.log`}
  Outage    kill ${payments.pid}   orders is DEGRADED until payments is back, 5 s later

  Meant     The bank of some customers is slow (300 to 800 ms): that is the p99 below. Declined and
            broken cards, and hostile requests, are part of the load too.
  Installed whatever npm printed above is for development (tests, rivals, Bun): Telltale itself has
            no dependency.

  Ctrl-C drains and stops.
`);
}

interface Header extends Pick<Pair, "orders" | "payments"> {
  readonly folder: string;
  readonly logs: boolean;
}

/** The live one-line summary: rewritten in place on a terminal, else one line after the other. */
export class LiveLine {
  readonly #load: Load;
  readonly #pair: Pair;
  readonly #rewrite: boolean;
  readonly #startedMs = performance.now();
  #timer: ReturnType<typeof setInterval> | undefined;
  #stopped = false;

  constructor(load: Load, pair: Pair, logs: boolean) {
    this.#load = load;
    this.#pair = pair;
    // It would cut log lines on the same terminal in two.
    this.#rewrite = process.stdout.isTTY === true && !logs;
  }

  start(): void {
    this.#timer = setInterval(() => this.#print(), this.#rewrite ? 1000 : 5000);
  }

  /** Ends the line, so that the next text starts on its own. */
  stop(): void {
    clearInterval(this.#timer);
    this.#stopped = true;
    if (this.#rewrite) process.stdout.write("\n");
  }

  /** Prints a sentence without breaking the live line. */
  say(sentence: string): void {
    process.stdout.write(this.#rewrite ? `\r\x1b[K${sentence}\n` : `${sentence}\n`);
  }

  async #print(): Promise<void> {
    const [orders, payments] = await Promise.all([
      status(this.#pair.orders.url),
      status(this.#pair.payments.url),
    ]);
    if (this.#stopped) return;
    const nowMs = performance.now();
    const windowMs = Math.min(WINDOW_MS, nowMs - this.#startedMs);
    const { requests, errors, p50Ms, p99Ms } = this.#load.tally.since(nowMs - windowMs);
    const line = [
      clock(nowMs - this.#startedMs),
      `${(requests / windowMs * 1000).toFixed(1)} req/s`,
      `${percent(errors, requests)} errors`,
      `p50 ${p50Ms.toFixed(0)} ms`,
      `p99 ${p99Ms.toFixed(0)} ms`,
      `orders ${orders}`,
      `payments ${payments}`,
    ].join("  ");
    // A line that wraps could not be rewritten.
    const fitting = line.slice(0, (process.stdout.columns ?? 80) - 1);
    process.stdout.write(this.#rewrite ? `\r\x1b[K${fitting}` : `${line}\n`);
  }
}

/** The summary at the end: what the load saw, and that no order it was promised is lost. */
export function printSummary(load: Load, seconds: number, completed: number): void {
  const { requests, errors, p50Ms, p99Ms } = load.tally.total();
  console.log(`
  ${requests} requests in ${seconds.toFixed(1)} s   ${(requests / seconds).toFixed(1)} req/s
  ${errors} errors (${percent(errors, requests)})   p50 ${p50Ms.toFixed(1)} ms   p99 ${
    p99Ms.toFixed(1)
  } ms
  ${load.ordersPlaced} orders confirmed, ${completed} in the database
  hostile requests besides: ${load.hostileSent}
`);
}

async function status(url: string): Promise<string> {
  try {
    const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(900) });
    return (await response.json()).status;
  } catch {
    return "away";
  }
}

function clock(ms: number): string {
  const seconds = Math.round(ms / 1000);
  return `${String(Math.floor(seconds / 60)).padStart(2, "0")}:${
    String(seconds % 60).padStart(2, "0")
  }`;
}

function percent(part: number, whole: number): string {
  return `${(whole === 0 ? 0 : part / whole * 100).toFixed(1)} %`;
}
