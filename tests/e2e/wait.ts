import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";

/** Polls until `look` returns something truthy, and returns that; throws when it takes too long. */
export async function until<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs = 120_000,
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

/**
 * A port that is free now, below those that systems give to outgoing connections, which could take it
 * before the test listens.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = 10_000 + Math.floor(Math.random() * 22_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on("error", (error: Error & { code?: string }) => {
      if (error.code === "EADDRINUSE") resolve(false);
      else reject(error);
    });
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
