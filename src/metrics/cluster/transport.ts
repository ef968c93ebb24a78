/**
 * How the members of a cluster talk.
 *
 * @module
 */
import type { Family } from "../data/family.ts";

/** What members say to each other. */
export type ClusterMessage = ClusterSign | ClusterPart;

/** I am new; I am still here; say what you have; I lack these. */
export interface ClusterSign {
  readonly type: "hello" | "alive" | "collect" | "want";
  /** The member that says so. */
  readonly from: string;
  /** Whom it is for; all when not given. */
  readonly to?: string | undefined;
  /**
   * With `alive`: the members whose data its sender has, {@linkcode PAST} included. A member that has
   * none of one of them asks for it. With `want`: those it asks for.
   */
  readonly knows?: readonly string[] | undefined;
  /** With `knows`: false for a newcomer, which may have nothing yet. */
  readonly settled?: boolean | undefined;
  /** Tells one `collect` of a member from another; it grows. */
  readonly request?: number | undefined;
}

/**
 * Some of the samples of one member. They go in parts, so that neither end is held long; a receiver
 * that misses one of them waits for the next time.
 */
export interface ClusterPart {
  readonly type: "part";
  /** The member that says so. */
  readonly from: string;
  /** Whom it is for; all when not given. */
  readonly to?: string | undefined;
  /** Whose samples these are: those of `from`, of another, or {@linkcode PAST}. */
  readonly about: string;
  /** Tells what `from` says at one time from what it says at another. */
  readonly snapshot: number;
  /** Which part, from 0. */
  readonly index: number;
  /** Whether it is the last one. */
  readonly last: boolean;
  /** The process of the member whose samples these are. */
  readonly process: string;
  /** Whether that member is gone; of `from` itself this is its farewell. */
  readonly gone: boolean;
  /** The requests this answers, with the last part: what was on its way before is no answer. */
  readonly answers?: readonly (readonly [from: string, request: number])[] | undefined;
  /** For how long another gave no sign of life, in milliseconds; with the last part. */
  readonly silentMs?: number | undefined;
  /** Who is in the past, with the last part about it. */
  readonly past?: PastMembers | undefined;
  readonly families: readonly Family[];
}

/** The members whose samples were added up because they are gone for long. */
export interface PastMembers {
  /** How many they are. */
  readonly count: number;
  /** The latest of them. */
  readonly ids: readonly string[];
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
