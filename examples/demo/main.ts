/**
 * The demo: two services, customers, and where to look. `deno task demo --help` prints the options.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { DatabaseSync } from "node:sqlite";
import { Load } from "./load.ts";
import { type DemoOptions, parseOptions, USAGE } from "./options.ts";
import { Pair } from "./pair.ts";
import { LiveLine, printHeader, printSummary } from "./screen.ts";
import type { Exit } from "./service.ts";
import { Store } from "./store.ts";

/** A fault comes into a service that is in use. */
const FAULT_AFTER_SECONDS = 15;
const CUSTOMERS_PER_SECOND = 25;
const RESTART_AFTER_MS = 5000;
/** `deno task` delivers one Ctrl-C twice; only a later one means "now". */
const SECOND_SIGNAL_MS = 500;

async function main(args: readonly string[]): Promise<number> {
  let options: DemoOptions;
  try {
    options = parseOptions(args);
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    return 2;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }

  const folder = mkdtempSync(join(tmpdir(), "telltale-demo-"));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  const asked = new Asked(remove);
  const voice = { say: (sentence: string): void => console.error(sentence) };
  let pair: Pair;
  try {
    pair = await Pair.start({
      ...options,
      faultAfterSeconds: FAULT_AFTER_SECONDS,
      folder,
      onStderr: (line) => voice.say(line),
    });
  } catch (error) {
    remove();
    console.error((error as Error).message);
    if (/in use/.test((error as Error).message)) {
      console.error("Choose another with --port N: orders has port N, payments N + 1.");
    }
    return 1;
  }
  asked.onNow = () => {
    pair.kill();
    remove();
  };
  const code = await run(pair, options, folder, asked, voice);
  if (code === 0 || options.logs) remove();
  else console.error(`The logs are kept in ${folder}`);
  return code;
}

/** Runs the customers until the end is asked for, then drains and checks that the drain was clean. */
async function run(
  pair: Pair,
  options: DemoOptions,
  folder: string,
  asked: Asked,
  voice: { say: (sentence: string) => void },
): Promise<number> {
  const { orders, payments } = pair;
  printHeader({ orders, payments, folder, logs: options.logs });
  const startedMs = performance.now();
  const load = new Load(orders.url, CUSTOMERS_PER_SECOND);
  const live = new LiveLine(load, pair, options.logs);
  voice.say = (sentence) => live.say(sentence);
  const revival = revive(pair, live, asked);
  load.start();
  live.start();
  if (options.forSeconds !== undefined) setTimeout(asked.begin, options.forSeconds * 1000);

  const crashed = await Promise.race([asked.end, orders.exited, revival]);
  live.stop();
  const seconds = (performance.now() - startedMs) / 1000;
  if (crashed === undefined) console.log("Draining …");
  asked.begin();
  await load.stop();
  await revival;
  const exits = await pair.stop();

  const store = new Store(new DatabaseSync(pair.databasePath));
  const completed = store.orderCount("completed");
  store.close();
  printSummary(load, seconds, completed);
  let code = crashed === undefined ? 0 : 1;
  for (const [name, exit] of Object.entries(exits)) {
    console.log(`  ${name} ended with ${describe(exit)}`);
    if (exit.code !== 0) code = 1;
  }
  if (completed < load.ordersPlaced) {
    console.error(`  ${load.ordersPlaced - completed} confirmed orders are lost`);
    code = 1;
  }
  return code;
}

/** Starts payments again whenever it ends; resolves to undefined once the end has begun. */
async function revive(pair: Pair, live: LiveLine, asked: Asked): Promise<Exit | undefined> {
  while (true) {
    const exit = await Promise.race([pair.payments.exited, asked.end]);
    if (exit === undefined || pair.payments.stopping) return undefined;
    live.say(`payments ended with ${describe(exit)}; starting it again in 5 s`);
    await Promise.race([new Promise((done) => setTimeout(done, RESTART_AFTER_MS)), asked.end]);
    if (asked.begun) return undefined;
    try {
      await pair.startPayments();
    } catch (error) {
      live.say((error as Error).message);
      return exit;
    }
    live.say(`payments is back, pid ${pair.payments.pid}`);
  }
}

/** Waits for what ends the demo: Ctrl-C, SIGTERM, a closed terminal, or the time limit. */
class Asked {
  /** Resolves when the end was asked for. */
  readonly end: Promise<undefined>;
  /** What a second signal does before it exits. */
  onNow: () => void;
  begin!: () => void;
  begun = false;

  constructor(onNow: () => void) {
    this.onNow = onNow;
    this.end = new Promise((resolve) => {
      this.begin = () => {
        this.begun = true;
        resolve(undefined);
      };
    });
    let firstMs: number | undefined;
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) {
      process.on(signal, () => {
        firstMs ??= performance.now();
        if (performance.now() - firstMs > SECOND_SIGNAL_MS) this.#now();
        this.begin();
      });
    }
  }

  #now(): void {
    this.onNow();
    process.exit(130);
  }
}

function describe({ code, signal }: Exit): string {
  return code === null ? `signal ${signal}` : `exit code ${code}`;
}

/** Deno without `-A` and without a terminal to ask on. */
function refused(error: Error): number {
  if (error.name !== "NotCapable") throw error;
  const [lacking] = error.message.split(", run again");
  console.error(
    `The demo starts two services and writes files: run it with deno task demo, or with -A (${lacking})`,
  );
  return 1;
}

process.exit(await main(process.argv.slice(2)).catch(refused));
