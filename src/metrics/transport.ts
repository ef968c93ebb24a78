/**
 * How members of a cluster talk.
 *
 * @module
 */
import type { MemberFamilies } from "./aggregate.ts";

/** What members say to each other. */
export type ClusterMessage =
  /** I am new; I am still here; say what you have. */
  | { readonly type: "hello" | "alive" | "collect"; readonly from: string }
  /** What I have; with `bye`, for the last time. */
  | { readonly type: "families" | "bye"; readonly from: string; readonly member: MemberFamilies }
  /** To a newcomer: what those had who are gone. */
  | {
    readonly type: "gone";
    readonly to: string;
    readonly members: readonly (readonly [id: string, member: MemberFamilies])[];
  };

/** Carries messages to all other members. */
export interface ClusterTransport {
  /** Sends to all others; what can't be sent is lost. */
  send(message: ClusterMessage): void;
  /** Ends it, after what was sent has left. */
  close(): Promise<void>;
}
