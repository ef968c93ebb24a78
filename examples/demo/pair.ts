import { join } from "node:path";
import type { Fault } from "./faults.ts";
import { type Exit, Service, type ServiceOptions } from "./service.ts";

export interface PairOptions {
  /** Port of orders; payments has the next one. 0: any free ports. */
  readonly port: number;
  /** The runtime of both; undefined is orders on Deno and payments on Bun. */
  readonly runtime: "deno" | "bun" | undefined;
  /** What is wrong. @default nothing */
  readonly fault?: Fault | undefined;
  /** How long all is well first. @default 0 */
  readonly faultAfterSeconds?: number | undefined;
  /** How many isolates of orders there are. @default 1, or 3 where one of them is to be wrong */
  readonly isolates?: number | undefined;
  /** Where the database and the log files are. */
  readonly folder: string;
  /** Whether logs go to our stdout instead. */
  readonly logs?: boolean;
  /** Called with each line on a service's stderr. @default writes them to our own */
  readonly onStderr?: (line: string) => void;
}

/** The two services of the demo, each in a process of its own. */
export class Pair {
  readonly #options: PairOptions;
  #orders!: Service;
  #payments!: Service;
  #fault: Readonly<Record<string, string>> = {};

  private constructor(options: PairOptions) {
    this.#options = options;
    const { fault, faultAfterSeconds = 0 } = options;
    if (fault === undefined) return;
    this.#fault = { FAULT: fault, FAULT_AFTER_SECONDS: String(faultAfterSeconds) };
  }

  /** Starts payments, then orders; if one can't start, both are stopped. */
  static async start(options: PairOptions): Promise<Pair> {
    const pair = new Pair(options);
    await pair.startPayments(options.port === 0 ? 0 : options.port + 1);
    try {
      await pair.startOrders(options.port);
    } catch (error) {
      await pair.#payments.stop();
      throw error;
    }
    return pair;
  }

  get orders(): Service {
    return this.#orders;
  }

  get payments(): Service {
    return this.#payments;
  }

  get databasePath(): string {
    return join(this.#options.folder, "orders.db");
  }

  logPath(name: "orders" | "payments"): string {
    return join(this.#options.folder, `${name}.log`);
  }

  /** Starts orders, at first or again after it ended, on the port that it had. */
  async startOrders(port: number = Number(new URL(this.#orders.url).port)): Promise<void> {
    this.#orders = await Service.start({
      ...this.#describe("orders"),
      runtime: this.#options.runtime ?? "deno",
      port,
      isolates: this.#options.isolates ?? (this.#options.fault === "bad-isolate" ? 3 : 1),
      environment: {
        PAYMENTS_URL: this.#payments.url,
        DATABASE: this.databasePath,
        ...this.#fault,
      },
    });
  }

  /** Starts payments, at first or again after it ended, on the port that it had. */
  async startPayments(port: number = Number(new URL(this.#payments.url).port)): Promise<void> {
    this.#payments = await Service.start({
      ...this.#describe("payments"),
      runtime: this.#options.runtime ?? "bun",
      port,
      environment: this.#fault,
    });
  }

  /** Ends orders and starts it without the fault, as a new release would. */
  async release(): Promise<void> {
    this.#fault = {};
    await this.#orders.stop();
    await this.startOrders();
  }

  /** Drains orders first: its last requests still need payments. */
  async stop(): Promise<{ readonly orders: Exit; readonly payments: Exit }> {
    const orders = await this.#orders.stop();
    return { orders, payments: await this.#payments.stop() };
  }

  /** Ends both at once, without a drain. */
  kill(): void {
    this.#orders.kill();
    this.#payments.kill();
  }

  #describe(
    name: "orders" | "payments",
  ): Pick<ServiceOptions, "name" | "logPath" | "onStderr"> {
    const { logs, onStderr = console.error } = this.#options;
    return { name, onStderr, logPath: logs ? undefined : this.logPath(name) };
  }
}
