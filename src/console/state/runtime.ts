/**
 * The process: its event loop, heap, collector and clocks, and what happened meanwhile.
 *
 * @module
 */
import { fileSystem, heapLimitBytes, mayRead, nodeProcess } from "../../core/platform.ts";
import type { Rows } from "../../events/store/rows.ts";
import { trendOf } from "../findings/process.ts";
import { named } from "../findings/words.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { rounded } from "./fit.ts";
import type { Marker, RuntimeReply } from "./shapes.ts";

const DEFAULT_LAST_MS = 900_000, MAX_LAST_MS = 3_600_000;
const MAX_POINTS = 120, MAX_FLOORS = 64, MAX_MARKERS = 40;
/** The job whose rows are changes of flags. */
const FLAG_CHANGED = "flag changed";

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
export function markersOf(
  { events, health, history, resource: { service, version } }: Omit<
    RuntimeParts,
    "figures" | "clock"
  >,
  startMs: number,
): Marker[] {
  const of = version === undefined ? named(service) : `${named(service)} ${named(version)}`;
  const markers: Marker[] = [{ timeMs: Math.round(startMs), kind: "start", text: `${of} started` }];
  for (const { component, from, to, timeMs } of health.history()) {
    // Every component has a first state.
    if (from !== undefined) {
      markers.push({ timeMs, kind: "health", text: `${named(component)} is ${to}` });
    }
  }
  for (const { timeMs, stepMs } of history.steps) {
    markers.push({
      timeMs,
      kind: "clock",
      text: `the clock went ${stepMs < 0 ? "back" : "forward"}`,
    });
  }
  for (const { timeMs, key, change, by } of flagChanges(events)) {
    markers.push({
      timeMs,
      kind: "flag",
      text: `flag ${named(key)} ${named(change)} by ${named(by)}`,
    });
  }
  return markers.sort((a, b) => a.timeMs - b.timeMs);
}

/** Changes of flags that rows tell, the oldest first. */
export function* flagChanges(events: Rows | undefined) {
  const jobs = events?.column("job");
  if (events === undefined || jobs === undefined) return;
  for (let number = events.first; number < events.next; number++) {
    if (jobs.at(number % events.slots) !== FLAG_CHANGED) continue;
    const { time, flag = "", change = "", by = "" } = events.row(number)!;
    if (typeof time !== "number") continue;
    yield { timeMs: time, key: String(flag), change: String(change), by: String(by) };
  }
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
