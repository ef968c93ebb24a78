import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Polls until `look` gives something truthy, and returns that; throws when it takes too long. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 20_000,
): Promise<NonNullable<T>> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  while (performance.now() < deadline) {
    try {
      const found = last = await look();
      if (found) return found;
    } catch (error) {
      last = error;
    }
    await delay(50);
  }
  throw new Error(`Waited ${timeoutMs} ms for ${what}; the last look gave ${String(last)}`);
}

/** A port that nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
