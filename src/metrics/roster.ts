/**
 * Who is in a cluster, and what those had who are gone.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { aggregateInSlices, type MemberFamilies, negated } from "./aggregate.ts";
import { type Knowledge, PAST, type PastMembers } from "./transport.ts";

interface Member {
  /** Undefined before its first answer. */
  data: MemberFamilies | undefined;
  /** Which of the member's snapshots that is. */
  snapshot: number;
  seenMs: number;
}

/** How a roster is kept. */
export interface RosterOptions {
  /** The member that keeps it. */
  readonly ownId: string;
  /** Its process. */
  readonly ownProcess: string;
  /** After how long without a sign of life a member counts as gone. */
  readonly goneAfterMs: number;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** Members that are gone are remembered one by one up to here. */
const MAX_GONE = 64;
/** After so many times `goneAfterMs`, nobody is expected back. */
const LONG_GONE = 10;
const MAX_MEMBERS = 1000;
const MAX_PAST_IDS = 1000;

/**
 * The other members. Those gone for long, and the oldest of many, are made one, the past, so that
 * memory stays flat over any number of ends. One that comes back from there counts on from what the
 * past has of it: nothing counts twice or goes back, but what it counted unheard is lost here.
 *
 * The async methods must not overlap.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #members = new Map<string, Member>();
  #past: MemberFamilies = { process: PAST, gone: true, families: [] };
  /** Who is in the past, the latest last; whether with what belongs to the process. */
  readonly #pastIds = new Map<string, boolean>();
  #pastCount = 0;
  /** Others count this member as one of the past: what they have of that is not for it. */
  #isInPast = false;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Notes a sign of life. True when it is the first. */
  hear(id: string): boolean {
    const known = this.#members.get(id);
    const seenMs = this.#options.clock.monotonic();
    if (known !== undefined) {
      known.seenMs = seenMs;
      // Others took it for gone.
      if (known.data?.gone) known.data = { ...known.data, gone: false };
      return false;
    }
    if (this.#members.size >= MAX_MEMBERS) {
      throw new RangeError(
        `Cannot join cluster: it has ${MAX_MEMBERS} members, the most it may have`,
      );
    }
    this.#members.set(id, { data: undefined, snapshot: -1, seenMs });
    return true;
  }

  /** Takes what a member says of itself. */
  async tell(id: string, data: MemberFamilies, snapshot = 0): Promise<void> {
    const withProcess = this.#pastIds.get(id);
    if (withProcess !== undefined) await this.#recall(id, data, withProcess);
    this.#members.set(id, { data, snapshot, seenMs: this.#options.clock.monotonic() });
    if (data.gone) await this.fold();
  }

  /** Takes what another has of a member, when it is newer than what is known. */
  learn(id: string, data: MemberFamilies, snapshot: number, silentMs: number): void {
    if (!this.#isLess([id, snapshot])) return;
    const seenMs = this.#options.clock.monotonic() - silentMs;
    this.#members.set(id, {
      data,
      snapshot,
      seenMs: Math.max(seenMs, this.#members.get(id)?.seenMs ?? -Infinity),
    });
  }

