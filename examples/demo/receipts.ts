import { setTimeout as delay } from "node:timers/promises";
import type { Telltale } from "../../mod.ts";
import { hasFault } from "./faults.ts";

/** What a customer has bought. */
export interface Sold {
  readonly id: number;
  readonly name: string;
  readonly valueDollars: number;
}

const LINES = 3000;

/** Sends receipts by mail, while the customer has the answer already. */
export class Receipts {
  readonly #t: Telltale;
  readonly #sent = new Map<number, readonly object[]>();
  readonly #waiting: (() => Promise<void>)[] = [];
  #wake: () => void = () => {};

  constructor(t: Telltale) {
    this.#t = t;
    void this.#work();
  }

  send(sold: Sold): void {
    const job = (): Promise<void> => this.#send(sold);
    if (!hasFault("lost-context")) return void job();
    this.#waiting.push(job);
    this.#wake();
  }

  /** Whatever it waits for, it goes on where it was started: outside of the request that wakes it. */
  async #work(): Promise<void> {
    for (;;) {
      await new Promise<void>((wake) => this.#wake = wake);
      for (const job of this.#waiting.splice(0)) void job();
    }
  }

  async #send(sold: Sold): Promise<void> {
    const receipt = receiptOf(sold);
    // One that is asked for again need not be made again.
    if (hasFault("leak")) this.#sent.set(sold.id, receipt);
    await this.#t.tracer.span("send receipt", () => delay(2));
    this.#t.log.info("receipt sent", { order_id: sold.id, lines: receipt.length });
  }
}

/** A receipt, line by line: terms and conditions included. */
function receiptOf({ id, name, valueDollars }: Sold): object[] {
  const lines = hasFault("leak") ? LINES : 3;
  return Array.from({ length: lines }, (_, line) => ({
    line,
    text: `${id}.${line} ${name}`,
    price: `${valueDollars.toFixed(2)} USD`,
  }));
}
