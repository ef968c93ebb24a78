/**
 * What the console shows: parts of the composition, by shape.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Resource } from "../../core/resource.ts";
import type { Rows } from "../../events/store/rows.ts";
import type { RecordRing } from "../../log/record/ring.ts";
import type { Registry } from "../../metrics/registry.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { FinishedSpans } from "../../trace/span/finished.ts";
import type { FindingSource } from "../findings/findings.ts";
import type { Subject } from "../../slo/generate/subject.ts";
import type { Profile } from "../../profile/format/profile.ts";
import type { ProfileNotes } from "../../profile/keep/notes.ts";
import type { Shelf } from "../../profile/keep/shelf.ts";
import type { SeriesHistory } from "../history/series.ts";
import type { FlagStore } from "./flags.ts";

/** What a store tells of its size. */
export interface Kept {
  /** How many it holds. */
  readonly count: number;
  /** About what they occupy. */
  readonly bytes: number;
  /** About what they may occupy. */
  readonly maxBytes: number;
  /** How many left early, because those held were too large. */
  readonly crowded: number;
}

/** A point of the past: what happened in the seconds before a time. */
export interface Point {
  readonly timeMs: number;
  readonly seconds: number;
  readonly requests: number;
  readonly failed: number;
  readonly p99: number;
  readonly loopMs: number;
  readonly heapBytes: number;
  readonly cpu: number;
  /** Share of the time that the garbage collector took. */
  readonly gc: number;
}

/** Takes profiles. */
export interface Profiling {
  /**
   * Takes one; `onStart` is called once nothing can refuse it.
   *
   * @throws {ProfileError} when the runtime does not allow it, or another is being taken
   */
  take(kind: "cpu" | "heap", seconds: number, onStart: () => void): Promise<Profile>;
  /** Those that were kept in the background; undefined where none are taken there. */
  shelf(): Promise<Pick<Shelf, "list" | "read"> | undefined>;
  /** Which of those there are, and why; undefined where none are taken there. */
  readonly notes?: Pick<ProfileNotes, "of" | "covering"> | undefined;
}

/** What there is to know about telemetry itself besides what other parts say. */
export interface OwnSource {
  /** The export of each signal. */
  readonly exports: readonly ExportReply[];
  /** Milliseconds that profilers have blocked the thread. */
  readonly profileBlockedMs: number;
}

/** The export of one signal. */
export interface ExportReply {
  /** `traces`, `metrics`, `logs`. */
  readonly signal: string;
  /** Items that the receiver has. */
  readonly exported: number;
  /** Items that wait, in memory or in the spool. */
  readonly queued: number;
  /** The most that wait in memory; 0 for metrics, which do not queue. */
  readonly capacity: number;
  /** Items on their way. */
  readonly inFlight: number;
  /** Items that it will never have, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** Figures of the past. */
export interface Samples extends Kept {
  /** The points since a time, at most so many; what is not known is NaN. */
  since(timeMs: number, most: number): readonly Point[];
}

/** What other members of a cluster hold. */
export interface HeldByOthers {
  /** The ids of their traces. */
  readonly traces: ReadonlySet<string>;
  /** Their spans, as lines of a session. */
  readonly spans: readonly string[];
}

/** The parts that the console reads. */
export interface ConsoleParts
  extends Pick<FindingSource, "health" | "history" | "losses" | "faults"> {
  /** One row for each request or job; undefined where none are kept. */
  readonly events: Rows | undefined;
  /** The objectives, which files are generated from, too. */
  readonly slos: FindingSource["slos"] & Subject["slos"];
  /** The lines of the log. */
  readonly ring: Pick<RecordRing, "first" | "next" | "at" | keyof Kept>;
  /** The spans that ended last. */
  readonly finished: Pick<FinishedSpans, "ofTrace" | "has" | keyof Kept> & Iterable<SpanRecord>;
  /** In a cluster, what the others hold, as of when they were asked last. */
  readonly others?: HeldByOthers | undefined;
  /** Spans of traces that are kept though newer ones took their room; undefined where none are. */
  readonly pinned?: Kept | undefined;
  /** Figures of the last hour; undefined where nothing takes them. */
  readonly figures?: Samples | undefined;
  /** The last hour of the metrics; undefined where nothing takes samples. */
  readonly series?: SeriesHistory | undefined;
  /** Who takes profiles. */
  readonly profiling?: Profiling | undefined;
  /** Profiles that were asked for. */
  readonly profiles?: { readonly kept: Kept } | undefined;
  /** What is exported, and what telemetry costs. */
  readonly own?: (() => Promise<OwnSource>) | undefined;
  /** The metrics. */
  readonly metrics: Pick<Registry, "collect" | "full">;
  /** The flags, which are made when they are first asked for. */
  readonly flags: () => FlagStore;
  /** Aborts when the service stops. */
  readonly stopping: AbortSignal;
  /** The service that the console belongs to. */
  readonly resource: Pick<Resource, "service" | "version" | "attributes">;
  /** Source of time. */
  readonly clock: Clock;
}
