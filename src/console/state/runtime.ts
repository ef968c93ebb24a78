/**
 * The process: its event loop, heap, collector and clocks, and what happened meanwhile.
 *
 * @module
 */
import { fileSystem, heapLimitBytes, mayRead, nodeProcess } from "../../core/platform.ts";
import type { Marker } from "../findings/finding.ts";
import { marksOf } from "../findings/marks.ts";
import { trendOf } from "../findings/process.ts";
import { named } from "../findings/words.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { rounded } from "./fit.ts";
import type { RuntimeReply } from "./shapes.ts";

const DEFAULT_LAST_MS = 900_000, MAX_LAST_MS = 3_600_000;
const MAX_POINTS = 120, MAX_FLOORS = 64, MAX_MARKERS = 40;

/** What the answer is made of. */
export type RuntimeParts = Pick<
  ConsoleParts,
  "history" | "figures" | "events" | "health" | "resource" | "clock"
>;

/** Answers `api/runtime?last=`. */
export function answerRuntime(parts: RuntimeParts, startMs: number, request: Request): Response {
  const lastMs = new Parameters(request, ["last"]).duration("last", 5000, MAX_LAST_MS) ??
    DEFAULT_LAST_MS;
  return json(runtimeOf(parts, startMs, lastMs) satisfies RuntimeReply);
}

/** The process now, and since a time. */
export function runtimeOf(parts: RuntimeParts, startMs: number, lastMs: number): RuntimeReply {
  const { history, figures, clock } = parts, sinceMs = clock.now() - lastMs;
  const points = figures?.since(sinceMs, MAX_POINTS) ?? [], trend = trendOf(history.floors);
  const limitBytes = heapLimitBytes();
  const isLate = ({ timeMs }: { readonly timeMs: number }) => timeMs >= sinceMs;
  return {
    timeMs: points.map(({ timeMs }) => Math.round(timeMs)),
    loopMs: points.map(({ loopMs }) => rounded(loopMs, 3)),
    heapBytes: points.map(({ heapBytes }) => rounded(heapBytes)),
    cpu: points.map(({ cpu }) => rounded(cpu, 3)),
    gc: points.map(({ gc }) => rounded(gc, 3)),
    rssBytes: nodeProcess().memoryUsage().rss,
    heapLimitBytes: limitBytes ?? null,
    fds: openFiles(),
    floors: history.floors.filter(isLate).slice(-MAX_FLOORS),
    slope: trend === undefined ? null : {
      bytesAMinute: Math.round(trend.bytesAMinute),
      sinceMs: trend.sinceMs,
      limitInMs: limitBytes === undefined || !(trend.bytesAMinute > 0)
        ? null
        : Math.round((limitBytes - trend.last.bytes) / trend.bytesAMinute * 60_000),
    },
    steps: history.steps.filter(isLate),
    skews: history.skews().slice(0, 16).map(({ host, skewMs, sinceMs, looks }) => ({
      host,
      skewMs,
      sinceMs,
      looks,
    })),
    markers: markersOf(parts, startMs).filter(isLate).slice(-MAX_MARKERS),
  };
}

/** What may have changed how the service does, the oldest first. */
function markersOf(parts: Omit<RuntimeParts, "figures" | "clock">, startMs: number): Marker[] {
  const { service, version } = parts.resource;
  const of = version === undefined ? named(service) : `${named(service)} ${named(version)}`;
  const start: Marker = { timeMs: Math.round(startMs), kind: "start", text: `${of} started` };
  return [start, ...marksOf(parts)].sort((a, b) => a.timeMs - b.timeMs);
}

/** Linux only, and on Deno only where it may be read. */
function openFiles(): number | null {
  if (!mayRead("/proc")) return null;
  try {
    return fileSystem().readdirSync("/proc/self/fd").length;
  } catch {
    return null;
  }
}
