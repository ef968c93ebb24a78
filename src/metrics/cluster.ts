/**
 * Several isolates or processes that answer a scrape as one.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { BroadcastTransport } from "./broadcast_transport.ts";
import { type Family, numberFamily } from "./family.ts";
import { MemberAssembly, wireParts } from "./member_parts.ts";
import type { CollectOptions } from "./metric.ts";
import { Pause } from "./pause.ts";
import { processIdentity } from "./process_identity.ts";
import { Roster } from "./roster.ts";
import { SocketTransport } from "./socket_transport.ts";
import {
  type ClusterMessage,
  type ClusterPart,
  type ClusterSign,
  type ClusterTransport,
  PAST,
  type PastMembers,
} from "./transport.ts";

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

/** What a member is in the middle of saying. */
interface Assembling {
  readonly snapshot: number;
  next: number;
  readonly assembly: MemberAssembly;
}

/** What is said of whom. */
interface Snapshot {
  readonly about: string;
  readonly member: MemberFamilies;
  readonly to?: string;
  readonly past?: PastMembers;
  readonly answers?: ClusterPart["answers"];
}

/** Text that was received and not read yet; what comes on top of it is lost. */
const MAX_UNREAD_CHARS = 64 << 20;
/** What was read is forgotten so much at a time: cutting the queue at each costs more. */
const INBOX_SLICE = 64;
/** Members that may be in the middle of saying something. */
const MAX_ASSEMBLING = 1000;

/**
 * A registry among others. Every answer goes to all members, so each of them knows what the others
 * had when they were last asked: a scrape of any shows the same, a member that is late counts with
 * what it last said, and what a member that is gone had counted stays in the sums. No counter goes
 * back.
 *
 * What members say goes in parts, and is read, made one and written slice by slice, with other work in
 * between. In one piece remain the reading of one part, some thousand numbers, and what a member that
 * comes back after long had (see {@linkcode Roster}).
 */
export class Cluster {
  readonly #collectOwn: (options: CollectOptions) => Promise<Family[]>;
  readonly #id = crypto.randomUUID();
  readonly #process: string;
  readonly #roster: Roster;
  readonly #deadlineMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #transport: ClusterTransport;
  readonly #cancelBeat: () => void;
  /** Called at every answer, by scrapes that wait. */
  readonly #waiting = new Set<(from: string, request: number) => void>();
  readonly #assembling = new Map<string, Assembling>();
  readonly #inbox: (string | undefined)[] = [];
  #unreadChars = 0;
  #isReading = false;
  #outbox: Promise<void> = Promise.resolve();
  #snapshots = 0;
  #requests = 0;
  /** The latest request of each member that has no answer yet. */
  readonly #askedBy = new Map<string, number>();
  #isAnswerDue = false;
  #isAnswering = false;
  readonly #unwelcomed = new Set<string>();
  #closed: Promise<void> | undefined;
  #hasLeft = false;

  /** Joins. Throws for an option that can't work. */
  constructor(
    collect: (options: CollectOptions) => Promise<Family[]>,
    options: ClusterOptions & { readonly clock: Clock; readonly faults: Faults },
  ) {
    const { name = "telltale", socket, deadlineMs = 500, goneAfterMs = 15_000 } = options;
    const { clock, faults } = options;
    if (!(deadlineMs > 0) || !(goneAfterMs > 0)) {
      throw new RangeError("Cannot join cluster: deadlineMs and goneAfterMs must be positive");
    }
    this.#collectOwn = collect;
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
    this.#faults = faults;
    // A channel never leaves the process.
    this.#process = socket === undefined ? "this process" : processIdentity();
    const ownId = this.#id, ownProcess = this.#process;
    this.#roster = new Roster({ ownId, ownProcess, goneAfterMs, clock, faults });
    const receive = (message: string) => this.#accept(message);
    const joined = () => this.#sign("hello");
    this.#transport = socket === undefined
      ? new BroadcastTransport(`telltale metrics ${name}`, receive, () => this.close())
      : new SocketTransport(socket, receive, joined, clock);
    joined();
    this.#cancelBeat = clock.every(Math.min(goneAfterMs / 3, 2 ** 31 - 1), () => this.#beat());
  }

