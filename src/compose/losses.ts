/**
 * What was lost and sent of telemetry itself, for the console.
 *
 * @module
 */
import type { OwnSource } from "../console/api/parts.ts";
import type { Loss } from "../console/findings/state.ts";
import type { Profiles } from "./profiles.ts";
import type { ExportCounts, SelfParts } from "./self_metrics.ts";

const SIGNALS = ["traces", "metrics", "logs"] as const;

/** Everything that did not get where it was to go, by reason; what the options leave out is no loss. */
export function lossesOf(
  parts: Pick<SelfParts, "faults" | "log" | "events" | "tracer">,
  otlp?: ExportCounts,
): Loss[] {
  const { faults, log, events, tracer } = parts, { output } = log.counts;
  const losses: Loss[] = [
    {
      what: "log records",
      reason: "a sink failed",
      count: log.counts.failed + output.droppedFailed,
    },
    { what: "log records", reason: "their sink is behind", count: output.droppedFull },
    { what: "log records", reason: "they came after the end", count: output.droppedClosed },
    {
      what: "spans",
      reason: "too many wait for the end of their trace",
      count: tracer.counts.trimmed,
    },
    { what: "rows", reason: "their texts are too large", count: events?.drops.rows ?? 0 },
  ];
  for (const [where, count] of faults.counts()) {
    // A check that throws is DOWN, which is a finding of its own.
    if (where !== "health check") losses.push({ what: "errors", reason: where, count });
  }
  for (const signal of SIGNALS) {
    for (const [reason, count] of otlp?.countsOf(signal)?.dropped ?? []) {
      losses.push({ what: `${signal} for OTLP`, reason, count });
    }
  }
  return losses.filter(({ count }) => count > 0);
}

/** What is exported, and how long profilers have blocked the thread. */
export function ownOf(profiles: Pick<Profiles, "parts">, otlp?: ExportCounts): OwnSource {
  const { blockedMs = 0, rotatingMs = 0 } = profiles.parts?.counts ?? {};
  const exports = SIGNALS.flatMap((signal) => {
    const counts = otlp?.countsOf(signal);
    if (counts === undefined) return [];
    const { exported, queued, capacity, inFlight, dropped } = counts;
    return [{
      signal,
      exported,
      queued,
      capacity,
      inFlight,
      dropped: Object.fromEntries(dropped),
    }];
  });
  return { exports, profileBlockedMs: blockedMs + rotatingMs };
}
