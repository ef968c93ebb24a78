/**
 * A warning where the admin paths may be open to everyone.
 *
 * @module
 */
import { isLoopbackAddress } from "../request/address.ts";
import { isLoopbackHost } from "./loopback.ts";
import { peerOf } from "../request/peer.ts";

/** Writes warnings, as a `Logger` does. */
export interface Warned {
  /** Logs a message with fields. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Warns once when the private-peer rule lets a caller on this machine read, while other machines
 * can reach the application: the caller is a person, or a proxy that leaves no mark and passes on
 * everyone. `serve` says where the application listens, and so do Bun's servers. A bare
 * `Deno.serve` does not, and listens on all addresses.
 */
export class Exposure {
  #log: Warned | undefined;
  #isReachable: boolean | undefined;

  constructor(log: Warned | undefined) {
    this.#log = log;
  }

  /** Called with the host name or address that the application listens on. */
  listens(hostname: string): void {
    this.#isReachable ||= !isLoopbackHost(hostname);
  }

  /** Called when a caller may read because of its address alone. */
  letIn(request: Request, rest: readonly unknown[]): void {
    const log = this.#log;
    if (log === undefined) return;
    const { address } = peerOf(request, rest);
    if (address === undefined || !isLoopbackAddress(address)) return;
    if (!(this.#isReachable ?? isReachable(rest[0]))) return;
    this.#log = undefined;
    log.warn("admin paths may be open to everyone", {
      reason: "a caller on this machine read them while other machines can reach the server; " +
        "a proxy in front that adds no x-forwarded-for looks the same",
      advice:
        "serve them with `admin: { port }`, or set `access: { token }` or `access: { allow }`",
    });
  }
}

/**
 * Whether other machines can reach a server. Bun's `hostname` is "localhost" also for all
 * addresses.
 */
function isReachable(server: unknown): boolean {
  const { address } = server as { address?: { address?: unknown } };
  const text = address?.address;
  return typeof text !== "string" || !isLoopbackAddress(text);
}
