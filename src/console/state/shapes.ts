/**
 * The shapes of the answers that views of the service's state are made of. As those of `api/shapes.ts`: an
 * answer has at most 16 KB, `leftOff` says what it lacks; JSON has no `undefined` and no NaN, which is null.
 *
 * In a cluster each has {@linkcode OfCluster} too, and `isolate=` asks for the answer of one member. Without it
 * databases, metrics with their points, and objectives are those of all; the process, profiles and what is kept
 * are of the member that answers.
 *
 * @module
 */
import type { ExportReply } from "../api/parts.ts";
import type { Cut } from "../api/shapes.ts";
import type { ClockStep, HeapFloor, Skew } from "../../core/runtime/history.ts";
import type { Marker } from "../findings/finding.ts";
import type { HealthStatus } from "../../health/snapshot.ts";
import type { BurnWindow } from "../../slo/live/burn.ts";
import type { AlertState } from "../../slo/live/alert.ts";

/** A number, or null where it is not known. */
export type Maybe = number | null;

/** Who is meant, in a cluster. */
export interface OfCluster {
  /** The member that answers. */
  readonly isolate: string;
  /** Those that answered; with `api/overview` also their `startMs`, `heapBytes` and `cpu`. */
  readonly isolates: readonly { readonly isolate: string; readonly version: string }[];
  /** Those that did not in 500 ms. */
  readonly missing: readonly string[];
}

/** An answer of which pages follow. */
export interface Paged extends Cut {
  /** How many follow. */
  readonly more: number;
}

/** `GET api/database?after=`: queries by their summary, the repeated ones first, then by their time in all. */
export interface DatabaseReply extends Paged {
  /** Requests since the start, and how long they took together. */
  readonly requests: number;
  readonly requestMs: number;
  /** The queries; `after` is how many were told before. */
  readonly queries: readonly QueryReply[];
}

/** One query, since the start of the process. */
export interface QueryReply {
  /** `postgresql`, `sqlite`, … */
  readonly system: string;
  /** The query without its values; empty for an operation. */
  readonly summary: string;
  /** Of a database that has no SQL; empty otherwise. */
  readonly operation: string;
  readonly collection: string;
  readonly calls: number;
  /** Calls of a request that has some, in the mean, of the traces that are held. */
  readonly perRequest: Maybe;
  /** The most calls of one request. */
  readonly maxPerRequest: Maybe;
  /** Whether one request sent it more than ten times. */
  readonly repeats: boolean;
  /** Milliseconds that half of the calls, and 99 % of them, took at most: at most 5 % off. */
  readonly p50: Maybe;
  readonly p99: Maybe;
  /** Rows that a call gave in the mean, where spans say so. */
  readonly rows: Maybe;
  /** Calls that failed. */
  readonly errors: number;
  /** Milliseconds of all calls. */
  readonly ms: number;
  /** That of the time of all requests; above 1 where queries run side by side or outside of requests. */
  readonly share: Maybe;
  /** The trace with the most calls. */
  readonly trace?: string | undefined;
}

/** `GET api/slos?after=`: the objectives, and the health of the components. */
export interface SlosReply extends Paged {
  readonly timeMs: number;
  readonly slos: readonly SloReply[];
  /** With the first page. */
  readonly health?: HealthReply | undefined;
}

/** One objective. */
export interface SloReply {
  readonly name: string;
  readonly description?: string | undefined;
  readonly kind: "availability" | "latency" | "custom";
  readonly routes?: readonly string[] | undefined;
  readonly underMs?: number | undefined;
  readonly objective: number;
  readonly windowDays: number;
  /** 1 when nothing was bad, 0 when it is spent, negative beyond. */
  readonly budgetRemaining: number;
  readonly burn: Readonly<Record<BurnWindow, number>>;
  readonly alert: AlertState;
  /** The burn rates at which it alerts: both windows must burn faster. */
  readonly alerts: readonly AlertReply[];
  readonly coverage: number;
  readonly events: number;
  readonly bad: number;
  /** When it pages if events go on as in the last five minutes; 0 if it does, null if it never will. */
  readonly pagesInMs: Maybe;
  /** The question whose answer says which requests were bad. */
  readonly question?: string | undefined;
  /** What was left of the budget, in at most 60 points: of the whole window, or since the start. */
  readonly curve: { readonly timeMs: readonly number[]; readonly budget: readonly number[] };
}

