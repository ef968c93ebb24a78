/**
 * The exchange of families between the members of a cluster.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { MemberFamilies } from "./aggregate.ts";
import { Pause } from "../../core/pause.ts";
import type { Roster } from "./roster.ts";
import {
  checkKnown,
  checkPast,
  type ClusterMessage,
  type ClusterPart,
  type ClusterSign,
  type ClusterTransport,
  FamilyAssembly,
  familyParts,
  isMessage,
  PAST,
} from "./wire.ts";

/** The member itself, and where the families of others go. */
export interface ClusterExchangeOptions {
  /** The id of this member. */
  readonly id: string;
  /** Keeps the families of the others. */
  readonly roster: Roster;
  /** Collects the families of this member. */
  readonly own: () => Promise<MemberFamilies>;
  /** Called for every answer, with the request of this member that it answers. */
  readonly onAnswer: (from: string, request: number) => void;
  readonly faults: Faults;
  /** Opens the transport, which calls `joined` whenever it is connected. */
  readonly open: (receive: (message: string) => void, joined: () => void) => ClusterTransport;
}

/** A snapshot of which some parts have arrived. */
interface Assembling {
  readonly snapshot: number;
  next: number;
  readonly assembly: FamilyAssembly;
}

/** The families of one member, to be sent. */
export interface Snapshot extends Pick<ClusterPart, "to" | "answers" | "silentMs" | "past"> {
  readonly about: string;
  readonly member: MemberFamilies;
}

/** Senders whose snapshots may be incomplete at one time. */
const MAX_ASSEMBLING = 1000;
/** Text received and not yet read; messages beyond it are lost. */
const MAX_UNREAD_CHARS = 64 << 20;

/**
 * Sends the families of this member and receives those of others, in parts, with other work in
 * between. Families come from their own member. Only a member that knows nothing of another, as a
 * newcomer knows nothing of members that are gone, is given the copy that a third one keeps.
 */
export class ClusterExchange {
  readonly #id: string;
  readonly #roster: Roster;
  readonly #own: () => Promise<MemberFamilies>;
  readonly #onAnswer: (from: string, request: number) => void;
  readonly #faults: Faults;
  readonly #transport: ClusterTransport;
  readonly #assembling = new Map<string, Assembling>();
  /** Messages are handled one after the other: changes of the roster must not overlap. */
  #inbox: Promise<void> = Promise.resolve();
  #unreadChars = 0;
  readonly #reading = new Pause();
  #outbox: Promise<void> = Promise.resolve();
  #snapshots = 0;
  /** The latest unanswered request of each member. */
  readonly #askedBy = new Map<string, number>();
  #isAnswerDue = false;
  #isAnswering = false;
  #hasNewcomers = false;
  /** Members asked for since the last beat whose families have not arrived. */
  readonly #wanted = new Set<string>();
  readonly #topics = new Map<string, (from: string, body: unknown) => void>();
  readonly #settled = Promise.withResolvers<void>();
  #isSettled = false;
  #isLeaving = false;
  #hasLeft = false;

  /** Joins the cluster. */
  constructor({ id, roster, own, onAnswer, faults, open }: ClusterExchangeOptions) {
    this.#id = id;
    this.#roster = roster;
    this.#own = own;
    this.#onAnswer = onAnswer;
    this.#faults = faults;
    this.#transport = open((message) => this.#accept(message), () => this.#sign("hello"));
  }

  /** Asks all others for their families. */
  ask(request: number): void {
    this.#sign("collect", { request });
  }

  /** Resolves when this member has what the others keep, or {@linkcode settle} is called. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Ends the wait for the others: there are none, or it has taken long enough. */
  settle(): void {
    this.#isSettled = true;
    this.#settled.resolve();
  }

  /** Sends a sign of life, and folds the members that are gone for long. */
  beat(): void {
    this.#wanted.clear();
    this.#tellKnown();
    this.#next(() => this.#roster.fold());
  }

  /** Leaves the cluster: the others get the last families of this member. */
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

  /** Calls `receive` for what other members say under this topic. */
  listen(topic: string, receive: (from: string, body: unknown) => void): void {
    this.#topics.set(topic, receive);
  }

  /** Says something under a topic, to all others or to one. */
  word(topic: string, body: unknown, to?: string): void {
    this.#send({ type: "word", from: this.#id, to, topic, body });
  }

  /** Sends a snapshot part by part, after those already waiting. */
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

  /** Queues a received message; counts a fault when there is no room for it. */
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

  /** Handles a message, whose fields are not yet checked. */
  async #receive(message: ClusterMessage): Promise<void> {
    if (!isMessage(message) || message.from === this.#id) return;
    const { type, from, to } = message;
    const isNew = this.#roster.hear(from);
    if (type === "hello") this.#sign("alive");
    // A member that is new here may not know this one either.
    if (isNew || type === "hello") this.#greet();
    if (to !== undefined && to !== this.#id) return;
    if (type === "alive" && message.knows !== undefined) this.#compare(message);
    else if (type === "collect") this.#answer(from, message.request);
    else if (type === "want") this.#give(from, checkKnown(message.knows));
    else if (type === "part") await this.#take(message);
    else if (type === "word") this.#topics.get(message.topic)?.(from, message.body);
  }

  /** Asks for families that another keeps and this member lacks, once between two beats. */
  #compare({ from, knows, settled }: ClusterSign): void {
    const lacking = this.#roster.lacking(checkKnown(knows)).filter((id) => !this.#wanted.has(id));
    for (const id of lacking) this.#wanted.add(id);
    if (lacking.length > 0) this.#sign("want", { to: from, knows: lacking });
    // The list of a newcomer may be as incomplete as this one's.
    else if (settled === true && this.#wanted.size === 0) this.settle();
  }

  /** Sends families that another lacks; of silent members too, which may have been killed just now. */
  #give(to: string, wanted: readonly string[]): void {
    // Once the queue is empty: until then the roster may change.
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

  /** Takes a part. Throws for a malformed one. */
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
      // After a farewell no further answer comes.
      this.#onAnswer(from, member.gone ? Infinity : Number(answer ?? -1));
    }
    this.#came(about);
  }

  /** Sends a new member the families of this one, and the list of those that it keeps. */
  #greet(): void {
    this.#hasNewcomers = true;
    this.#answer();
  }

  /** Answers requests; several that arrive together get one answer. */
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
    // After this member's own families, so that nobody asks for those.
    if (this.#hasNewcomers) this.#tellKnown();
    this.#hasNewcomers = false;
    this.#isAnswering = false;
  }
}
