import { HOSTILE, sendHostile } from "./hostile.ts";
import { Tally } from "./tally.ts";

/** The customers' segments, and how often each orders. */
const SEGMENTS: readonly (readonly [share: number, segment: string])[] = [
  [0.7, "free"],
  [0.22, "pro"],
  [0.08, "enterprise"],
];

/** Test cards of the payment service, and how often a customer uses each. */
const CARDS: readonly (readonly [share: number, token: string])[] = [
  [0.92, "card_ok"],
  [0.04, "card_declined"],
  [0.01, "card_slow"],
  [0.03, "card_error"],
];

/** The bank of enterprise customers is slow: what a person who asks why orders are slow should find. */
const ENTERPRISE_CARDS: typeof CARDS = [[0.15, "card_ok"], [0.85, "card_slow"]];

const METHODS = ["card", "card", "card", "paypal", "transfer"];

const ITEM_COUNTS = [1, 1, 2, 3, 5];

const CUSTOMERS = 3000;

/** The shop's goods; each order is of one kind. */
const SKUS = Array.from({ length: 20 }, (_, i) => `sku-${String(i + 1).padStart(2, "0")}`);

/** With this many unanswered requests the load waits. */
const MAX_IN_FLIGHT = 200;

const TIMEOUT_MS = 10_000;

/**
 * Customers of the order service: they open carts, order, look at orders. Some pay with a card that is
 * slow, declined or broken, and some are attackers.
 */
export class Load {
  /** Requests of customers; the hostile ones are counted apart. */
  readonly tally: Tally = new Tally();
  /** Orders that were answered with 201: none of them may be lost. */
  ordersPlaced = 0;
  hostileSent = 0;
  readonly #url: string;
  readonly #perSecond: number;
  readonly #random: () => number;
  readonly #inFlight = new Set<Promise<void>>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastOrder = 1;

  constructor(ordersUrl: string, perSecond: number, random: () => number = Math.random) {
    this.#url = ordersUrl;
    this.#perSecond = perSecond;
    this.#random = random;
  }

  /** Starts customers at random moments, `perSecond` on average. */
  start(): void {
    const gapMs = -Math.log(1 - this.#random()) * 1000 / this.#perSecond;
    this.#timer = setTimeout(() => {
      this.start();
      if (this.#inFlight.size < MAX_IN_FLIGHT) this.#spawn(this.#visit());
    }, gapMs);
  }

  /** Sends so many customers as fast as they are served, some at once; resolves when all have their answers. */
  async send(customers: number, atOnce = 8): Promise<void> {
    const next = async (): Promise<void> => {
      while (customers-- > 0) await this.#visit();
    };
    await Promise.all(Array.from({ length: atOnce }, next));
  }

  /** Stops new customers; resolves when the others have their answers. */
  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#inFlight);
  }

  #spawn(visit: Promise<void>): void {
    this.#inFlight.add(visit);
    visit.finally(() => this.#inFlight.delete(visit));
  }

  async #visit(): Promise<void> {
    // All that is left to chance is drawn before the first wait: a visit depends on its turn alone.
    const dice = this.#random(), random = this.#random().toString(36).slice(2, 10).padEnd(8, "x");
    const hostile = this.#pick(HOSTILE), method = this.#pick(METHODS);
    const segment = this.#pickShare(SEGMENTS);
    const customer = `customer-${Math.floor(this.#random() * CUSTOMERS)}`;
    const token = this.#pickShare(segment === "enterprise" ? ENTERPRISE_CARDS : CARDS);
    const dollars = 5 + this.#random() ** 3 * 495;
    // Orders differ in length by this, and not by the customer's segment, which would be found as well.
    const items = this.#pick(ITEM_COUNTS),
      item = {
        sku: this.#pick(SKUS),
        quantity: 1,
        price_dollars: Math.round(dollars / items * 100) / 100,
      };
    if (dice < 0.03) return await this.#attack(hostile.bytes(random));
    if (dice < 0.27) return void await this.#send("GET", `/orders/${this.#lastOrder}`);
    if (dice < 0.33) return void await this.#send("GET", "/recent-orders");
    if (dice < 0.35) return void await this.#send("GET", "/report");
    if (dice < 0.38) return void await this.#send("GET", "/orders/999999999");
    if (dice < 0.40) return void await this.#send("POST", "/orders", { items: "none" });
    const cart = await this.#send("POST", "/carts", { customer });
    if (cart === undefined) return;
    const cartId = Number(cart.id);
    if (dice < 0.50) return void await this.#send("DELETE", `/carts/${cartId}`);
    const order = await this.#send("POST", "/orders", {
      cart_id: cartId,
      customer,
      segment,
      items: Array.from({ length: items }, () => item),
      payment: { method, token },
    });
    if (order !== undefined) this.#lastOrder = Number(order.id);
  }

  /** Sends a customer's request; resolves to the body of a 2xx answer, else to undefined. */
  async #send(
    method: string,
    path: string,
    body?: unknown,
  ): Promise<Record<string, unknown> | undefined> {
    const started = performance.now();
    let status = 0;
    try {
      const response = await fetch(this.#url + path, {
        method,
        body: body === undefined ? null : JSON.stringify(body),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      status = response.status;
      const text = await response.text();
      if (method === "POST" && path === "/orders" && status === 201) this.ordersPlaced++;
      return response.ok && text !== "" ? JSON.parse(text) : undefined;
    } catch {
      return undefined; // refused, cut off or too late: status stays 0, an error
    } finally {
      const now = performance.now();
      this.tally.record(now, now - started, status === 0 || status >= 500);
    }
  }

  async #attack(bytes: string): Promise<void> {
    this.hostileSent++;
    try {
      await sendHostile(this.#url, bytes, TIMEOUT_MS);
    } catch {
      // Nothing listens: that is an error to a customer too.
    }
  }

  #pick<T>(choices: readonly T[]): T {
    return choices[Math.floor(this.#random() * choices.length)]!;
  }

  #pickShare(choices: readonly (readonly [share: number, value: string])[]): string {
    let dice = this.#random();
    for (const [share, value] of choices) {
      if ((dice -= share) < 0) return value;
    }
    return choices[0]![1];
  }
}