  /** What is known of whom, as {@linkcode lacking} compares it. */
  get knowledge(): Knowledge[] {
    const known: Knowledge[] = [[PAST, this.#pastCount]];
    for (const [id, { data, snapshot }] of this.#members) {
      if (data !== undefined) known.push([id, snapshot]);
    }
    return known;
  }

  /** Of what another knows, what is newer than what is known here. */
  lacking(knowledge: readonly Knowledge[]): Knowledge[] {
    return knowledge.filter((known) => this.#isLess(known));
  }

  /** What a member had, and for how long it has been silent. */
  find(id: string): Pick<Member, "data" | "snapshot"> & { silentMs: number } | undefined {
    const member = this.#members.get(id);
    return member && { ...member, silentMs: this.#options.clock.monotonic() - member.seenMs };
  }

  #isLess([id, snapshot]: Knowledge): boolean {
    if (id === PAST) return snapshot > 0 && this.#pastCount === 0 && !this.#isInPast;
    if (id === this.#options.ownId || this.#pastIds.has(id)) return false;
    const known = this.#members.get(id);
    return known?.data === undefined || known.snapshot < snapshot;
  }

  /** Takes the past from another, when it is a newcomer that has none. */
  async learnPast(data: MemberFamilies, { count, ids }: PastMembers): Promise<void> {
    if (this.#pastCount > 0) return;
    this.#isInPast = ids.some(([id]) => id === this.#options.ownId);
    if (this.#isInPast) return;
    this.#past = { ...data, process: PAST, gone: true };
    this.#pastCount = count;
    for (const [id, withProcess] of ids) this.#pastIds.set(id, withProcess);
    for (const [id, withProcess] of ids) {
      const known = this.#members.get(id);
      if (known?.data === undefined) continue;
      if (this.#isPresent(known)) await this.#recall(id, known.data, withProcess);
      else this.#members.delete(id);
    }
  }

  /** Makes those one who are gone for long. */
  async fold(): Promise<void> {
    const { goneAfterMs, clock, faults, ownProcess } = this.#options;
    const gone = this.#gone().sort(([, a], [, b]) => a.seenMs - b.seenMs);
    const longAgoMs = clock.monotonic() - LONG_GONE * goneAfterMs;
    const due = new Map(
      gone.filter(([, { seenMs }], i) => i < gone.length - MAX_GONE || seenMs < longAgoMs),
    );
    if (due.size === 0) return;
    const speaking = new Set([ownProcess]);
    for (const [id, { data }] of this.#members) {
      if (!due.has(id) && data) speaking.add(data.process);
    }
    const folded = [...due].flatMap(([id, { data }]) => {
      if (data === undefined) return [];
      // Somebody else speaks for the process, and goes on.
      const withProcess = !speaking.has(data.process);
      return [{ id, withProcess, data: { ...pick(data, withProcess), gone: true } }];
    });
    const families = await aggregateInSlices(
      [this.#past, ...folded.map(({ data }) => data)],
      faults,
    );
    this.#past = { ...this.#past, families };
    for (const { id, withProcess } of folded) this.#pastIds.set(id, withProcess);
    this.#pastCount += folded.length;
    for (const id of due.keys()) this.#members.delete(id);
    this.#forgetIds();
  }

  /** Whoever has given a sign of life lately. */
  get present(): string[] {
    return [...this.#members].filter(([, member]) => this.#isPresent(member)).map(([id]) => id);
  }

  /** How many are gone. */
  get goneCount(): number {
    return this.#gone().length + this.#pastCount;
  }

  /** How many are remembered one by one. */
  get size(): number {
    return this.#members.size;
  }

  /** What every other member has or had, the past first. */
  get all(): MemberFamilies[] {
    return [
      this.#past,
      ...[...this.#members.values()].flatMap((member) =>
        member.data === undefined ? [] : [{ ...member.data, gone: !this.#isPresent(member) }]
      ),
    ];
  }

  /** What those had who are gone for long. */
  get past(): [data: MemberFamilies, members: PastMembers] {
    return [this.#past, { count: this.#pastCount, ids: [...this.#pastIds] }];
  }

  /** From now on `data` is a member's own again: as much is taken from the past. */
  async #recall(id: string, data: MemberFamilies, withProcess: boolean): Promise<void> {
    const families = await aggregateInSlices(
      [this.#past, { ...negated(pick(data, withProcess)), process: "recalled" }],
      this.#options.faults,
    );
    this.#past = { ...this.#past, families };
    if (this.#pastIds.delete(id)) this.#pastCount--;
  }

  #forgetIds(): void {
    for (const id of this.#pastIds.keys()) {
      if (this.#pastIds.size <= MAX_PAST_IDS) break;
      this.#pastIds.delete(id);
    }
  }

  #isPresent({ data, seenMs }: Member): boolean {
    return !data?.gone && this.#options.clock.monotonic() - seenMs < this.#options.goneAfterMs;
  }

  #gone(): [string, Member][] {
    return [...this.#members].filter(([, member]) => !this.#isPresent(member));
  }
}

function pick(data: MemberFamilies, withProcess: boolean): MemberFamilies {
  if (withProcess) return data;
  return { ...data, families: data.families.filter(({ perProcess }) => !perProcess) };
}
