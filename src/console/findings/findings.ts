/**
 * Looks for what is unusual, when somebody asks.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { heapLimitBytes } from "../../core/platform.ts";
import { Pause } from "../../core/pause.ts";
import type { RuntimeHistory } from "../../core/runtime/history.ts";
import { Frame, type Steps } from "../../events/store/frame.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { HealthRegistry } from "../../health/registry.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { RecordRing } from "../../log/record/ring.ts";
import type { FullMetric } from "../../metrics/full.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { Slo } from "../../slo/slo.ts";
import type { FinishedSpans } from "../../trace/span/finished.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import { blocked } from "./blocked.ts";
import { calls } from "./calls.ts";
import { collecting, type CollectorPoint } from "./collector.ts";
import { failed } from "./failed.ts";
import { type Finding, type Weighed, worstFirst } from "./finding.ts";
import { marked, marksOf } from "./marks.ts";
import { outside } from "./outside.ts";
import { clocks, growing } from "./process.ts";
import { repeats } from "./repeats.ts";
import { RowsNow } from "./rows.ts";
import { slow } from "./slow.ts";
import { counted } from "./words.ts";
import { burning, full, type Loss, lost, unhealthy } from "./state.ts";

/** What is looked at. */
export interface FindingSource {
  /** One row for each request or job; undefined where none are kept. */
  readonly events: Rows | undefined;
  /** The lines of the log. */
  readonly ring: Pick<RecordRing, "first" | "next" | "at" | "bytes">;
  /** The spans that ended last. */
  readonly finished: Pick<FinishedSpans, "ofTrace"> & Iterable<SpanRecord>;
  /** The objectives. */
  readonly slos: Iterable<Slo>;
  /** The components. */
  readonly health: Pick<HealthRegistry, "snapshot" | "history">;
  /** The metrics at their cap. */
  readonly metrics: Pick<Registry, "full">;
  /** What happened to the process. */
  readonly history: RuntimeHistory;
  /** Figures of the past; undefined where nothing takes them. */
  readonly figures?:
    | { since(timeMs: number, most: number): readonly CollectorPoint[] }
    | undefined;
  /** What was lost of telemetry itself. */
  readonly losses: () => Promise<readonly Loss[]>;
  /** Source of time. */
  readonly clock: Clock;
  /** Counts detectors that throw. */
  readonly faults: Faults;
}

/** What was found at one time. */
export interface Found {
  /** When, in milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** At most five, the worst first. */
  readonly findings: readonly Finding[];
  /** Findings left off. */
  readonly more: number;
  /** What was looked at, in words. */
  readonly looked: string;
}

/** More than this nobody reads. */
export const MAX_FINDINGS = 5;
/** A reader that asks again sooner gets the same. */
const FRESH_MS = 2000;
/** How long the event loop is held at a time. */
const SLICE_MS = 3;
const MAX_LINES = 4096;
/** The time in which the collector's share is looked at. */
const GC_MS = 120_000, GC_POINTS = 24;

/** The detectors over what is kept. Nothing runs unless somebody asks. */
export class Findings {
  readonly #source: FindingSource;
  #last: Promise<Found> | undefined;
  #lastMs = -Infinity;

  constructor(source: FindingSource) {
    this.#source = source;
  }

  /** What is unusual now; readers at one time share one look. It yields to other work every 3 milliseconds. */
  look(): Promise<Found> {
    const nowMs = this.#source.clock.monotonic();
    if (this.#last === undefined || nowMs - this.#lastMs >= FRESH_MS) {
      this.#lastMs = nowMs;
      this.#last = this.#look();
    }
    return this.#last;
  }

  async #look(): Promise<Found> {
    const { clock, events, ring, faults } = this.#source, timeMs = clock.now();
    const pause = new Pause(undefined, undefined, SLICE_MS), found: Weighed[] = [];
    const rows = events && new RowsNow(Frame.of(events, true), timeMs);
    const lines = recordsOf(ring), spans = [...this.#source.finished];
    const [losses, metrics] = await Promise.all([
      orNone("lost", this.#source.losses(), faults),
      orNone("series", this.#source.metrics.full(), faults),
    ]);
    const detectors = this.#detectors(rows, spans, lines, losses, metrics, timeMs);
    for (const [name, detect] of Object.entries(detectors)) {
      try {
        const steps = detect();
        for (;;) {
          const step = steps.next();
          if (step.done === true) {
            found.push(...step.value);
            break;
          }
          if (pause.isDue) await pause.take();
        }
      } catch (error) {
        faults.record(`findings: ${name}`, error);
      }
    }
    const all = worstFirst(found);
    const marks = faults.guard("findings: marks", () => marksOf(this.#source)) ?? [];
    return {
      timeMs,
      findings: all.slice(0, MAX_FINDINGS).map((one) => {
        const { share: _, ...finding } = marked(one, marks, lines);
        return finding;
      }),
      more: Math.max(0, all.length - MAX_FINDINGS),
      looked: lookedAt(rows, spans.length, lines.length, [...this.#source.slos].length),
    };
  }

  #detectors(
    rows: RowsNow | undefined,
    spans: readonly SpanRecord[],
    lines: readonly LogRecord[],
    losses: readonly Loss[],
    metrics: readonly FullMetric[],
    timeMs: number,
  ): Record<string, () => Steps<Weighed[]>> {
    const { finished, slos, health, history, events, ring, figures } = this.#source;
    const keptBytes = (events?.bytes ?? 0) + ring.bytes;
    return {
      ...rows && {
        failed: () => failed(rows),
        slow: () => slow(rows),
        calls: () => calls(rows),
        repeats: () => repeats(rows, (trace) => finished.ofTrace(trace)),
        blocked: () => blocked(rows),
      },
      burning: once(() => burning(slos)),
      health: once(() => unhealthy(health.snapshot(), health.history())),
      series: once(() => full(metrics)),
      outside: () => outside(spans, lines),
      gc: once(() => collecting(figures?.since(timeMs - GC_MS, GC_POINTS) ?? [])),
      heap: once(() => growing(history, keptBytes, heapLimitBytes())),
      clock: once(() => clocks(history, timeMs)),
      lost: once(() => lost(losses)),
    };
  }
}

async function orNone<T>(name: string, read: Promise<readonly T[]>, faults: Faults) {
  return await read.catch((error) => {
    faults.record(`findings: ${name}`, error);
    return [] as readonly T[];
  });
}

/** A detector of one step. */
function once(detect: () => Weighed[]): () => Steps<Weighed[]> {
  return function* () {
    yield;
    return detect();
  };
}

function recordsOf(ring: FindingSource["ring"]): LogRecord[] {
  const records: LogRecord[] = [];
  for (let number = Math.max(ring.first, ring.next - MAX_LINES); number < ring.next; number++) {
    const record = ring.at(number);
    if (record !== undefined) records.push(record);
  }
  return records;
}

function lookedAt(
  rows: RowsNow | undefined,
  spans: number,
  lines: number,
  slos: number,
): string {
  const count = rows?.frame.count ?? 0, oldest = rows?.times[0] ?? NaN;
  const span = rows !== undefined && count > 0 && oldest > 0
    ? ` of the last ${spanOf(rows.nowMs - oldest)}`
    : "";
  return [
    `${counted(count, "row")} of requests and jobs${span}`,
    counted(spans, "span"),
    counted(lines, "line"),
    counted(slos, "objective"),
    "health, series, heap, collector, clocks and losses",
  ].join(", ");
}

function spanOf(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  return seconds < 120 ? counted(seconds, "second") : counted(Math.round(seconds / 60), "minute");
}
