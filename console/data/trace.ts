/**
 * One trace: from the service, or from the session of a file.
 *
 * @module
 */
import { valueAt } from "../../src/events/store/frame.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { get } from "./http.ts";
import { sessionTraces } from "./state.ts";
import { link } from "./state.ts";
import type { WireSpan } from "./wire.ts";

/** The spans of a trace; why there are none, otherwise. */
export type Spans = { readonly spans: readonly WireSpan[] } | { readonly missing: string };

/** Reads the spans of a trace. */
export async function readSpans(trace: string, signal: AbortSignal): Promise<Spans> {
  if (link.value.kind === "file") {
    const spans = sessionTraces.get(trace);
    return spans === undefined ? { missing: "the saved session does not hold them" } : { spans };
  }
  try {
    const given =
      await (await get(`api/traces/${encodeURIComponent(trace)}?limit=2000`, { signal }))
        .json();
    return given.spans?.length > 0
      ? { spans: given.spans }
      : { missing: "no span of it was recorded, or they made room for newer ones" };
  } catch (error) {
    if (signal.aborted) throw error;
    return { missing: error instanceof Error ? error.message : String(error) };
  }
}

/** The row of a trace: its place in the frame; -1 without one. */
export function rowOfTrace(frame: Frame, trace: string): number {
  const column = frame.column("trace");
  for (let i = frame.count - 1; i >= 0 && column !== undefined; i--) {
    if (valueAt(column, i) === trace) return i;
  }
  return -1;
}
