/**
 * What the members of a cluster say to each other.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import type { MemberFamilies } from "./aggregate.ts";
import { ClusterInbox } from "./cluster_inbox.ts";
import { MemberAssembly, wireParts } from "./member_parts.ts";
import { Pause } from "./pause.ts";
import type { Roster } from "./roster.ts";
import {
  type ClusterMessage,
  type ClusterPart,
  type ClusterSign,
  type ClusterTransport,
  type Knowledge,
  PAST,
  type PastMembers,
} from "./transport.ts";

/** Who speaks, and who is told. */
export interface ClusterExchangeOptions {
  /** The member that speaks. */
  readonly id: string;
  /** Told of what others say. */
  readonly roster: Roster;
  /** What the member has. */
  readonly own: () => Promise<MemberFamilies>;
  /** Told of every answer, and to which request of this member's it is one. */
  readonly onAnswer: (from: string, request: number) => void;
  readonly faults: Faults;
  /** Opens the transport; `joined` is to be called whenever it is connected. */
  readonly open: (receive: (message: string) => void, joined: () => void) => ClusterTransport;
}

/** What a member is in the middle of saying. */
interface Assembling {
  readonly snapshot: number;
  next: number;
  readonly assembly: MemberAssembly;
}

/** What is said of whom. */
export interface Snapshot {
  readonly about: string;
  readonly member: MemberFamilies;
  readonly to?: string;
  readonly past?: PastMembers;
  readonly answers?: ClusterPart["answers"];
  /** Of another member: which of its snapshots, and for how long it was silent. */
  readonly of?: number;
  readonly silentMs?: number;
}

/** As many members as a sign may tell of. */
const MAX_KNOWN = 2000;
/** Members that may be in the middle of saying something. */
const MAX_ASSEMBLING = 1000;

/**
 * Sends what a member has, and reads what others have: in parts, slice by slice, with other work in
 * between. In one piece remain the reading of one part, some thousand numbers, and what a member that
 * comes back after long had (see {@linkcode Roster}).
 */
export class ClusterExchange {
  readonly #id: string;
  readonly #roster: Roster;
  readonly #own: () => Promise<MemberFamilies>;
  readonly #onAnswer: (from: string, request: number) => void;
  readonly #faults: Faults;
  readonly #transport: ClusterTransport;
  readonly #assembling = new Map<string, Assembling>();
  /** One thing after the other: the roster must not change while it changes. */
  readonly #inbox: ClusterInbox;
  #outbox: Promise<void> = Promise.resolve();
  #snapshots = 0;
  /** The latest request of each member that has no answer yet. */
  readonly #askedBy = new Map<string, number>();
  #isAnswerDue = false;
  #isAnswering = false;
  #hasNewcomers = false;
  /** The latest of the own snapshots that left whole. */
  #said = -1;
  /** What was asked for since the last beat and has not come. */
  readonly #wanted = new Map<string, number>();
  readonly #settled = Promise.withResolvers<void>();
  #isSettled = false;
  #isLeaving = false;
  #hasLeft = false;

  /** Joins. */
  constructor({ id, roster, own, onAnswer, faults, open }: ClusterExchangeOptions) {
    this.#id = id;
    this.#roster = roster;
    this.#own = own;
    this.#onAnswer = onAnswer;
    this.#faults = faults;
    const joined = () => this.#sign("hello");
    this.#inbox = new ClusterInbox((message) => this.#receive(message), faults);
    this.#transport = open((message) => this.#inbox.accept(message), joined);
  }

  /** Asks all others what they have. */
  ask(request: number): void {
    this.#sign("collect", { request });
  }

  /** Until the member has what the others have, or {@linkcode settle} is called. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** There is nobody to wait for, or it has been long enough. */
  settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  /** Gives a sign of life, and looks who gave none. */
  beat(): void {
    this.#wanted.clear();
    this.#tellKnowledge();
    this.#inbox.add(() => this.#roster.fold());
  }

