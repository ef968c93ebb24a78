/**
 * The `ot` member of tracestate, where OpenTelemetry's samplers tell each other what they did:
 * `ot=th:c;rv:9b8233f7e3a151`.
 *
 * @module
 */
import { deleteTracestate, setTracestate, tracestateValue } from "./tracestate.ts";

const VALID = { th: /^[0-9a-f]{1,14}$/, rv: /^[0-9a-f]{14}$/ } as const;

/** A sub-key: `th`, the rejection threshold, or `rv`, explicit randomness. Undefined if invalid. */
export function otValue(tracestate: string, key: "th" | "rv"): string | undefined {
  const field = fieldsOf(tracestate).find((field) => field.startsWith(`${key}:`));
  const value = field?.slice(3);
  return value !== undefined && VALID[key].test(value) ? value : undefined;
}

/** The share of traces that `th` stands for; 1 when there is none. */
export function otShare(tracestate: string): number {
  const threshold = tracestate === "" ? undefined : otValue(tracestate, "th");
  return threshold === undefined ? 1 : 1 - parseInt(threshold.padEnd(14, "0"), 16) / 2 ** 56;
}

/** Sets `th`, or takes it out when undefined; other sub-keys stay. */
export function setOtThreshold(tracestate: string, threshold: string | undefined): string {
  const before = fieldsOf(tracestate);
  const fields = before.filter((field) => !field.startsWith("th:"));
  if (threshold === undefined && fields.length === before.length) return tracestate;
  if (threshold !== undefined) fields.unshift(`th:${threshold}`);
  return fields.length === 0
    ? deleteTracestate(tracestate, "ot")
    : setTracestate(tracestate, "ot", fields.join(";"));
}

function fieldsOf(tracestate: string): string[] {
  return tracestateValue(tracestate, "ot")?.split(";") ?? [];
}
