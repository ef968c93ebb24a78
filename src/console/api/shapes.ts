/**
 * The shapes of all answers under `/telltale/api`, as the page and other readers get them. JSON has no
 * `undefined`: a member that is optional here is absent there.
 *
 * Any route answers 400 with an {@linkcode ErrorReply} where a parameter can't be used; 403 and 429 are
 * plain text. A route takes the parameters named here and refuses others.
 *
 * @module
 */
import type { Answer } from "../../events/ask/answer.ts";
import type { Found } from "../findings/findings.ts";
import type { FlagInfo } from "../../flags/change.ts";
import type { Row } from "../../events/store/rows.ts";
import type { ProfileNote } from "../../profile/keep/notes.ts";
import type { SpanRecord } from "../../trace/span/record.ts";

export type { ErrorReply } from "../wire/reply.ts";

/** An answer of at most 16 KB. */
export interface Cut {
  /** What was left off, and how to get it; absent when the answer is whole. */
  readonly leftOff?: string | undefined;
}

/**
 * `GET api/ask?q=&limit=`: the answer to a question. `limit` is 1 to 1000 rows, groups or series. With
 * `accept: text/markdown` it is a text to read.
 */
export type AskReply = Answer & Cut;

/**
 * `GET api/findings`: what is unusual, at most five, the worst first; none means nothing unusual. With
 * `accept: text/markdown` it is a text to read.
 */
export type FindingsReply = Found;

/**
 * `GET api/rows?since=&limit=`: JSON Lines; the first line is this, each further one a
 * {@linkcode RowLine}. `since` above what this process has numbered gives everything.
 */
export interface RowsHead {
  /** A name of this process: numbers of another run mean nothing here. */
  readonly run: string;
  /** The number of the first row that follows. */
  readonly first: number;
  /** The number to ask from the next time. */
  readonly next: number;
  /** Rows from `since` on that are gone. */
  readonly lost: number;
  /** In a cluster, the members that did not answer in 500 ms. */
  readonly missing?: readonly string[] | undefined;
}

/** A row with its number, or how many rows left the store while the answer was being sent. */
export type RowLine =
  | { readonly number: number; readonly fields: Row }
  | { readonly lost: number };

/** `GET api/overview?last=`, and the event `tick` of the stream. */
export interface OverviewReply {
  /** Now, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The name of the service. */
  readonly service: string;
  /** Its version; empty without one. */
  readonly version: string;
  /** Name and version of the runtime: `Deno 2.9.6`. */
  readonly runtime: string;
  /** When the process began. */
  readonly startMs: number;
  /** The heap in use. */
  readonly heapBytes: number;
  /** Cores in use; absent at first. */
  readonly cpu?: number | undefined;
  /** What is kept for the console: in all, and by store. */
  readonly kept: {
    /** About what all of it occupies. */
    readonly bytes: number;
    /** About what it may occupy. */
    readonly maxBytes: number;
    /** What left before its time, because there was no room in bytes. */
    readonly lost: number;
    /** The rows; absent where none are kept. */
    readonly rows?: KeptReply | undefined;
    /** The lines of the log. */
    readonly lines: KeptReply;
    /** The spans of the newest traces. */
    readonly spans: KeptReply;
    /** Spans of the slowest and the last failed traces of each route, beside those. */
    readonly pinned?: KeptReply | undefined;
    /** Figures of the last hour, one every 5 seconds. */
    readonly figures?: KeptReply | undefined;
    /** Points of the metrics of the last hour; `lost` are series without room. */
    readonly points?: KeptReply | undefined;
  };
  /** The past, where `last` asks for it: `5s` to `1h`. */
  readonly past?: PastReply | undefined;
}

/**
 * What was, oldest first, in at most 180 points: one is 5 seconds, or as many more as there are too many.
 * Null is what is not known, such as the p99 of no request.
 */
export interface PastReply {
  /** The end of each point, milliseconds since the Unix epoch. */
  readonly timeMs: readonly number[];
  /** Requests a second. */
  readonly rate: readonly (number | null)[];
  /** Answers of 500 and above, as a share of the requests. */
  readonly errors: readonly (number | null)[];
  /** 99 % of the requests took at most so many milliseconds; the greatest of the point. */
  readonly p99: readonly (number | null)[];
  /** The greatest lag of the event loop. */
  readonly loopMs: readonly (number | null)[];
  /** The heap in use. */
  readonly heapBytes: readonly (number | null)[];
  /** Cores in use. */
  readonly cpu: readonly (number | null)[];
}

/** What one store keeps. */
export interface KeptReply {
  /** How many it holds. */
  readonly count: number;
  /** About what they occupy. */
  readonly bytes: number;
  /** About what they may occupy; null where only their number is bounded. */
  readonly maxBytes: number | null;
  /** How many left before their time, because there was no room in bytes. */
  readonly lost: number;
}