/** When an objective alerts. */
export interface AlertReply {
  readonly severity: "page" | "ticket";
  readonly burn: number;
  readonly short: BurnWindow;
  readonly long: BurnWindow;
}

/** The service's health. */
export interface HealthReply {
  readonly status: HealthStatus;
  readonly draining: boolean;
  readonly components: readonly ComponentReply[];
  /** Components left off. */
  readonly more: number;
}

/** One component. */
export interface ComponentReply {
  readonly name: string;
  readonly status: HealthStatus;
  readonly critical: boolean;
  readonly description?: string | undefined;
  readonly error?: string | undefined;
  readonly durationMs: number;
  readonly lastCheckedMs: Maybe;
  /** Its states of the last hour, the oldest first; nothing before its first result. */
  readonly strip: readonly StripPart[];
  /** In a cluster, whose it is. */
  readonly isolate?: string | undefined;
}

/** A time in which a component did not change. */
export interface StripPart {
  readonly status: HealthStatus;
  readonly fromMs: number;
  readonly toMs: number;
}

/** `GET api/runtime?last=`: the process, in at most 120 points. */
export interface RuntimeReply extends Cut {
  /** The end of each point. */
  readonly timeMs: readonly number[];
  /** The greatest lag of the event loop. */
  readonly loopMs: readonly Maybe[];
  readonly heapBytes: readonly Maybe[];
  /** Cores in use. */
  readonly cpu: readonly Maybe[];
  /** Share of the time that the garbage collector took. */
  readonly gc: readonly Maybe[];
  readonly rssBytes: number;
  readonly heapLimitBytes: Maybe;
  /** Open file descriptors. */
  readonly fds: Maybe;
  /** What major collections left. */
  readonly floors: readonly HeapFloor[];
  /** How these grow; null while there are too few. */
  readonly slope:
    | { readonly bytesAMinute: number; readonly sinceMs: number; readonly limitInMs: Maybe }
    | null;
  readonly steps: readonly ClockStep[];
  readonly skews: readonly Skew[];
  /** What may have changed things, the oldest first. */
  readonly markers: readonly Marker[];
}

/** `GET api/self`: what telemetry keeps, loses, sends and costs. */
export interface SelfReply extends Cut {
  readonly kept: readonly StoreReply[];
  /** What did not get where it was to go. */
  readonly lost: readonly LossReply[];
  readonly export: readonly ExportReply[];
  /** The last thing that went wrong inside, or null. */
  readonly lastError: { readonly where: string; readonly text: string } | null;
  readonly cost: {
    /** About what is kept, and may be kept. */
    readonly bytes: number;
    readonly maxBytes: number;
    /** Milliseconds that one sample of the metrics takes, and how often one is taken. */
    readonly sampleMs: Maybe;
    readonly everyMs: number;
    /** Seconds that tries to export took, waiting included. */
    readonly exportSeconds: number;
    /** Milliseconds that profilers blocked the thread. */
    readonly profileBlockedMs: number;
  };
}

/** What one store keeps. */
export interface StoreReply {
  readonly store: string;
  readonly count: number;
  readonly bytes: number;
  readonly maxBytes: Maybe;
  readonly lost: number;
}

/** Something lost. */
export interface LossReply {
  readonly what: string;
  readonly reason: string;
  readonly count: number;
}

/** `GET api/profiles`: those that are held, the newest first. */
export interface ProfilesReply extends Cut {
  readonly profiles: readonly ProfileReply[];
}

/**
 * One profile. `GET api/profiles?id=&format=` is the profile itself: `folded`, `speedscope` or `pprof`; one
 * that was taken in the background is `pprof` only. `POST api/profiles` takes one: its body is
 * `{ kind, seconds }`, its answer 202 and this; 409 while one is being taken.
 */
export interface ProfileReply {
  readonly id: string;
  readonly kind: "cpu" | "heap";
  /** Why it was taken: `demand`, `schedule`, `slo`, `lag`, … */
  readonly trigger: string;
  readonly timeMs: number;
  readonly bytes: number;
  readonly state: "running" | "ready" | "failed";
  /** Why it failed. */
  readonly error?: string | undefined;
  /** What it can be had as. */
  readonly formats: readonly string[];
}
