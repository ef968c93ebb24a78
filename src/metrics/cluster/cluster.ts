/**
 * Several isolates or processes that answer a scrape as one.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { keepAlive } from "../../core/platform.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { BroadcastTransport } from "./channel.ts";
import { ClusterExchange } from "./exchange.ts";
import { type Family, numberFamily } from "../data/family.ts";
import { processIdentity } from "./process_identity.ts";
import { Roster } from "./roster.ts";
import { SocketTransport } from "./socket.ts";

/** Whom a registry belongs with, and how long it waits for them. */
export interface ClusterOptions {
  /** Members of one name find each other. `telltale` by default. */
  readonly name?: string | undefined;
  /**
   * The path of a unix socket, for several processes of one user, whom alone it lets in; the first of
   * them makes it. Without it, the members are the isolates of one process.
   */
  readonly socket?: string | undefined;
  /**
   * How long a scrape waits for the others, and for half a second at most one that has just joined for
   * what was counted before. 500 by default.
   */
  readonly deadlineMs?: number | undefined;
  /** After how long without a sign of life a member counts as gone. 15 000 by default. */
  readonly goneAfterMs?: number | undefined;
}

/**
 * A registry among others. Every answer goes to all members, so each of them knows what the others
 * had when they were last asked: a scrape of any shows the same, a member that is late counts with
 * what it last said, and what a member that is gone had counted stays in the sums. No counter goes
 * back when a member ends, as far as the member that is scraped has heard.
 *
 * Members may be of several releases and have other buckets of a histogram: then it has the bounds of
 * all, and an observation counts from the next bound that its member had.
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
  /** Called at every answer, by scrapes that wait. */
  readonly #waiting = new Set<(from: string, request: number) => void>();
  #requests = 0;
  #closed: Promise<void> | undefined;

  /**
   * Joins.
   *
   * @param collect what this member has; histograms as native ones too, for an answer may be shown
   * later, in another format
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
    // A channel never leaves the process.
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
    // A scrape of one that has just joined waits as long as any, for what was counted before it.
    this.#cancelSettle = clock.after(Math.min(deadlineMs, 500), () => this.#exchange.settle());
    const beatMs = Math.min(goneAfterMs / 3, 2 ** 31 - 1);
    this.#cancelBeat = clock.every(beatMs, () => this.#exchange.beat());
  }

  /** The families of all members as one, histograms as native ones too, after at most the deadline. */
  async collect(): Promise<Family[]> {
    // None of the timers it waits for would.
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
    const cancel = this.#clock.after(this.#deadlineMs, () => all.resolve());
    let own: MemberFamilies, kept: Promise<void> | undefined;
    try {
      own = await this.#own();
      // What is shown must be kept by all, or a counter could go back when this member is gone.
      if (hasOthers) kept = this.#exchange.say({ about: this.#id, member: own });
      if (missing.size > 0) await all.promise;
    } finally {
      cancel();
      this.#waiting.delete(onAnswer);
    }
    await kept;
    const families = await aggregateInSlices([...this.#roster.all, own], this.#faults);
    return [...families, this.#membersFamily(asked - missing.size)];
  }

  /** Leaves: what was counted here goes to the others. */
  close(): Promise<void> {
    this.#cancelBeat();
    this.#cancelSettle();
    return this.#closed ??= this.#exchange.leave();
  }

  async #own(): Promise<MemberFamilies> {
    return { process: this.#process, gone: false, families: await this.#collectOwn() };
  }

  /** One that was first heard while the others were asked has not answered either. */
  #membersFamily(answered: number): Family {
    const late = Math.max(0, this.#roster.present.length - answered);
    return numberFamily("gauge", "telltale_cluster_members", "Members of the cluster", [
      [answered + 1, { state: "answered" }],
      [late, { state: "late" }],
      [this.#roster.goneCount, { state: "gone" }],
    ]);
  }
}