/**
 * `GET api/logs?since=&limit=&q=`: JSON Lines as those of rows; numbers may be left out between lines. `q`
 * chooses lines by terms and `last`; `limit` is how many are looked at.
 *
 * `GET api/logs?q=&limit=`, without `since`: an {@linkcode AskReply} about all lines, whose fields are
 * `time`, `level`, `message`, `pattern`, `category`, `trace`, `span` and those of the lines.
 */
export type LogsHead = RowsHead;

/** A line of the log. */
export interface LogLine {
  /** When it happened, milliseconds since the Unix epoch. */
  readonly timeMs: number;
  /** The name of its level. */
  readonly level: string;
  /** 1 to 24, as OTLP counts. */
  readonly severity: number;
  /** What happened. */
  readonly message: string;
  /** Its logger; empty for the root. */
  readonly category: string;
  /** Empty outside a trace. */
  readonly traceId: string;
  /** Empty outside a trace. */
  readonly spanId: string;
  /** Its fields as plain data. */
  readonly fields: Readonly<Record<string, unknown>>;
}

/**
 * `GET api/traces?q=&limit=`: an {@linkcode AskReply} about the rows whose trace is held; without `q` the
 * newest.
 *
 * `GET api/traces/ID?after=&limit=`: a trace; 404 where no span of it is held. Without `limit`, which is 1
 * to 2000 spans, it has at most 16 KB; `after` is the last span of the answer before. With
 * `format=otlp` it is an OTLP request in JSON, of at most `limit` spans.
 */
export interface TraceReply extends Cut {
  /** The trace. */
  readonly trace: string;
  /** Its row; the newest of several. Absent without one, and after the first answer. */
  readonly row?: { readonly number: number; readonly fields: Row } | undefined;
  /** Its spans, in the order in which they began. */
  readonly spans: readonly SpanRecord[];
  /** Its lines, oldest first; none after the first answer. */
  readonly lines: readonly LogLine[];
  /** Spans that follow. */
  readonly left: number;
  /** Profiles that cover a part of its time, the oldest first: `api/profiles?id=`. Absent without any. */
  readonly profiles?: readonly ProfileNote[] | undefined;
}

/** `GET api/flags?after=`: the flags, from the one after a key on. */
export interface FlagsReply extends Cut {
  /** Those that fit. One that alone is too long is told without its definition. */
  readonly flags: readonly FlagTold[];
  /** How many follow. */
  readonly more: number;
}

/** A flag, and the requests that got its variants. */
export type FlagTold = FlagInfo & {
  /** Those of the rows that are held, the most frequent variant first; eight at most. */
  readonly effect: readonly EffectReply[];
};

/** The requests that got one variant of a flag. */
export interface EffectReply {
  readonly variant: string;
  readonly requests: number;
  /** Of the requests that the flag was evaluated in. */
  readonly share: number;
  /** The share that failed. */
  readonly errors: number;
  /** 99 % of them took at most so many milliseconds. */
  readonly p99: number | null;
}

/**
 * `POST api/flags`: changes a flag as `flags.set(key, patch)` does; a patch of null takes all changes back.
 * The body is `{ key, patch }` in JSON, of at most 64 KB, with `content-type: application/json`. 400 where
 * the flag does not exist, or the patch does not fit.
 */
export interface FlagReply {
  /** The flag after the change. */
  readonly flag: FlagInfo;
}

/**
 * `GET api/stream?want=`: an event stream; of `tick`, `rows` and `logs`, `want` names those that are sent,
 * with commas between them; all without it. `rows` and `logs` have this, and `rows`: the rows or lines; `tick` is
 * an {@linkcode OverviewReply}, sent every 5 seconds. Each has as `id` the numbers from which
 * `last-event-id` goes on.
 */
export interface RowsEvent {
  /** The number of the first row. */
  readonly first: number;
  /** The number of the row after the last. */
  readonly next: number;
  /** Rows before the first that are gone. */
  readonly lost: number;
}

/** The same of lines. */
export type LogsEvent = RowsEvent;

/** `GET api/traces?format=ids`. */
export interface TraceIdsReply {
  readonly traces: readonly string[];
}

/**
 * `GET api/session`: everything that is kept, as JSON Lines packed with gzip; the page opens such a file.
 * The first line is the head.
 */
export type SessionLine =
  | {
    readonly kind: "head";
    readonly format: "telltale-session";
    readonly version: 1;
    readonly state: OverviewReply;
  }
  | { readonly kind: "row"; readonly fields: Row }
  | { readonly kind: "log"; readonly line: LogLine }
  | { readonly kind: "span"; readonly span: SpanRecord };
