/**
 * What the members of a cluster say to each other.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { MemberFamilies } from "./aggregate.ts";
import { FamilyAssembly, familyParts } from "./wire.ts";
import { Pause } from "../../core/pause.ts";
import type { Roster } from "./roster.ts";
import {
  type ClusterMessage,
  type ClusterPart,
  type ClusterSign,
  type ClusterTransport,
  PAST,
  type PastMembers,
} from "./transport.ts";

/** The member that speaks, and where what it hears goes. */
export interface ClusterExchangeOptions {
  /** The member that speaks. */
  readonly id: string;
  /** Keeps what others say. */
  readonly roster: Roster;
  /** What the member has. */
  readonly own: () => Promise<MemberFamilies>;
  /** Called at every answer, with the request of this member that it answers. */
  readonly onAnswer: (from: string, request: number) => void;
  readonly faults: Faults;
  /** Opens the transport; `joined` is to be called whenever it is connected. */
  readonly open: (receive: (message: string) => void, joined: () => void) => ClusterTransport;
}

/** What a member is in the middle of saying. */
interface Assembling {
  readonly snapshot: number;
  next: number;
  readonly assembly: FamilyAssembly;
}

/** What is said of a member. */
export interface Snapshot extends Pick<ClusterPart, "to" | "answers" | "silentMs" | "past"> {
  readonly about: string;
  readonly member: MemberFamilies;
}

/** As many members as a sign may name. */
const MAX_NAMED = 2000;
/** Members that may be in the middle of saying something. */
const MAX_ASSEMBLING = 1000;
/** Text that was received and not read yet; what comes on top of it is lost. */
const MAX_UNREAD_CHARS = 64 << 20;

