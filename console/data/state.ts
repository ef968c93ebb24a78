/**
 * What the page knows, as signals: all views are drawn from these.
 *
 * @module
 */
import { computed, type ReadonlySignal, type Signal, signal } from "@preact/signals-core";
import type { Frame } from "../../src/events/store/frame.ts";
import { place } from "../place.ts";
import { LogTable } from "./log_table.ts";
import { Table, within } from "./table.ts";
import type { Past, State, WireSpan } from "./wire.ts";

/** One row for each request or job. */
export const requests: Table = new Table(16_384);
/** The lines of the log. */
export const lines: Table = new LogTable(20_000);

/** How the page stands to the service. */
export type Link =
  /** It is being connected; nothing is known yet. */
  | { readonly kind: "connecting" }
  /** It follows the service. */
  | { readonly kind: "live" }
  /** The connection broke, and is tried again. */
  | { readonly kind: "broken"; readonly why: string; readonly sinceMs: number }
  /** The service asks who is there. */
  | { readonly kind: "refused"; readonly why: string }
  /** A session from a file is shown; nothing is asked of a service. */
  | { readonly kind: "file"; readonly name: string };

/** How the page stands to the service. */
export const link: Signal<Link> = signal({ kind: "connecting" });
/** What the service says of itself; undefined before it did. */
export const state: Signal<State | undefined> = signal(undefined);
/** States of the last hour, oldest first: what tiles draw. */
export const history: Signal<readonly State[]> = signal([]);
/** The service's figures from before the page was opened. */
export const past: Signal<Past | undefined> = signal(undefined);
/** The rows and lines when drawing was paused. */
export const paused: Signal<Held | undefined> = signal(undefined);

/** Spans of the traces that a file holds. */
export const sessionTraces: Map<string, readonly WireSpan[]> = new Map();

/** The place of a session in a page that was saved with one: a block of data, which is never run. */
export const EMBEDDED = "telltale-session";

/** What is drawn while paused. */
export interface Held {
  readonly requests: Frame;
  readonly lines: Frame;
  readonly state: State | undefined;
  /** Numbers of the next row and line at that time. */
  readonly next: { readonly requests: number; readonly lines: number };
}

/** Stops and continues drawing; what comes meanwhile is kept. */
export function togglePause(): void {
  paused.value = paused.value !== undefined ? undefined : {
    requests: requests.frame(),
    lines: lines.frame(),
    state: state.value,
    next: { requests: requests.next, lines: lines.next },
  };
}

/** The range of time that all views show. */
export interface Range {
  /** Milliseconds since the Unix epoch. */
  readonly fromMs: number;
  readonly toMs: number;
  /** As the address has it: `5m`, `from..to`, or empty for everything. */
  readonly text: string;
}

const LAST = /^(\d{1,4})([mh])$/, DRAGGED = /^(\d{1,15})\.\.(\d{1,15})$/;

/** All requests that are held, drawn or not. */
const allRequests: ReadonlySignal<Frame> = computed(() => {
  requests.version.value;
  return paused.value?.requests ?? requests.frame();
});

/** Oldest and newest time of the requests, and the service's own time where that is later. */
const extent: ReadonlySignal<{ readonly oldest: number; readonly newest: number }> = computed(
  () => {
    let oldest = Infinity, newest = -Infinity;
    for (const time of allRequests.value.column("time")?.numbers ?? []) {
      if (time < oldest) oldest = time;
      if (time > newest) newest = time;
    }
    const now = (paused.value === undefined ? state.value : paused.value.state)?.timeMs ??
      -Infinity;
    newest = Math.max(newest, now);
    if (newest === -Infinity) newest = Date.now();
    return { oldest: Math.min(oldest, newest - 1000), newest };
  },
);

/** The range of time that is shown. */
export const range: ReadonlySignal<Range> = computed(() => {
  const text = place.value.params.get("r") ?? "";
  const { oldest, newest } = extent.value;
  const last = LAST.exec(text), dragged = DRAGGED.exec(text);
  if (dragged !== null) return { fromMs: Number(dragged[1]), toMs: Number(dragged[2]), text };
  if (last === null) return { fromMs: oldest, toMs: newest, text: "" };
  const length = Number(last[1]) * (last[2] === "m" ? 60_000 : 3_600_000);
  return { fromMs: newest - length, toMs: newest, text };
});

/** The requests in the range. */
export const shownRequests: ReadonlySignal<Frame> = computed(() => {
  const { fromMs, toMs, text } = range.value;
  return text === "" ? allRequests.value : within(allRequests.value, fromMs, toMs);
});

/** The lines in the range. */
export const shownLines: ReadonlySignal<Frame> = computed(() => {
  lines.version.value;
  const { fromMs, toMs, text } = range.value;
  const all = paused.value?.lines ?? lines.frame();
  return text === "" ? all : within(all, fromMs, toMs);
});
