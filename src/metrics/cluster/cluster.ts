/**
 * A registry that answers scrapes for several isolates or processes.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { keepAlive } from "../../core/platform.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { BroadcastTransport } from "./channel.ts";
import { ClusterExchange } from "./exchange.ts";
import { type Family, numberFamily } from "../data/family.ts";
import { processIdentity } from "./socket.ts";
import { Roster } from "./roster.ts";
import { SocketTransport } from "./socket.ts";

/** The members of a cluster, and how long a scrape waits for them. */
export interface ClusterOptions {
  /** Members with the same name find each other. @default "telltale" */
  readonly name?: string | undefined;
  /**
   * The path of a unix socket that connects several processes of one user; no other user may open it.
   * The first process creates it. @default none: the members are the isolates of one process
   */
  readonly socket?: string | undefined;
  /**
   * Milliseconds that a scrape waits for the other members. A member that has just joined also waits
   * so long, but at most 500 ms, for what was counted before it joined. @default 500
   */
  readonly deadlineMs?: number | undefined;
  /** Milliseconds without a sign of life after which a member counts as gone. @default 15000 */
  readonly goneAfterMs?: number | undefined;
}

/** A way to tell other members plain data that is no family. */
export interface ClusterChannel {
  /** The id of this member. */
  readonly id: string;
  /** Sends plain data to all other members, or to one; what can't be sent is lost. */
  send(body: unknown, to?: string): void;
  /** The ids of the other members that are there. */
  readonly present: readonly string[];
  /** Calls `receive` for what others send; a throw is counted. */
  listen(receive: (from: string, body: unknown) => void): void;
}

/**
 * One member of a cluster. Every answer goes to all members, so each knows the families that the
 * others had when last asked: a scrape of any member shows the same, a member that is late counts
 * with its last answer, and the counts of a member that is gone stay in the sums. No counter goes
 * backwards when a member ends, as far as its last answer has reached the member that is scraped.
 *
 * Members of different releases may have different buckets for a histogram: the result has the bounds
 * of all, and an observation counts from the next bound of its own member.
 */
export class Cluster {
  readonly #collectOwn: () => Promise<Family[]>;
  readonly #id = crypto.randomUUID();
  readonly #process: string;
  readonly #roster: Roster;
  readonly #exchange: ClusterExchange;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #cancelBeat: () => void;
  readonly #cancelSettle: () => void;
  /** Scrapes that wait; each is called for every answer. */
  readonly #waiting = new Set<(from: string, request: number) => void>();
  #requests = 0;
  #closed: Promise<void> | undefined;

  /**
   * Joins the cluster.
   *
   * @param collect collects this member's families, with native histograms: its answers may be shown
   * in any format
   */
  constructor(
    collect: () => Promise<Family[]>,
    options: ClusterOptions & { readonly clock: Clock; readonly faults: Faults },
  ) {
    const { name = "telltale", socket, deadlineMs = 500, goneAfterMs = 15_000 } = options;
    const { clock, faults } = options;
    this.#collectOwn = collect;
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
    this.#faults = faults;
    // A channel never reaches another process.
    this.#process = socket === undefined ? "this process" : processIdentity();
    const id = this.#id, ownProcess = this.#process;
    this.#roster = new Roster({ ownId: id, ownProcess, goneAfterMs, clock, faults });
    this.#exchange = new ClusterExchange({
      id,
      roster: this.#roster,
      own: () => this.#own(),
      onAnswer: (from, request) => {
        for (const onAnswer of this.#waiting) onAnswer(from, request);
      },
      faults,
      open: (receive, joined) =>
        socket === undefined
          ? new BroadcastTransport(`telltale metrics ${name}`, receive, joined, () => this.close())
          : new SocketTransport(socket, receive, joined, clock),
    });
    // Until then a scrape waits for what was counted before this member joined.
    this.#cancelSettle = clock.after(Math.min(deadlineMs, 500), () => this.#exchange.settle());
    const beatMs = Math.min(goneAfterMs / 3, 2 ** 31 - 1);
    this.#cancelBeat = clock.every(beatMs, () => this.#exchange.beat());
  }

  /** The merged families of all members, with native histograms, after at most the deadline. */
  async collect(): Promise<Family[]> {
    // The timers it waits for don't keep the process alive.
    const release = keepAlive();
    try {
      await this.#exchange.settled;
      return await this.#collect();
    } finally {
      release();
    }
  }

  async #collect(): Promise<Family[]> {
    const missing = new Set(this.#closed === undefined ? this.#roster.present : []);
    const asked = missing.size, hasOthers = asked > 0;
    const all = Promise.withResolvers<void>();
    const request = this.#requests++;
    const onAnswer = (from: string, answered: number) => {
      if (answered >= request) missing.delete(from);
      if (missing.size === 0) all.resolve();
    };
    this.#waiting.add(onAnswer);
    if (hasOthers) this.#exchange.ask(request);
    const answered = within(this.#clock, this.#deadlineMs, all.promise);
    let own: MemberFamilies, kept: Promise<void> | undefined;
    try {
      own = await this.#own();
      // All must keep what is shown, or a counter could go backwards once this member is gone.
      if (hasOthers) kept = this.#exchange.say({ about: this.#id, member: own });
      if (missing.size > 0) await answered;
    } finally {
      all.resolve();
      this.#waiting.delete(onAnswer);
    }
    await kept;
    const families = await aggregateInSlices([...this.#roster.all, own], this.#faults);
    return [...families, this.#membersFamily(asked - missing.size)];
  }

  /** A channel to the same topic of the other members. */
  channel(topic: string): ClusterChannel {
    const roster = this.#roster;
    return {
      id: this.#id,
      get present() {
        return roster.present;
      },
      send: (body, to) => this.#exchange.word(topic, body, to),
      listen: (receive) => this.#exchange.listen(topic, receive),
    };
  }

  /** Leaves the cluster; the others keep what was counted here. */
  close(): Promise<void> {
    this.#cancelBeat();
    this.#cancelSettle();
    return this.#closed ??= this.#exchange.leave();
  }

  async #own(): Promise<MemberFamilies> {
    return { process: this.#process, gone: false, families: await this.#collectOwn() };
  }

  /** A member first heard of during the scrape counts as late, too. */
  #membersFamily(answered: number): Family {
    const late = Math.max(0, this.#roster.present.length - answered);
    return numberFamily("gauge", "telltale_cluster_members", "Members of the cluster", [
      [answered + 1, { state: "answered" }],
      [late, { state: "late" }],
      [this.#roster.goneCount, { state: "gone" }],
    ]);
  }
}
