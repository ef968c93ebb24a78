/**
 * Several isolates or processes that answer a scrape as one.
 *
 * @module
 */
import process from "node:process";
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { aggregate, type MemberFamilies } from "./aggregate.ts";
import { BroadcastTransport } from "./broadcast_transport.ts";
import { type Family, numberFamily } from "./family.ts";
import type { CollectOptions } from "./metric.ts";
import { SocketTransport } from "./socket_transport.ts";
import type { ClusterMessage, ClusterTransport } from "./transport.ts";

/** Whom a registry belongs with, and how long it waits for them. */
export interface ClusterOptions {
  /** Members of one name find each other. `telltale` by default. */
  readonly name?: string | undefined;
  /**
   * The path of a unix socket, for several processes; the first of them makes it. Without it, the
   * members are the isolates of one process.
   */
  readonly socket?: string | undefined;
  /** How long a scrape waits for the others. 500 by default. */
  readonly deadlineMs?: number | undefined;
  /** After how long without a sign of life a member counts as gone. 15 000 by default. */
  readonly goneAfterMs?: number | undefined;
}

interface Member {
  /** Undefined before its first answer. */
  data: MemberFamilies | undefined;
  seenMs: number;
}

/** Members that are gone are remembered one by one up to here; then the oldest are made one. */
const MAX_GONE = 64;

/**
 * A registry among others. Every answer goes to all members, so each of them knows what the others
 * had when they were last asked: a scrape of any shows the same, a member that is late counts with
 * what it last said, and what a member that is gone had counted stays in the sums. No counter goes
 * back.
 */
export class Cluster {
  readonly #collectOwn: (options: CollectOptions) => Promise<Family[]>;
  readonly #id = crypto.randomUUID();
  readonly #members = new Map<string, Member>();
  readonly #deadlineMs: number;
  readonly #goneAfterMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #transport: ClusterTransport;
  readonly #cancelBeat: () => void;
  /** Called at every answer, by scrapes that wait. */
  readonly #waiting = new Set<(from: string) => void>();
  /** A newcomer is told of the past by several members, and must take it from one. */
  #knowsPast = false;
  #closed: Promise<void> | undefined;

