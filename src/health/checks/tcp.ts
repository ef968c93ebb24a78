/**
 * A check that a TCP port accepts connections.
 *
 * @module
 */
import { checkWhole } from "../../core/check.ts";
import { nodeProcess } from "../../core/platform.ts";
import type { CheckFunction } from "../check.ts";
import { checkTimed, timed, type TimedOptions } from "./timed.ts";

/** Where to connect. */
export interface TcpCheckOptions extends TimedOptions {
  /** The port, 1 to 65535. */
  readonly port: number;
  /** The host. @default "127.0.0.1" */
  readonly hostname?: string | undefined;
}

/**
 * Checks that a TCP port accepts a connection, which is closed at once.
 *
 * @example
 * ```ts
 * import { HealthRegistry, tcpCheck } from "@telltale/telltale/health";
 *
 * const health = new HealthRegistry();
 * health.check("redis", tcpCheck({ hostname: "redis.internal", port: 6379 }), { critical: false });
 * ```
 *
 * @throws {RangeError} for a port out of range
 */
export function tcpCheck(options: TcpCheckOptions): CheckFunction {
  checkTimed("TCP port", options, { port: true, hostname: true });
  const { port, hostname = "127.0.0.1" } = options;
  checkWhole("check TCP port", "port", port, 1, 65535);
  return (signal) => timed(options, () => accepted(hostname, port, signal));
}

function accepted(host: string, port: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = nodeProcess().getBuiltinModule("node:net").connect({ host, port });
    const end = (settle: () => void) => {
      signal.removeEventListener("abort", abort);
      socket.destroy();
      settle();
    };
    const abort = () => end(() => reject(signal.reason));
    signal.addEventListener("abort", abort, { once: true });
    socket.once("connect", () => end(resolve));
    // Stays: a destroyed socket may still emit an error, which throws without a listener.
    socket.on("error", (error) => end(() => reject(error)));
  });
}
