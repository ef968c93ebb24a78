/**
 * What Bun's servers count themselves, as gauges.
 *
 * @module
 */
import { surviving } from "../core/platform.ts";
import { type Family, numberFamily } from "../metrics/data/family.ts";

/** The part of a registry that takes whole families. */
export interface Collecting {
  /** Adds a source of families; returns what takes it away. */
  collector(collect: () => readonly Family[]): () => void;
}

/** A server that counts; `Bun.Server` does, Deno's and Node's do not. */
export interface PendingServer {
  /** Requests in flight. */
  readonly pendingRequests: number;
  /** WebSockets that are open. */
  readonly pendingWebSockets: number;
}

const serversOf = surviving(
  import.meta.url,
  () => new WeakMap<Collecting, Set<PendingServer>>(),
);

/** Counts a server in, beside the others of the same registry; returns what takes it out. */
export function gaugePending(metrics: Collecting, server: PendingServer): () => void {
  let servers = serversOf.get(metrics);
  if (servers === undefined) {
    const all = servers = new Set<PendingServer>();
    serversOf.set(metrics, all);
    metrics.collector(() => families([...all]));
  }
  servers.add(server);
  return () => void servers.delete(server);
}

function families(servers: readonly PendingServer[]): Family[] {
  if (servers.length === 0) return [];
  const sum = (of: (server: PendingServer) => number) =>
    servers.reduce((total, server) => total + of(server), 0);
  return [
    numberFamily(
      "gauge",
      "http_server_pending_requests",
      "Requests in flight, as Bun counts them: until the last byte is sent",
      [[sum((server) => server.pendingRequests)]],
    ),
    numberFamily(
      "gauge",
      "http_server_pending_websockets",
      "WebSockets that are open, as Bun counts them",
      [[sum((server) => server.pendingWebSockets)]],
    ),
  ];
}
