/**
 * What telemetry itself keeps, loses, sends and costs.
 *
 * @module
 */
import { errorText } from "../../core/redact/error.ts";
import { clip, visible } from "../../core/text.ts";
import type { ConsoleParts, Kept } from "../api/parts.ts";
import { Parameters } from "../wire/parameters.ts";
import { json } from "../wire/reply.ts";
import { fitting, rounded } from "./fit.ts";
import type { SelfReply, StoreReply } from "./shapes.ts";

const EVERY_MS = 5000, MAX_TEXT = 1000, TRIES = "otel_sdk_exporter_operation_duration_seconds";

/** Answers `api/self`. */
export async function answerSelf(parts: ConsoleParts, request: Request): Promise<Response> {
  new Parameters(request, []);
  return json(await selfOf(parts) satisfies SelfReply);
}

/** Everything about telemetry itself. */
export async function selfOf(parts: ConsoleParts): Promise<SelfReply> {
  const { losses, faults, series, own, metrics } = parts;
  const sent = await own?.();
  const kept = storesOf(parts), lost = (await losses()).toSorted((a, b) => b.count - a.count);
  const sum = (name: "bytes" | "maxBytes") =>
    kept.reduce((sum, store) => sum + (store[name] ?? 0), 0);
  const tries = (await metrics.collect({ histograms: "classic" })).find(({ name }) =>
    name === TRIES
  );
  const seconds = tries?.type === "histogram"
    ? tries.samples.reduce((sum, one) => sum + one.sum, 0)
    : 0;
  const told = fitting(lost), more = lost.length - told.length;
  return {
    kept,
    lost: told,
    export: sent?.exports ?? [],
    lastError: lastOf(faults),
    cost: {
      bytes: sum("bytes"),
      maxBytes: sum("maxBytes"),
      sampleMs: rounded(series === undefined ? NaN : series.cost.ms / series.cost.samples, 3),
      everyMs: EVERY_MS,
      exportSeconds: rounded(seconds) ?? 0,
      profileBlockedMs: rounded(sent?.profileBlockedMs ?? 0) ?? 0,
    },
    leftOff: more === 0 ? undefined : `${more} more reasons for losses, which are smaller`,
  };
}

function storesOf(
  { events, ring, finished, pinned, figures, series, profiles }: ConsoleParts,
): StoreReply[] {
  const rows = events && {
    count: events.next - events.first,
    bytes: events.bytes,
    maxBytes: events.maxBytes,
    crowded: events.drops.rows,
  };
  const stores: Readonly<Record<string, Kept | undefined>> = {
    rows,
    lines: ring,
    spans: finished,
    "slow and failed traces": pinned,
    figures,
    "metric points": series,
    profiles: profiles?.kept,
  };
  return Object.entries(stores).flatMap(([store, kept]) =>
    kept === undefined ? [] : [{
      store,
      count: kept.count,
      bytes: kept.bytes,
      maxBytes: kept.maxBytes === Infinity ? null : kept.maxBytes,
      lost: kept.crowded,
    }]
  );
}

/** What went wrong last, without secrets. */
function lastOf({ last, describe }: ConsoleParts["faults"]): SelfReply["lastError"] {
  if (last === undefined) return null;
  const text = describe?.(last.error) ?? errorText(last.error);
  return { where: last.where, text: visible(clip(text, MAX_TEXT)) };
}
