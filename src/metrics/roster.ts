/**
 * Who is in a cluster, and what those had who are gone.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { PAST, type PastMembers } from "./transport.ts";

interface Member {
  /** Undefined before its first answer. */
  data: MemberFamilies | undefined;
  seenMs: number;
}

/** What is kept of another member, or of the past. */
export interface Kept {
  readonly about: string;
  readonly member: MemberFamilies;
  /** For how long it gave no sign of life. */
  readonly silentMs?: number;
  /** Who is in the past. */
  readonly past?: PastMembers;
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
const LONG_GONE = 40;
const MAX_MEMBERS = 1000;
const MAX_PAST_IDS = 1000;

/**
 * The other members. Those gone for long, and the oldest of many, are added up to one, the past, so
 * that memory stays flat over any number of ends. One that comes back from there is refused: what it
 * has now can't be told from what the past has of it, and must not count twice.
 *
 * The async methods must not overlap.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #members = new Map<string, Member>();
  #past: MemberFamilies = { process: PAST, gone: true, families: [] };
  /** Who is in the past, the latest last. */
  readonly #pastIds = new Set<string>();
  #pastCount = 0;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Notes a sign of life; true when it is the first. Throws for a member that is not to be heard. */
  hear(id: string): boolean {
    if (this.#pastIds.has(id)) {
      throw new Error("Left out a member that was silent for too long: start it again");
    }
    const known = this.#members.get(id);
    const seenMs = this.#options.clock.monotonic();
    if (known !== undefined) {
      known.seenMs = seenMs;
      // Others took it for gone.
      if (known.data?.gone) known.data = { ...known.data, gone: false };
      return false;
    }
    if (this.#members.size >= MAX_MEMBERS) throw tooMany();
    this.#members.set(id, { data: undefined, seenMs });
    return true;
  }

  /** Takes what a member says of itself. */
  async tell(id: string, data: MemberFamilies): Promise<void> {
    this.#members.set(id, { data, seenMs: this.#options.clock.monotonic() });
    if (data.gone) await this.fold();
  }

  /** Takes what another keeps of a member that is not known here. */
  learn(id: string, data: MemberFamilies, silentMs: number): void {
    if (id === this.#options.ownId || this.#pastIds.has(id)) return;
    const known = this.#members.get(id);
    if (known?.data !== undefined) return;
    if (known === undefined && this.#members.size >= MAX_MEMBERS) throw tooMany();
    const seenMs = this.#options.clock.monotonic() - silentMs;
    this.#members.set(id, { data, seenMs: Math.max(seenMs, known?.seenMs ?? -Infinity) });
  }

  /** Takes the past from another, when there is none here yet. */
  learnPast(data: MemberFamilies, { count, ids }: PastMembers): void {
    // The others count this member as one of the past: what they have of that is not for it.
    const isOwn = ids.includes(this.#options.ownId);
    if (this.#pastCount > 0 || isOwn) return;
    this.#past = { ...data, process: PAST, gone: true };
    this.#pastCount = count;
    for (const id of ids) {
      this.#pastIds.add(id);
      this.#members.delete(id);
    }
  }

  /** The members whose data is here. */
  get known(): string[] {
    const known = [...this.#members].filter(([, { data }]) => data !== undefined);
    return [...this.#pastCount > 0 ? [PAST] : [], ...known.map(([id]) => id)];
  }

  /** Of how many members there is data here. */
  get keeps(): number {
    let count = this.#pastCount;
    for (const { data } of this.#members.values()) if (data !== undefined) count++;
    return count;
  }

  /** What is kept of others, for a newcomer: the past first. */
  get kept(): Kept[] {
    const kept: Kept[] = [];
    if (this.#pastCount > 0) {
      const past = { count: this.#pastCount, ids: [...this.#pastIds] };
      kept.push({ about: PAST, member: this.#past, past });
    }
    const nowMs = this.#options.clock.monotonic();
    for (const [about, { data, seenMs }] of this.#members) {
      if (data !== undefined) kept.push({ about, member: data, silentMs: nowMs - seenMs });
    }
    return kept;
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
    const folded = [...due].flatMap(([id, { data }]) => data === undefined ? [] : [{ id, data }]);
    const families = await aggregateInSlices(
      [
        this.#past,
        ...folded.map(({ data }) => ({
          ...data,
          gone: true,
          // Somebody else speaks for the process, and goes on.
          families: speaking.has(data.process)
            ? data.families.filter(({ perProcess }) => !perProcess)
            : data.families,
        })),
      ],
      faults,
    );
    this.#past = { ...this.#past, families };
    for (const { id } of folded) this.#pastIds.add(id);
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

function tooMany(): RangeError {
  return new RangeError(
    `Cannot join cluster: it has ${MAX_MEMBERS} members, the most it may have`,
  );
}
