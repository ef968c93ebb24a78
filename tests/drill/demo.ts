/**
 * The demo with one fault, and what its console's API says of it.
 *
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Fault } from "../../examples/demo/faults.ts";
import { Load } from "../../examples/demo/load.ts";
import { Pair } from "../../examples/demo/pair.ts";
import type { Finding } from "../../src/console/findings/finding.ts";
import type { Found } from "../../src/console/findings/findings.ts";
import type { Answer } from "../../src/events/ask/answer.ts";
import { RUNTIME } from "../e2e/command.ts";
import { until } from "../e2e/wait.ts";

/** All is well for so long: what comes then has a before. */
const FAULT_AFTER_SECONDS = 6;

/** On a busy machine a heap grows slowly, too. */
const SEEN_MS = 400_000;

/** Both services, with customers. */
export class Demo {
  readonly #pair: Pair;
  readonly #folder: string;
  readonly load: Load;

  private constructor(pair: Pair, folder: string, perSecond: number) {
    this.#pair = pair;
    this.#folder = folder;
    this.load = new Load(pair.orders.url, perSecond);
    this.load.start();
  }

  /** Starts both services on this runtime, and the customers. */
  static async start(
    fault: Fault | undefined,
    perSecond: number,
    isolates?: number,
  ): Promise<Demo> {
    const folder = mkdtempSync(join(tmpdir(), "telltale-drill-"));
    const pair = await Pair.start({
      port: 0,
      runtime: RUNTIME,
      folder,
      fault,
      isolates,
      faultAfterSeconds: FAULT_AFTER_SECONDS,
      // What goes wrong here is said by findings.
      onStderr: () => {},
    });
    return new Demo(pair, folder, perSecond);
  }

  get url(): string {
    return this.#pair.orders.url;
  }

  /** What is unusual. */
  async findings(): Promise<Found> {
    return await this.#get("findings");
  }

  /**
   * Looks, as a reader who looks again, until a finding is it. A first look may be at few requests: what `isIt`
   * throws, and the findings that were seen, are told once the time is over.
   */
  async see(isIt: (finding: Finding) => Promise<boolean>): Promise<void> {
    let last: readonly Finding[] = [], why: unknown;
    try {
      await until("the finding", async () => {
        last = (await this.findings()).findings;
        for (const finding of last) {
          try {
            if (await isIt(finding)) return true;
          } catch (error) {
            why = error;
          }
        }
      }, SEEN_MS);
    } catch (error) {
      throw new Error(`Nothing of the kind among ${JSON.stringify(last, undefined, 2)}`, {
        cause: why ?? error,
      });
    }
  }

  /** What the service answers to a question. */
  async ask(question: string): Promise<Answer> {
    return await this.#get(`ask?q=${encodeURIComponent(question)}`);
  }

  async stop(): Promise<void> {
    await this.load.stop();
    await this.#pair.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  // deno-lint-ignore no-explicit-any
  async #get(path: string): Promise<any> {
    const response = await fetch(`${this.url}/telltale/api/${path}`);
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return JSON.parse(text);
  }
}
