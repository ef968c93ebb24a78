/**
 * The same requests in the other views.
 *
 * @module
 */
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { type Frame, valueAt } from "../../src/events/store/frame.ts";
import { askHref, href, logsHref } from "../place.ts";
import { ofTraces } from "../question/links.ts";

/** The most traces that one question names: a list of values has no more. */
const MOST = 16;

/** The newest traces of the rows that a mask selects; of all without one. */
function tracesOf(frame: Frame, mask?: Uint8Array): string[] {
  const column = frame.column("trace"), found = new Set<string>();
  for (let i = frame.count - 1; i >= 0 && column !== undefined && found.size < MOST; i--) {
    const trace = mask === undefined || mask[i] === 1 ? valueAt(column, i) : undefined;
    if (typeof trace === "string" && trace !== "") found.add(trace);
  }
  return [...found];
}

/** Links from requests to their traces and lines. `where` selects those that the mask does. */
export function FromRequests(
  { frame, mask, where }: { frame: Frame; mask: Uint8Array; where: string },
): JSX.Element | null {
  const traces = useMemo(() => tracesOf(frame, mask), [frame, mask]);
  if (traces.length === 0) return null;
  return (
    <p class="elsewhere">
      <a class="btn small" href={href("traces", { q: where })}>Their traces</a>{" "}
      <a class="btn small" href={logsHref(ofTraces(traces))}>
        {traces.length === MOST ? `Lines of the newest ${MOST}` : "Their lines"}
      </a>
    </p>
  );
}

/** A link from lines to the requests that wrote them. */
export function FromLines({ frame }: { frame: Frame }): JSX.Element | null {
  const traces = useMemo(() => tracesOf(frame), [frame]);
  if (traces.length === 0) return null;
  return (
    <a class="btn small" href={askHref(ofTraces(traces))}>
      {traces.length === MOST ? `Requests of the newest ${MOST}` : "Their requests"}
    </a>
  );
}
