/**
 * What the service says of itself: who it is, how it does, and what is kept.
 *
 * @module
 */
import { nodeProcess, runtime } from "../../core/platform.ts";
import type { ConsoleParts } from "./parts.ts";
import type { OverviewReply } from "./shapes.ts";

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
    const { events, ring, resource, clock } = this.#parts, timeMs = clock.now();
    return {
      timeMs,
      service: resource.service,
      version: resource.version ?? "",
      runtime: `${NAMES[runtime.name]} ${runtime.version}`,
      startMs: this.#startMs,
      heapBytes: nodeProcess().memoryUsage().heapUsed,
      cpu: this.#load(),
      kept: {
        bytes: (events?.bytes ?? 0) + ring.bytes,
        maxBytes: ring.maxBytes + (events?.maxBytes ?? 0),
        lost: events?.drops.rows ?? 0,
      },
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

const NAMES = { deno: "Deno", bun: "Bun", node: "Node" } as const;