/**
 * Sends what a member has, and reads what others have: in parts, with other work in between. What a
 * member has once heard of another it never takes from a third: only of one that it knows nothing of,
 * as a newcomer does of the dead, it is given what others keep.
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
  #inbox: Promise<void> = Promise.resolve();
  #unreadChars = 0;
  readonly #reading = new Pause();
  #outbox: Promise<void> = Promise.resolve();
  #snapshots = 0;
  /** The latest request of each member that has no answer yet. */
  readonly #askedBy = new Map<string, number>();
  #isAnswerDue = false;
  #isAnswering = false;
  #hasNewcomers = false;
  /** What was asked for since the last beat and has not come. */
  readonly #wanted = new Set<string>();
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
    this.#transport = open((message) => this.#accept(message), () => this.#sign("hello"));
  }

  /** Asks all others what they have. */
  ask(request: number): void {
    this.#sign("collect", { request });
  }

  /** Until the member has what the others keep, or {@linkcode settle} is called. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** There is nobody to wait for, or it has been long enough. */
  settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  /** Gives a sign of life, and looks which members gave none. */
  beat(): void {
    this.#wanted.clear();
    this.#tellKnown();
    this.#next(() => this.#roster.fold());
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

  #tellKnown(): void {
    this.#sign("alive", { knows: this.#roster.known, settled: this.#isSettled });
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
    const parts = familyParts(member.families, this.#faults);
    for (let index = 0;; index++) {
      const { value: families, done: last = false } = parts.next();
      const what = { type: "part", from: this.#id, to, about, snapshot, index, last } as const;
      this.#send({ ...what, process, gone, ...last ? ending : {}, families });
      if (last) return;
      if (pause.isDue) await pause.take();
    }
  }

  /** Reads a message after those before it, or counts that there is no room for it. */
  #accept(message: string): void {
    if (typeof message !== "string" || this.#unreadChars + message.length > MAX_UNREAD_CHARS) {
      this.#faults.record("cluster", new RangeError("Lost a message of a member"));
      return;
    }
    this.#unreadChars += message.length;
    this.#next(() => {
      this.#unreadChars -= message.length;
      return this.#receive(JSON.parse(message));
    });
  }

  #next(task: () => Promise<void>): void {
    this.#inbox = this.#inbox.then(task)
      .catch((error) => this.#faults.record("cluster", error))
      .then(() => this.#reading.isDue ? this.#reading.take() : undefined);
  }

  /** Takes a message, which may not be what it says it is. */
  async #receive(message: ClusterMessage): Promise<void> {
    if (typeof message?.from !== "string" || message.from === this.#id) return;
    const { type, from, to } = message;
    if (!TYPES.includes(type)) return;
    const isNew = this.#roster.hear(from);
    if (type === "hello") this.#sign("alive");
    // One that is new to us may not have heard of us either.
    if (isNew || type === "hello") this.#greet();
    if (to !== undefined && to !== this.#id) return;
    if (type === "alive" && message.knows !== undefined) this.#compare(message);
    else if (type === "collect") this.#answer(from, message.request);
    else if (type === "want") this.#give(from, checkKnown(message.knows));
    else if (type === "part") await this.#take(message);
  }

  /** Asks for what another has and this member has not, once until the next beat. */
  #compare({ from, knows, settled }: ClusterSign): void {
    const lacking = this.#roster.lacking(checkKnown(knows)).filter((id) => !this.#wanted.has(id));
    for (const id of lacking) this.#wanted.add(id);
    if (lacking.length > 0) this.#sign("want", { to: from, knows: lacking });
    // What a newcomer knows may be as little as we do.
    else if (settled === true && this.#wanted.size === 0) this.settle();
  }

  /** Gives what another lacks: of the silent too, for a member killed a moment ago is not yet gone. */
  #give(to: string, wanted: readonly string[]): void {
    // When what is being sent has left, for then the roster may be another.
    void this.#outbox.then(() => {
      for (const about of wanted) {
        const kept = this.#roster.kept(about);
        if (kept !== undefined) void this.say({ about, to, ...kept });
      }
    });
  }

  #came(about: string): void {
    if (this.#wanted.delete(about) && this.#wanted.size === 0) this.settle();
  }

  /** Throws for a part that is none. */
  async #take(part: ClusterPart): Promise<void> {
    const { from, about, snapshot, index, last, process, gone, past, families } = part;
    if (index === 0) {
      if (this.#assembling.size >= MAX_ASSEMBLING) this.#assembling.clear();
      this.#assembling.set(from, { snapshot, next: 0, assembly: new FamilyAssembly() });
    }
    const known = this.#assembling.get(from);
    this.#assembling.delete(from);
    if (known?.snapshot !== snapshot || known.next !== index) return;
    known.next++;
    known.assembly.add(families);
    if (!last) return void this.#assembling.set(from, known);
    if (typeof process !== "string" || typeof about !== "string") return;
    const all = await known.assembly.finish(this.#reading);
    const member = { process, gone: gone === true, families: all };
    if (about === PAST) this.#roster.learnPast(member, checkPast(past));
    else if (about !== from) this.#roster.learn(about, member, Number(part.silentMs ?? 0));
    else {
      await this.#roster.tell(from, member);
      const answers = Array.isArray(part.answers) ? part.answers : [];
      const answer = answers.find((entry) => entry?.[0] === this.#id)?.[1];
      // There is nothing to wait for after a farewell.
      this.#onAnswer(from, member.gone ? Infinity : Number(answer ?? -1));
    }
    this.#came(about);
  }

  /** One that is new is told what this member has, and how much it keeps. */
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
    if (this.#hasNewcomers) this.#tellKnown();
    this.#hasNewcomers = false;
    this.#isAnswering = false;
  }
}

const TYPES: readonly unknown[] = ["hello", "alive", "collect", "want", "part"];

function checkKnown(knows: readonly string[] | undefined): readonly string[] {
  const isRight = Array.isArray(knows) && knows.length <= MAX_NAMED &&
    knows.every((id) => typeof id === "string");
  if (!isRight) throw unreadable("what a member knows");
  return knows;
}

function checkPast(past: PastMembers | undefined): PastMembers {
  const isRight = past !== undefined && Number.isInteger(past?.count) && Array.isArray(past.ids) &&
    past.ids.every((id) => typeof id === "string");
  if (!isRight) throw unreadable("the past of a member");
  return past;
}

function unreadable(what: string): TypeError {
  return new TypeError(`Cannot read ${what}: not as this release sends it`);
}
