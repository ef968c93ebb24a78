/**
 * A service's requests, made up from a seed, with a fault switched on.
 *
 * @module
 */

/** Numbers from 0 to 1, the same for the same seed (mulberry32). */
export function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A request's row while it is made. */
export type Draft = Record<string, string | number | boolean> & { ms: number; status: number };

/** Changes a row that is sound; `since` is how much of the time has passed, 0 to 1. */
export type Fault = (row: Draft, random: () => number, since: number) => void;

export const START = Date.UTC(2026, 0, 1, 12), SPAN_MS = 600_000;

/** A service's rows over ten minutes, oldest first. */
export function* requests(count: number, seed: number, fault: Fault): Generator<Draft> {
  const random = randomOf(seed);
  const pick = <T>(...choices: readonly (readonly [T, number])[]): T => {
    let left = random();
    for (const [choice, share] of choices) if ((left -= share) < 0) return choice;
    return choices.at(-1)![0];
  };
  const upTo = (n: number) => Math.floor(random() * n);
  for (let i = 0; i < count; i++) {
    const route = pick(["/orders", 0.3], ["/orders/:id", 0.3], ["/carts", 0.2], ["/search", 0.15], [
      "/report",
      0.05,
    ]);
    const segment = pick(["free", 0.6], ["pro", 0.27], ["enterprise", 0.13]);
    const isPaid = route === "/orders", isSearch = route === "/search";
    const queries = isSearch ? 1 : isPaid ? 4 + upTo(5) : 2;
    const row: Draft = {
      time: START + SPAN_MS * i / count,
      ms: Math.exp(2.5 + 0.5 * (random() + random() + random() - 1.5) * 2) * (isPaid ? 2 : 1),
      status: random() < 0.006 ? 500 : random() < 0.03 ? 404 : 200,
      route,
      method: isPaid || route === "/carts" ? "POST" : "GET",
      path: `/p/${i}`,
      trace: `t${seed}-${i}`,
      segment,
      region: segment === "enterprise" && random() < 0.8 ? "eu-west" : pick(["eu-west", 0.3], [
        "us-east",
        0.5,
      ], ["ap-south", 0.2]),
      user: `u-${Math.floor(3000 * random() ** 2)}`,
      isolate: `iso-${upTo(4)}`,
      version: "1.4.0",
      "flag.checkout": random() < 0.25 ? "treatment" : "control",
      "flag.dark": random() < 0.5,
      "client.version": `${1 + upTo(3)}.${upTo(9)}`,
      peer: `10.0.0.${upTo(30)}`,
      "body.bytes": isPaid ? Math.floor(200 * Math.exp(4 * random())) : 0,
      "db.n": queries,
      "db.ms": queries * (0.5 + random()),
      "loop.ms": 3 * random() ** 3,
      inflight: 1 + upTo(9),
      "log.warn": random() < 0.02 ? 1 : 0,
    };
    if (random() < 0.97) row.tenant = `tenant-${upTo(40)}`;
    if (isPaid) {
      row["payment.method"] = pick(["card", 0.6], ["paypal", 0.3], ["transfer", 0.1]);
      row["cart.items"] = 1 + upTo(15);
      row.sku = `sku-${upTo(90)}`;
      row["http.host"] = segment === "enterprise" ? "ledger.internal" : "payments.internal";
      row["http.ms"] = row.ms * 0.4;
    }
    // A little of everything goes wrong everywhere.
    if (random() < 0.01) row.ms += 250 + 200 * random();
    fault(row, random, i / count);
    if (row.status >= 500) row["error.type"] ??= random() < 0.5 ? "TypeError" : "SqliteError";
    yield row;
  }
}
