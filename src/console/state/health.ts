/**
 * The components: what they are now, and were in the last hour.
 *
 * @module
 */
import type { HealthChange } from "../../health/snapshot.ts";
import type { ConsoleParts } from "../api/parts.ts";
import { fitting } from "./fit.ts";
import type { ComponentReply, HealthReply, StripPart } from "./shapes.ts";

/** How long a strip is, in time and parts. */
const HOUR_MS = 3_600_000, MAX_PARTS = 40;
/** Of a description or an error, in UTF-16 units. */
const MAX_TEXT = 300;
/** About half of an answer is left for the objectives. */
const MAX_COMPONENTS = 24;

/** The service's health, with the history of each component. */
export function healthOf(health: ConsoleParts["health"], nowMs: number): HealthReply {
  const { status, draining, components } = health.snapshot(), history = health.history();
  const all = Object.entries(components).map(([name, component]): ComponentReply => ({
    name,
    status: component.status,
    critical: component.critical,
    description: component.description?.slice(0, MAX_TEXT),
    error: component.error?.slice(0, MAX_TEXT),
    durationMs: Number(component.durationMs.toPrecision(3)),
    lastCheckedMs: component.lastCheckedMs ?? null,
    strip: stripOf(history.filter((change) => change.component === name), nowMs),
  }));
  // Those that are not well are told, whatever has to be left off.
  all.sort((a, b) => Number(a.status === "UP") - Number(b.status === "UP"));
  const told = fitting(all.slice(0, MAX_COMPONENTS));
  return { status, draining, components: told, more: all.length - told.length };
}

/** The states of the last hour: each change ends one and begins another. */
export function stripOf(changes: readonly HealthChange[], nowMs: number): StripPart[] {
  const parts = changes.map(({ to, timeMs }, i): StripPart => ({
    status: to,
    fromMs: Math.max(timeMs, nowMs - HOUR_MS),
    toMs: changes[i + 1]?.timeMs ?? nowMs,
  }));
  return parts.filter(({ toMs }) => toMs > nowMs - HOUR_MS).slice(-MAX_PARTS);
}
