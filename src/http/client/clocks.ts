/**
 * The clocks of hosts, as the `Date` of their responses tells them.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";

/** Compares the clocks of hosts with ours, by the `Date` of their responses. */
export interface PeerClocks {
  /** Whether it is time to look at the clock of a host. */
  isDue(host: string, nowMs: number): boolean;
  /** A response said this `Date`, between these times of ours in milliseconds since the Unix epoch. */
  peerSaid(host: string, date: string | null, fromMs: number, toMs: number): void;
}

/** Passes on the `Date` of a response, if it is time to. Never throws. */
export function compareClock(
  clocks: PeerClocks,
  { host, startMs }: { readonly host: string; readonly startMs: number },
  response: Response,
  clock: Clock,
  faults: Faults,
): void {
  try {
    const nowMs = clock.now();
    if (!clocks.isDue(host, nowMs)) return;
    const fromMs = nowMs - (clock.monotonic() - startMs);
    clocks.peerSaid(host, response.headers.get("date"), fromMs, nowMs);
  } catch (error) {
    faults.record("fetch", error);
  }
}
