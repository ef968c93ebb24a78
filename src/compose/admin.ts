/**
 * The admin paths of a composition, with the console among them.
 *
 * @module
 */
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { Tracer } from "../trace/tracer.ts";
import type { EventStore } from "../events/event_store.ts";
import type { HealthRegistry } from "../health/registry.ts";
import type { Logger } from "../log/logger.ts";
import type { Registry } from "../metrics/registry.ts";
import { Endpoints } from "../http/admin/endpoints.ts";
import type { ConsoleParts } from "../console/api/parts.ts";
import { addConsole } from "../console/endpoints.ts";
import type { ConsoleToken } from "./console_token.ts";
import type { ExportCounts } from "./self_metrics.ts";
import type { TelltaleOptions } from "./options.ts";
import type { Profiles } from "./profiles.ts";

/** The parts that the admin paths show. */
export interface AdminParts
  extends Pick<ConsoleParts, "flags" | "stopping" | "clock" | "slos" | "history"> {
  readonly events: EventStore | undefined;
  readonly resource: ConsoleParts["resource"];
  readonly metrics: Registry;
  readonly tracer: Tracer;
  readonly log: Logger;
  readonly health: HealthRegistry;
  /** About what spans may occupy that are kept because their trace is slow or failed. */
  readonly pinnedBytes: number;
  /** About what the last hour of figures and metrics may occupy. */
  readonly historyBytes: number;
  readonly profiles: Profiles;
  readonly faults: Faults;
  readonly otlp: ExportCounts | undefined;
}

/** The endpoints, and the console's unless it is turned off; its token is printed once a port is known. */
export function adminPaths(
  parts: AdminParts,
  options: TelltaleOptions,
  token: ConsoleToken,
): Endpoints {
  const { metrics, tracer, log, health, resource, clock, faults } = parts;
  const endpoints = new Endpoints({
    registry: metrics,
    health,
    logger: log,
    version: resource.version,
    paths: options.endpoints,
    access: token.access,
    clock,
    faults,
  });
  endpoints.onListen = (port) => token.print(endpoints.consolePath, port);
  if (options.console !== false) {
    const { finished } = tracer, { ring } = log;
    const { otlp, profiles } = parts, own = () => load(() => import("./losses.ts"));
    addConsole(endpoints, {
      ...parts,
      ring,
      finished,
      losses: async () => (await own()).lossesOf(parts, otlp),
      own: async () => (await own()).ownOf(profiles, otlp),
      instruments: () => metrics["instruments"],
      channel: () => metrics.channel("console"),
      collectAll: () => metrics["collectAll"](),
      profiling: profiles,
      profiles: undefined,
    });
  }
  return endpoints;
}