  /** The families of all members as one, histograms as native ones too, after at most the deadline. */
  async collect(): Promise<Family[]> {
    const missing = new Set(this.#closed === undefined ? this.#roster.present : []);
    const hasOthers = missing.size > 0;
    const all = Promise.withResolvers<void>();
    const request = this.#requests++;
    const onAnswer = (from: string, answered: number) => {
      if (answered >= request) missing.delete(from);
      if (missing.size === 0) all.resolve();
    };
    this.#waiting.add(onAnswer);
    if (hasOthers) this.#sign("collect", request);
    const cancel = this.#clock.after(this.#deadlineMs, () => all.resolve());
    let own: MemberFamilies, kept: Promise<void> | undefined;
    try {
      own = await this.#own();
      // What is shown must be kept by all, or a counter could go back when this member is gone.
      if (hasOthers) kept = this.#say({ about: this.#id, member: own });
      if (missing.size > 0) await all.promise;
    } finally {
      cancel();
      this.#waiting.delete(onAnswer);
    }
    await kept;
    const families = await aggregateInSlices([...this.#roster.all, own], this.#faults);
    return [...families, this.#membersFamily(missing.size)];
  }

  /** Leaves: what was counted here goes to the others. */
  close(): Promise<void> {
    return this.#closed ??= this.#leave();
  }

  async #leave(): Promise<void> {
    this.#cancelBeat();
    try {
      const own = await this.#own();
      await this.#say({ about: this.#id, member: { ...own, gone: true } });
    } finally {
      this.#hasLeft = true;
      await this.#transport.close();
    }
  }

  async #own(): Promise<MemberFamilies> {
    // Native in any case: an answer may be shown later, to who asks for another format.
    const families = await this.#collectOwn({ native: true });
    return { process: this.#process, gone: false, families };
  }

  #sign(type: ClusterSign["type"], request?: number): void {
    this.#send({ type, from: this.#id, request });
  }

  #send(message: ClusterMessage): void {
    if (this.#hasLeft) return;
    this.#faults.guard("cluster", () => this.#transport.send(JSON.stringify(message)));
  }

  #beat(): void {
    this.#sign("alive");
    this.#enqueue(undefined);
  }

  /** Sends a snapshot, part by part, after those that are being sent. */
  #say(snapshot: Snapshot): Promise<void> {
    return this.#outbox = this.#outbox
      .then(() => this.#sendParts(snapshot))
      .catch((error) => this.#faults.record("cluster", error));
  }

  async #sendParts({ about, member, to, past, answers }: Snapshot): Promise<void> {
    const { process, gone } = member;
    const snapshot = this.#snapshots++;
    const pause = new Pause();
    const parts = wireParts(member.families, this.#faults);
    for (let index = 0;; index++) {
      const { value: families, done: last = false } = parts.next();
      const what = { type: "part", from: this.#id, to, about, snapshot, index, last } as const;
      const ending = last ? { past, answers } : {};
      this.#send({ ...what, process, gone, ...ending, families });
      if (last) return;
      if (pause.isDue) await pause.take();
    }
  }

  #accept(message: string): void {
    if (typeof message !== "string" || this.#unreadChars + message.length > MAX_UNREAD_CHARS) {
      this.#faults.record("cluster", new RangeError("Lost a message of a member"));
      return;
    }
    this.#unreadChars += message.length;
    this.#enqueue(message);
  }

  /** @param task a message, or undefined for the beat */
  #enqueue(task: string | undefined): void {
    this.#inbox.push(task);
    if (this.#isReading) return;
    this.#isReading = true;
    void this.#read();
  }

  /** One thing after the other: the roster must not change while it changes. */
  async #read(): Promise<void> {
    const pause = new Pause();
    for (let i = 0; i < this.#inbox.length; i++) {
      const task = this.#inbox[i];
      if (i === INBOX_SLICE) {
        this.#inbox.splice(0, i);
        i = 0;
      }
      this.#unreadChars -= task?.length ?? 0;
      try {
        if (task === undefined) await this.#roster.fold();
        else await this.#receive(JSON.parse(task));
      } catch (error) {
        this.#faults.record("cluster", error);
      }
      if (pause.isDue) await pause.take();
    }
    this.#inbox.length = 0;
    this.#isReading = false;
  }

  async #receive(message: ClusterMessage): Promise<void> {
    if (typeof message?.from !== "string" || message.from === this.#id) return;
    const { type, from } = message;
    if (type !== "hello" && type !== "alive" && type !== "collect" && type !== "part") return;
    const isNew = this.#roster.hear(from);
    if (type === "part") await this.#take(message);
    if (type === "hello") this.#welcome(from);
    // One that is new to us may not have heard of us either.
    else if (type === "collect") this.#answer(from, message.request);
    else if (isNew) this.#answer();
  }

  /** Throws for a part that is none. */
  async #take(part: ClusterPart): Promise<void> {
    const { from, to, about, snapshot, index, last, process, gone, past, families } = part;
    const answers = Array.isArray(part.answers) ? part.answers : [];
    if (to !== undefined && to !== this.#id) return;
    if (index === 0) {
      if (this.#assembling.size >= MAX_ASSEMBLING) this.#assembling.clear();
      this.#assembling.set(from, { snapshot, next: 0, assembly: new MemberAssembly() });
    }
    const known = this.#assembling.get(from);
    if (known?.snapshot !== snapshot || known.next !== index) {
      this.#assembling.delete(from);
      return;
    }
    known.next++;
    try {
      known.assembly.add(families);
    } catch (error) {
      this.#assembling.delete(from);
      throw error;
    }
    if (!last) return;
    this.#assembling.delete(from);
    if (typeof process !== "string" || typeof about !== "string") return;
    const member = { process, gone: gone === true, families: known.assembly.finish() };
    if (about === PAST) await this.#roster.learnPast(member, checkPast(past));
    else if (about !== from) this.#roster.learn(about, { ...member, gone: true });
    else {
      await this.#roster.tell(from, member);
      const answer = answers.find((entry) => entry?.[0] === this.#id)?.[1];
      // There is nothing to wait for after a farewell.
      const request = member.gone ? Infinity : Number(answer ?? -1);
      for (const onAnswer of this.#waiting) onAnswer(from, request);
    }
  }

  /** A newcomer has to know who is there, and what those who are gone had counted. */
  #welcome(to: string): void {
    this.#sign("alive");
    this.#answer();
    if (this.#unwelcomed.has(to)) return;
    this.#unwelcomed.add(to);
    // When what is being sent has left, for then the roster may be another.
    void this.#outbox.then(() => {
      this.#unwelcomed.delete(to);
      for (const [about, member] of this.#roster.gone) void this.#say({ about, member, to });
      const [member, past] = this.#roster.past;
      if (past.count > 0) void this.#say({ about: PAST, member, to, past });
    });
  }

  /** Several who ask at one time get one answer. */
  #answer(from?: string, request?: number): void {
    if (from !== undefined && typeof request === "number") this.#askedBy.set(from, request);
    this.#isAnswerDue = true;
    if (!this.#isAnswering) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    while (this.#isAnswerDue && this.#closed === undefined) {
      this.#isAnswerDue = false;
      const answers = [...this.#askedBy];
      this.#askedBy.clear();
      try {
        await this.#say({ about: this.#id, member: await this.#own(), answers });
      } catch (error) {
        this.#faults.record("cluster", error);
      }
    }
    this.#isAnswering = false;
  }

  #membersFamily(late: number): Family {
    const present = this.#roster.present.length;
    return numberFamily("gauge", "telltale_cluster_members", "Members of the cluster", [
      [Math.max(0, present - late) + 1, { state: "answered" }],
      [late, { state: "late" }],
      [this.#roster.goneCount, { state: "gone" }],
    ]);
  }
}

function checkPast(past: PastMembers | undefined): PastMembers {
  const isRight = past !== undefined && Number.isInteger(past?.count) && Array.isArray(past.ids) &&
    past.ids.every((entry) =>
      Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "boolean"
    );
  if (!isRight) throw new TypeError("Cannot read who is gone: not as this release sends it");
  return past;
}
