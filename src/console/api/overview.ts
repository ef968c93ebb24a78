/**
 * What the service says of itself: who it is, how it does, and what is kept.
 *
 * @module
 */
import { nodeProcess, runtime } from "../../core/platform.ts";
import { Parameters } from "../wire/parameters.ts";
import type { ConsoleParts, Kept, Point } from "./parts.ts";
import { json } from "../wire/reply.ts";
import type { KeptReply, OverviewReply, PastReply } from "./shapes.ts";

/** The longest past that is told, and in how many points: an answer has at most 16 KB. */
const MAX_LAST_MS = 3_600_000, MAX_POINTS = 180;

/** The state now. */
export class Overview {
  /** When the process began, by the wall clock; of a test's clock, when that began. */
  readonly startMs: number;
  readonly #parts: ConsoleParts;
  #cpuMs = NaN;
  #readMs = NaN;
  #cpu: number | undefined;

  constructor(parts: ConsoleParts) {
    this.#parts = parts;
    this.startMs = parts.clock.now() - parts.clock.monotonic();
  }

  /** The state at the time of the call. */
  state(): OverviewReply {
    const { resource, clock } = this.#parts, timeMs = clock.now();
    return {
      timeMs,
      service: resource.service,
      version: resource.version ?? "",
      runtime: `${NAMES[runtime.name]} ${runtime.version}`,
      startMs: this.startMs,
      heapBytes: nodeProcess().memoryUsage().heapUsed,
      cpu: this.#load(),
      kept: keptOf(this.#parts),
    };
  }

  /** Answers `api/overview?last=`. */
  answer(request: Request): Response {
    const lastMs = new Parameters(request, ["last"]).duration("last", 5000, MAX_LAST_MS);
    const state = this.state(), { figures, clock } = this.#parts;
    if (lastMs === undefined) return json(state);
    const points = figures?.since(clock.now() - lastMs, MAX_POINTS) ?? [];
    return json({ ...state, past: pastOf(points) } satisfies OverviewReply);
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

function pastOf(points: readonly Point[]): PastReply {
  const of = (valueOf: (point: Point) => number) =>
    points.map((point) => {
      const value = valueOf(point);
      return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
    });
  return {
    timeMs: points.map(({ timeMs }) => Math.round(timeMs)),
    rate: of(({ requests, seconds }) => requests / seconds),
    errors: of(({ failed, requests }) => failed / requests),
    p99: of(({ p99 }) => p99),
    loopMs: of(({ loopMs }) => loopMs),
    heapBytes: of(({ heapBytes }) => heapBytes),
    cpu: of(({ cpu }) => cpu),
  };
}

function keptOf(
  { events, ring, finished, pinned, figures, series }: ConsoleParts,
): OverviewReply["kept"] {
  const rows = events && {
    count: events.next - events.first,
    bytes: events.bytes,
    maxBytes: events.maxBytes,
    crowded: events.drops.rows,
  };
  const sum = (name: "bytes" | "maxBytes" | "crowded") =>
    [rows, ring, finished, pinned, figures, series].reduce(
      (sum, store) => sum + (store?.[name] ?? 0),
      0,
    );
  return {
    bytes: sum("bytes"),
    maxBytes: sum("maxBytes"),
    lost: sum("crowded"),
    rows: rows && keptReply(rows),
    lines: keptReply(ring),
    spans: keptReply(finished),
    pinned: pinned && keptReply(pinned),
    figures: figures && keptReply(figures),
    points: series && keptReply(series),
  };
}

function keptReply({ count, bytes, maxBytes, crowded }: Kept): KeptReply {
  return { count, bytes, maxBytes: maxBytes === Infinity ? null : maxBytes, lost: crowded };
}

const NAMES = { deno: "Deno", bun: "Bun", node: "Node" } as const;
