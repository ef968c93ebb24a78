/**
 * How members of a cluster talk.
 *
 * @module
 */
import type { WireFamily } from "./member_parts.ts";

/** What members say to each other. */
export type ClusterMessage = ClusterSign | ClusterPart;

/** Which snapshot of a member somebody has. */
export type Knowledge = readonly [about: string, snapshot: number];

/** I am new; I am still here; say what you have; I lack these. */
export interface ClusterSign {
  readonly type: "hello" | "alive" | "collect" | "want";
  /** The member that says so. */
  readonly from: string;
  /** Whom it is for; all when not given. */
  readonly to?: string | undefined;
  /**
   * What `alive` says of whom its sender has: who has less asks for it, so that no two members differ
   * for good. And what a `want` asks for.
   */
  readonly knows?: readonly Knowledge[] | undefined;
  /** With `knows`: whether its sender is no newcomer, who may have nothing yet. */
  readonly settled?: boolean | undefined;
  /** Tells one `collect` of a member from another; it grows. */
  readonly request?: number | undefined;
}

/**
 * Some of the samples of one member. All it has goes in parts, so that neither end is held long; who
 * misses one of them waits for the next time.
 */
export interface ClusterPart {
  readonly type: "part";
  /** The member that says so. */
  readonly from: string;
  /** Whom it is for; all when not given. */
  readonly to?: string | undefined;
  /** Whose samples these are: those of `from`, of one that is gone, or {@linkcode PAST}. */
  readonly about: string;
  /** Tells what `from` says at one time from what it says at another; it grows. */
  readonly snapshot: number;
  /** Which snapshot of another this is; with the last part. */
  readonly of?: number | undefined;
  /** For how long that other gave no sign of life, in milliseconds; with the last part. */
  readonly silentMs?: number | undefined;
  /** Which part, from 0. */
  readonly index: number;
  /** Whether it is the last one. */
  readonly last: boolean;
  /** Whose samples these are, as a process. */
  readonly process: string;
  /** Whether the member is gone; of `from` itself this is its farewell. */
  readonly gone: boolean;
  /** The requests this answers, with the last part: what was on its way before is no answer. */
  readonly answers?: readonly (readonly [from: string, request: number])[] | undefined;
  /** Who is in the past, with the last part about it. */
  readonly past?: PastMembers | undefined;
  readonly families: readonly WireFamily[];
}

/** Those whose samples were made one because they are gone for long. */
export interface PastMembers {
  /** How many they are. */
  readonly count: number;
  /** The latest of them, and whether what belongs to their process is in the past too. */
  readonly ids: readonly (readonly [id: string, withProcess: boolean])[];
}

/** Stands for all members that are in the past. */
export const PAST = "past";

/** Carries messages, one line of text each, to all other members. */
export interface ClusterTransport {
  /** Sends to all others; what can't be sent is lost. */
  send(message: string): void;
  /** Ends it, after what was sent has left. */
  close(): Promise<void>;
}
