/**
 * A word of warning where the admin paths may be open to everyone.
 *
 * @module
 */
import { isLoopbackAddress } from "../request/address.ts";
import { isLoopbackHost } from "./loopback.ts";
import { peerOf } from "../request/peer.ts";

/** Who is told; a `Logger` is. */
export interface Warned {
  /** Writes a line. */
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
}

/**
 * Warns once, when the private-peer rule lets a reader in from this machine while the application
 * listens beyond it: the reader is a person, or a proxy that leaves no mark and speaks for everyone.
 * Where the application listens Bun's servers know, and `serve` says; of `Deno.serve` by itself nobody
 * is told, and its default is every address.
 */
export class Exposure {
  #log: Warned | undefined;
  #isReachable: boolean | undefined;

  constructor(log: Warned | undefined) {
    this.#log = log;
  }

  /** The application listens on this host name or address. */
  listens(hostname: string): void {
    this.#isReachable ||= !isLoopbackHost(hostname);
  }

  /** A caller was let in because of its address alone. */
  letIn(request: Request, rest: readonly unknown[]): void {
    const log = this.#log;
    if (log === undefined) return;
    const { address } = peerOf(request, rest);
    if (address === undefined || !isLoopbackAddress(address)) return;
    if (!(this.#isReachable ?? isBeyond(rest[0]))) return;
    this.#log = undefined;
    log.warn("admin paths may be open to everyone", {
      reason:
        "they were read from this machine while the server listens beyond it, as when a proxy " +
        "in front adds no x-forwarded-for",
      advice:
        "serve them with `admin: { port }`, or set `access: { token }` or `access: { allow }`",
    });
  }
}

/** Bun's server is asked itself; its `hostname` says "localhost" for all addresses. */
function isBeyond(server: unknown): boolean {
  const { address } = server as { address?: { address?: unknown } };
  const text = address?.address;
  return typeof text !== "string" || !isLoopbackAddress(text);
}
