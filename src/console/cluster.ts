/**
 * Puts the console of a member of a cluster together.
 *
 * @module
 */
import type { ClusterChannel } from "../metrics/cluster/cluster.ts";
import type { Family } from "../metrics/data/family.ts";
import type { ConsoleParts } from "./api/parts.ts";
import { answerMember, ClusterRoutes } from "./cluster_routes.ts";
import { type Ask, Members } from "./members/members.ts";
import { Whole } from "./members/whole.ts";
import type { ConsolePath } from "./paths.ts";
import { Routes } from "./routes.ts";

/** After this long without a reader, the rows and lines of others are forgotten. */
const UNREAD_MS = 120_000;

/** What the console of a member is made of. */
export interface ClusteredOptions {
  readonly parts: ConsoleParts;
  /** The path of the console, with `/` at its end. */
  readonly base: string;
  readonly channel: ClusterChannel;
  /** The metrics of all members. */
  readonly collectAll: () => Promise<readonly Family[]>;
}

/** What answers requests, and takes messages of other members. */
export interface Clustered {
  answer(path: ConsolePath, request: Request): Promise<Response>;
  hear?(from: string, body: unknown): void;
}

/** The console of one member, which answers for all where rows are kept. */
export function clustered({ parts, base, channel, collectAll }: ClusteredOptions): Clustered {
  const { events, ring, clock, faults, resource } = parts, own = new Routes(parts, base);
  if (events === undefined) return own;
  const answer = (ask: Ask) => answerMember(own, base, ask);
  const members = new Members({ channel, version: resource.version ?? "", answer, clock, faults });
  const metrics = {
    full: () => parts.metrics.full(),
    collect: async () => [...await collectAll()],
  };
  let routes: ClusterRoutes | undefined, forget = () => {};
  const open = (): ClusterRoutes => {
    forget();
    forget = clock.after(UNREAD_MS, () => routes = undefined);
    return routes ??= make();
  };
  const make = () => {
    const whole = new Whole({ members, events, ring, clock });
    const refresh = () => {
      open();
      whole.pull().catch((error) => faults.record("console members", error));
    };
    const all = new Routes(
      {
        ...parts,
        others: whole.held,
        events: whole.rows,
        ring: whole.lines,
        metrics,
        refresh,
        standing: () => whole.standing,
      },
      base,
      (path, request) => open().answer(path, request),
    );
    return new ClusterRoutes({ own, all, members, whole, base });
  };
  return {
    answer: (path, request) => open().answer(path, request),
    hear: (from, body) => members.receive(from, body as Parameters<Members["receive"]>[1]),
  };
}
