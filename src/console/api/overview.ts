/**
 * What the service says of itself: who it is, how it does, and what is kept.
 *
 * @module
 */
import { nodeProcess, runtime } from "../../core/platform.ts";
import type { ConsoleParts, Kept } from "./parts.ts";
import type { KeptReply, OverviewReply } from "./shapes.ts";

/** The state now. */
export class Overview {
  readonly #parts: ConsoleParts;
  readonly #startMs: number;
  #cpuMs = NaN;
  #readMs = NaN;
  #cpu: number | undefined;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.#startMs = parts.clock.now() - performance.now();
  }

  /** The state at the time of the call. */
  state(): OverviewReply {
    const { resource, clock } = this.#parts, timeMs = clock.now();
    return {
      timeMs,
      service: resource.service,
      version: resource.version ?? "",
      runtime: `${NAMES[runtime.name]} ${runtime.version}`,
      startMs: this.#startMs,
      heapBytes: nodeProcess().memoryUsage().heapUsed,
      cpu: this.#load(),
      kept: keptOf(this.#parts),
    };
  }

  /** Cores in use since the last reading, at least a second ago; undefined at first. */
  #load(): number | undefined {
    const now = this.#parts.clock.monotonic(), { user, system } = nodeProcess().cpuUsage();
    const cpuMs = (user + system) / 1000, passed = now - this.#readMs;
    if (passed < 1000) return this.#cpu;
    if (passed >= 1000) this.#cpu = (cpuMs - this.#cpuMs) / passed;
    this.#cpuMs = cpuMs;
    this.#readMs = now;
    return this.#cpu;
  }
}

function keptOf({ events, ring, finished, pinned }: ConsoleParts): OverviewReply["kept"] {
  const rows = events && {
    count: events.next - events.first,
    bytes: events.bytes,
    maxBytes: events.maxBytes,
    crowded: events.drops.rows,
  };
  const sum = (name: "bytes" | "maxBytes" | "crowded") =>
    [rows, ring, finished, pinned].reduce((sum, store) => sum + (store?.[name] ?? 0), 0);
  return {
    bytes: sum("bytes"),
    maxBytes: sum("maxBytes"),
    lost: sum("crowded"),
    rows: rows && keptReply(rows),
    lines: keptReply(ring),
    spans: keptReply(finished),
    pinned: pinned && keptReply(pinned),
  };
}

function keptReply({ count, bytes, maxBytes, crowded }: Kept): KeptReply {
  return { count, bytes, maxBytes: maxBytes === Infinity ? null : maxBytes, lost: crowded };
}

const NAMES = { deno: "Deno", bun: "Bun", node: "Node" } as const;
