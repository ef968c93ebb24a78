/**
 * Who is in a cluster, and what those had who are gone.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { PAST, type PastMembers } from "./transport.ts";

interface Member {
  /** Undefined before its first answer. */
  data: MemberFamilies | undefined;
  seenMs: number;
}

/** What is kept of another member, or of the past. */
export interface Kept {
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
  /** Others count this member as one of the past: what they have of that is not for it. */
  #isInPast = false;

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
    if (this.lacking([id]).length === 0) return;
    const known = this.#members.get(id);
    if (known === undefined && this.#members.size >= MAX_MEMBERS) throw tooMany();
    const seenMs = this.#options.clock.monotonic() - silentMs;
    this.#members.set(id, { data, seenMs: Math.max(seenMs, known?.seenMs ?? -Infinity) });
  }

  /** Takes the past from another, when there is none here yet. */
  learnPast(data: MemberFamilies, { count, ids }: PastMembers): void {
    if (this.#pastCount > 0) return;
    this.#isInPast = ids.includes(this.#options.ownId);
    if (this.#isInPast) return;
    this.#past = { ...data, process: PAST, gone: true };
    this.#pastCount = count;
    for (const id of ids) {
      this.#pastIds.add(id);
      this.#members.delete(id);
    }
  }

  /** The members whose data is here, and {@linkcode PAST} when there is one. */
  get known(): string[] {
    const known = [...this.#members].filter(([, { data }]) => data !== undefined);
    return [...this.#pastCount > 0 ? [PAST] : [], ...known.map(([id]) => id)];
  }

  /** Which of these are not known here, and could be learnt. */
  lacking(ids: readonly string[]): string[] {
    return ids.filter((id) => {
      if (id === PAST) return this.#pastCount === 0 && !this.#isInPast;
      if (id === this.#options.ownId || this.#pastIds.has(id)) return false;
      return this.#members.get(id)?.data === undefined;
    });
  }

  /** What is kept of a member, or of the past. */
  kept(id: string): Kept | undefined {
    if (id === PAST) {
      const past = { count: this.#pastCount, ids: [...this.#pastIds] };
      return this.#pastCount > 0 ? { member: this.#past, past } : undefined;
    }
    const { data, seenMs = 0 } = this.#members.get(id) ?? {};
    return data && { member: data, silentMs: this.#options.clock.monotonic() - seenMs };
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
