/**
 * Gauges of the requests and WebSockets that Bun's servers count themselves.
 *
 * @module
 */
import { surviving } from "../core/platform.ts";
import { type Family, numberFamily } from "../metrics/data/family.ts";

/** The part of a registry that takes whole families. */
export interface Collecting {
  /** Adds a source of families; returns a function that removes it. */
  collector(collect: () => readonly Family[]): () => void;
}

/** The counts of a `Bun.Server`; Deno's and Node's servers have none. */
export interface PendingServer {
  /** Requests in flight. */
  readonly pendingRequests: number;
  /** Open WebSockets. */
  readonly pendingWebSockets: number;
}

const serversOf = surviving(
  import.meta.url,
  () => new WeakMap<Collecting, Set<PendingServer>>(),
);

/** Adds a server to those of the same registry; returns a function that removes it. */
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