  /** Leaves: what the member has goes to the others. */
  async leave(): Promise<void> {
    this.#isLeaving = true;
    this.settle();
    try {
      const own = await this.#own();
      await this.say({ about: this.#id, member: { ...own, gone: true } });
    } finally {
      this.#hasLeft = true;
      await this.#transport.close();
    }
  }

  #sign(type: ClusterSign["type"], more: Omit<ClusterSign, "type" | "from"> = {}): void {
    this.#send({ type, from: this.#id, ...more });
  }

  /** Who has less asks for it. */
  #tellKnowledge(): void {
    const own: Knowledge[] = this.#said < 0 ? [] : [[this.#id, this.#said]];
    this.#sign("alive", {
      knows: [...own, ...this.#roster.knowledge],
      settled: this.#isSettled,
    });
  }

  #send(message: ClusterMessage): void {
    if (this.#hasLeft) return;
    this.#faults.guard("cluster", () => this.#transport.send(JSON.stringify(message)));
  }

  /** Sends a snapshot, part by part, after those that are being sent. */
  say(snapshot: Snapshot): Promise<void> {
    return this.#outbox = this.#outbox
      .then(() => this.#sendParts(snapshot))
      .catch((error) => this.#faults.record("cluster", error));
  }

  async #sendParts({ about, member, to, ...ending }: Snapshot): Promise<void> {
    const { process, gone } = member;
    const snapshot = this.#snapshots++;
    const pause = new Pause();
    const parts = wireParts(member.families, this.#faults);
    for (let index = 0;; index++) {
      const { value: families, done: last = false } = parts.next();
      const what = { type: "part", from: this.#id, to, about, snapshot, index, last } as const;
      this.#send({ ...what, process, gone, ...last ? ending : {}, families });
      if (last) {
        if (about === this.#id) this.#said = snapshot;
        return;
      }
      if (pause.isDue) await pause.take();
    }
  }

  async #receive(message: ClusterMessage): Promise<void> {
    if (typeof message?.from !== "string" || message.from === this.#id) return;
    const { type, from } = message;
    if (!TYPES.includes(type)) return;
    const isNew = this.#roster.hear(from);
    if (type === "part") return await this.#take(message, isNew);
    if (message.to !== undefined && message.to !== this.#id) return;
    if (type === "hello") this.#sign("alive");
    if (type === "alive" && message.knows !== undefined) this.#compare(message);
    if (type === "want") return this.#give(from, checkKnowledge(message.knows));
    // One that is new to us may not have heard of us either.
    if (type === "collect") this.#answer(from, message.request);
    else if (isNew || type === "hello") this.#greet();
  }

  /** Asks for what another has and we have not, once until the next beat. */
  #compare({ from, knows, settled }: ClusterSign): void {
    const lacking = this.#roster.lacking(checkKnowledge(knows))
      .filter(([id, snapshot]) => (this.#wanted.get(id) ?? -1) < snapshot);
    for (const [id, snapshot] of lacking) this.#wanted.set(id, snapshot);
    if (lacking.length > 0) this.#sign("want", { to: from, knows: lacking });
    // What a newcomer knows may be as little as we do.
    else if (settled === true && this.#wanted.size === 0) this.settle();
  }

  /** What others may lack: of the silent too, for who was killed a moment ago is not known as gone. */
  #give(to: string, wanted: readonly Knowledge[]): void {
    // When what is being sent has left, for then the roster may be another.
    void this.#outbox.then(() => {
      for (const [about] of wanted) {
        if (about === this.#id) this.#answer();
        else if (about === PAST) {
          const [member, past] = this.#roster.past;
          void this.say({ about, member, to, past });
        } else {
          const { data: member, snapshot: of, silentMs } = this.#roster.find(about) ?? {};
          if (member !== undefined) void this.say({ about, member, to, of, silentMs });
        }
      }
    });
  }

  #came(about: string): void {
    if (this.#wanted.delete(about) && this.#wanted.size === 0) this.settle();
  }

  /** Throws for a part that is none. */
  async #take(part: ClusterPart, isNew: boolean): Promise<void> {
    const { from, to, about, snapshot, index, last, process, gone, past, families } = part;
    if (isNew) this.#greet();
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
    else if (about !== from) {
      this.#roster.learn(about, member, whole(part.of), whole(part.silentMs));
    } else {
      await this.#roster.tell(from, member, whole(snapshot));
      const answer = answers.find((entry) => entry?.[0] === this.#id)?.[1];
      // There is nothing to wait for after a farewell.
      const request = member.gone ? Infinity : Number(answer ?? -1);
      this.#onAnswer(from, request);
    }
    this.#came(about);
  }

  /** One that is new is told what this member has, and what it knows of others. */
  #greet(): void {
    this.#hasNewcomers = true;
    this.#answer();
  }

  /** Several who ask at one time get one answer. */
  #answer(from?: string, request?: number): void {
    if (from !== undefined && typeof request === "number") this.#askedBy.set(from, request);
    this.#isAnswerDue = true;
    if (!this.#isAnswering) void this.#answerAll();
  }

  async #answerAll(): Promise<void> {
    this.#isAnswering = true;
    while (this.#isAnswerDue && !this.#isLeaving) {
      this.#isAnswerDue = false;
      const answers = [...this.#askedBy];
      this.#askedBy.clear();
      try {
        await this.say({ about: this.#id, member: await this.#own(), answers });
      } catch (error) {
        this.#faults.record("cluster", error);
      }
    }
    // After what the member had itself, so that nobody asks for that.
    if (this.#hasNewcomers) this.#tellKnowledge();
    this.#hasNewcomers = false;
    this.#isAnswering = false;
  }
}

const TYPES: readonly unknown[] = ["hello", "alive", "collect", "want", "part"];

function checkKnowledge(knows: readonly Knowledge[] | undefined): readonly Knowledge[] {
  const isRight = Array.isArray(knows) && knows.length <= MAX_KNOWN &&
    knows.every((entry) =>
      Array.isArray(entry) && typeof entry[0] === "string" && Number.isInteger(entry[1])
    );
  if (!isRight) {
    throw new TypeError("Cannot read what a member knows: not as this release sends it");
  }
  return knows;
}

function whole(value: number | undefined): number {
  return typeof value === "number" && value >= 0 ? value : 0;
}

function checkPast(past: PastMembers | undefined): PastMembers {
  const isRight = past !== undefined && Number.isInteger(past?.count) && Array.isArray(past.ids) &&
    past.ids.every((entry) =>
      Array.isArray(entry) && typeof entry[0] === "string" && typeof entry[1] === "boolean"
    );
  if (!isRight) throw new TypeError("Cannot read who is gone: not as this release sends it");
  return past;
}