  /** Joins. Throws for an option that can't work. */
  constructor(
    collect: (options: CollectOptions) => Promise<Family[]>,
    options: ClusterOptions & { readonly clock: Clock; readonly faults: Faults },
  ) {
    const { name = "telltale", socket, deadlineMs = 500, goneAfterMs = 15_000 } = options;
    if (!(deadlineMs > 0) || !(goneAfterMs > 0)) {
      throw new RangeError("Cannot join cluster: deadlineMs and goneAfterMs must be positive");
    }
    this.#collectOwn = collect;
    this.#deadlineMs = deadlineMs;
    this.#goneAfterMs = goneAfterMs;
    this.#clock = options.clock;
    this.#faults = options.faults;
    const receive = (message: ClusterMessage) =>
      void this.#faults.guard("cluster", () => this.#receive(message));
    const joined = () => this.#send({ type: "hello", from: this.#id });
    this.#transport = socket === undefined
      ? new BroadcastTransport(`telltale metrics ${name}`, receive, () => this.close())
      : new SocketTransport(socket, receive, joined, options.clock);
    joined();
    this.#cancelBeat = this.#clock.every(
      Math.min(goneAfterMs / 3, 2 ** 31 - 1),
      () => this.#send({ type: "alive", from: this.#id }),
    );
  }

  /** The families of all members as one, histograms as native ones too, after at most the deadline. */
  async collect(): Promise<Family[]> {
    const missing = new Set(this.#present().map(([id]) => id));
    const all = Promise.withResolvers<void>();
    const onAnswer = (from: string) => {
      missing.delete(from);
      if (missing.size === 0) all.resolve();
    };
    this.#waiting.add(onAnswer);
    this.#send({ type: "collect", from: this.#id });
    const cancel = this.#clock.after(this.#deadlineMs, () => all.resolve());
    const own = await this.#own();
    if (missing.size > 0) await all.promise;
    cancel();
    this.#waiting.delete(onAnswer);
    // What is shown must be kept by all, or a counter could go back when this member is gone.
    this.#send({ type: "families", from: this.#id, member: own });
    return [...aggregate([...this.#others(), own]), this.#membersFamily(missing.size)];
  }

  /** Leaves: what was counted here goes to the others. */
  close(): Promise<void> {
    return this.#closed ??= this.#leave();
  }

  async #leave(): Promise<void> {
    this.#cancelBeat();
    const own = await this.#own();
    this.#send({ type: "bye", from: this.#id, member: { ...own, gone: true } });
    await this.#transport.close();
  }

  async #own(): Promise<MemberFamilies> {
    // Native in any case: an answer may be shown later, to who asks for another format.
    const families = await this.#collectOwn({ native: true });
    return { process: `${process.pid}`, gone: false, families };
  }

  #send(message: ClusterMessage): void {
    this.#faults.guard("cluster", () => this.#transport.send(message));
  }

  #receive(message: ClusterMessage): void {
    if (message.type === "gone") this.#learnPast(message);
    else if (message.from === this.#id) return;
    else if (message.type === "bye") this.#bury(message.from, message.member);
    else this.#hear(message.from, message);
  }

  #hear(from: string, message: Exclude<ClusterMessage, { type: "gone" }>): void {
    const member = this.#members.get(from) ?? { data: undefined, seenMs: 0 };
    member.seenMs = this.#clock.monotonic();
    this.#members.set(from, member);
    if (message.type === "hello") this.#welcome(from);
    else if (message.type === "collect") void this.#answer();
    else if (message.type === "families") {
      member.data = message.member;
      for (const onAnswer of this.#waiting) onAnswer(from);
    }
  }

  /** A newcomer has to know who is there, and what those who are gone had counted. */
  #welcome(to: string): void {
    this.#send({ type: "alive", from: this.#id });
    const members = this.#gone().flatMap(([id, { data }]) =>
      data === undefined ? [] : [[id, { ...data, gone: true }] as const]
    );
    this.#send({ type: "gone", to, members });
  }

  #learnPast({ to, members }: Extract<ClusterMessage, { type: "gone" }>): void {
    // Another newcomer knows of nobody, and says so.
    if (to !== this.#id || this.#knowsPast || members.length === 0) return;
    this.#knowsPast = true;
    for (const [id, data] of members) if (!this.#members.has(id)) this.#bury(id, data);
  }

  async #answer(): Promise<void> {
    this.#send({ type: "families", from: this.#id, member: await this.#own() });
  }

  #bury(id: string, data: MemberFamilies): void {
    this.#members.set(id, { data, seenMs: -Infinity });
    this.#fold();
  }

  /** Makes the oldest of many that are gone one, so that memory stays flat over any number of ends. */
  #fold(): void {
    const gone = this.#gone();
    if (gone.length <= MAX_GONE) return;
    const [[first, a], [second, b]] = gone as [[string, Member], [string, Member]];
    const members = [a, b].flatMap(({ data }) =>
      data === undefined ? [] : [{ ...data, gone: true }]
    );
    this.#members.delete(second);
    const data = { process: `gone ${first}`, gone: true, families: aggregate(members) };
    this.#members.set(first, { data, seenMs: -Infinity });
  }

  #isPresent({ data, seenMs }: Member): boolean {
    return !data?.gone && this.#clock.monotonic() - seenMs < this.#goneAfterMs;
  }

  #present(): [string, Member][] {
    return [...this.#members].filter(([, member]) => this.#isPresent(member));
  }

  #gone(): [string, Member][] {
    return [...this.#members].filter(([, member]) => !this.#isPresent(member));
  }

  #others(): MemberFamilies[] {
    return [...this.#members.values()].flatMap((member) =>
      member.data === undefined
        ? []
        : [{ ...member.data, gone: member.data.gone || !this.#isPresent(member) }]
    );
  }

  #membersFamily(late: number): Family {
    const present = this.#present().length;
    return numberFamily("gauge", "telltale_cluster_members", "Members of the cluster", [
      [present - late + 1, { state: "answered" }],
      [late, { state: "late" }],
      [this.#gone().length, { state: "gone" }],
    ]);
  }
}
