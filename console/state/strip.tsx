/**
 * The states of a component over the last hour.
 *
 * @module
 */
import type { JSX } from "preact";
import type { StripPart } from "../../src/console/state/shapes.ts";
import { clock, span } from "../text/format.ts";

const HOUR_MS = 3_600_000;

/** How a status looks: its word stands beside it. */
export const MARKS: Readonly<Record<string, string>> = { UP: "", DEGRADED: "warn", DOWN: "err" };

/** An hour from left to right; where nothing was known there is nothing. */
export function Strip(
  { parts, nowMs }: { parts: readonly StripPart[]; nowMs: number },
): JSX.Element {
  const fromMs = nowMs - HOUR_MS, at = (time: number) => 100 * (time - fromMs) / HOUR_MS;
  return (
    <div class="strip" role="img" aria-label={`The last hour: ${wordsOf(parts, nowMs)}`}>
      {parts.filter(({ toMs }) => toMs > fromMs).map(({ status, fromMs: from, toMs }) => {
        const left = Math.max(0, at(from));
        return (
          <i
            key={from}
            class={`st-${status.toLowerCase()}`}
            title={`${status.toLowerCase()} from ${clock(from)} to ${clock(toMs)}`}
            style={{
              left: `${left}%`,
              width: `${Math.max(0.6, at(Math.min(toMs, nowMs)) - left)}%`,
            }}
          />
        );
      })}
    </div>
  );
}

function wordsOf(parts: readonly StripPart[], nowMs: number): string {
  if (parts.length === 0) return "nothing known yet";
  const sums = new Map<string, number>();
  for (const { status, fromMs, toMs } of parts) {
    const length = Math.min(toMs, nowMs) - Math.max(fromMs, nowMs - HOUR_MS);
    if (length > 0) sums.set(status, (sums.get(status) ?? 0) + length);
  }
  return [...sums].map(([status, length]) => `${status.toLowerCase()} for ${span(length)}`).join(
    ", ",
  );
}
