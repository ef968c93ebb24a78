/**
 * The members of a cluster, present and gone, with the families of each.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { aggregateInSlices, type MemberFamilies } from "./aggregate.ts";
import { PAST, type PastMembers } from "./wire.ts";

interface Member {
  /** Undefined before its first answer. */
  data: MemberFamilies | undefined;
  seenMs: number;
}

/** The families kept for another member, or for the past. */
export interface Kept {
  readonly member: MemberFamilies;
  /** Milliseconds since its last sign of life. */
  readonly silentMs?: number;
  /** The members of the past. */
  readonly past?: PastMembers;
}

/** The member that keeps the roster, and when others count as gone. */
export interface RosterOptions {
  /** The id of the member that keeps the roster. */
  readonly ownId: string;
  /** The process of that member. */
  readonly ownProcess: string;
  /** Milliseconds without a sign of life after which a member counts as gone. */
  readonly goneAfterMs: number;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** Members that are gone and still remembered one by one. */
const MAX_GONE = 64;
/** After this many times `goneAfterMs`, a member is not expected back. */
const LONG_GONE = 40;
const MAX_MEMBERS = 1000;
const MAX_PAST_IDS = 1000;

/**
 * The other members of a cluster. Those gone for long, and the oldest of many, are folded into one,
 * the past, so that memory stays flat however many members end. A member that returns from the past
 * is refused: its counts are part of the past already and must not count twice.
 *
 * The async methods must not overlap.
 */
export class Roster {
  readonly #options: RosterOptions;
  readonly #members = new Map<string, Member>();
  #past: MemberFamilies = { process: PAST, gone: true, families: [] };
  /** The ids of the past, the latest last. */
  readonly #pastIds = new Set<string>();
  #pastCount = 0;
  /** Whether others count this member in their past: then it must not take the past from them. */
  #isInPast = false;

  constructor(options: RosterOptions) {
    this.#options = options;
  }

  /** Notes a sign of life; true for the first one. Throws for a member that is in the past. */
  hear(id: string): boolean {
    if (this.#pastIds.has(id)) {
      throw new Error(
        "Cannot take back cluster member: it was silent for too long, start it again",
      );
    }
    const known = this.#members.get(id);
    const seenMs = this.#options.clock.monotonic();
    if (known !== undefined) {
      known.seenMs = seenMs;
      // Others reported it as gone.
      if (known.data?.gone) known.data = { ...known.data, gone: false };
      return false;
    }
    if (this.#members.size >= MAX_MEMBERS) throw tooMany();
    this.#members.set(id, { data: undefined, seenMs });
    return true;
  }

  /** Keeps the families that a member sent of its own. */
  async tell(id: string, data: MemberFamilies): Promise<void> {
    this.#members.set(id, { data, seenMs: this.#options.clock.monotonic() });
    if (data.gone) await this.fold();
  }

  /** Keeps another's copy of the families of a member that is not known here. */
  learn(id: string, data: MemberFamilies, silentMs: number): void {
    if (this.lacking([id]).length === 0) return;
    const known = this.#members.get(id);
    if (known === undefined && this.#members.size >= MAX_MEMBERS) throw tooMany();
    const seenMs = this.#options.clock.monotonic() - silentMs;
    this.#members.set(id, { data, seenMs: Math.max(seenMs, known?.seenMs ?? -Infinity) });
  }

  /** Takes over another's past, unless there is one here already. */
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

  /** The members whose families are kept here, and {@linkcode PAST} when there is a past. */
  get known(): string[] {
    const known = [...this.#members].filter(([, { data }]) => data !== undefined);
    return [...this.#pastCount > 0 ? [PAST] : [], ...known.map(([id]) => id)];
  }

  /** Those of `ids` that are not known here and may be taken from others. */
  lacking(ids: readonly string[]): string[] {
    return ids.filter((id) => {
      if (id === PAST) return this.#pastCount === 0 && !this.#isInPast;
      if (id === this.#options.ownId || this.#pastIds.has(id)) return false;
      return this.#members.get(id)?.data === undefined;
    });
  }

  /** The families kept for a member, or for the past. */
  kept(id: string): Kept | undefined {
    if (id === PAST) {
      const past = { count: this.#pastCount, ids: [...this.#pastIds] };
      return this.#pastCount > 0 ? { member: this.#past, past } : undefined;
    }
    const { data, seenMs = 0 } = this.#members.get(id) ?? {};
    return data && { member: data, silentMs: this.#options.clock.monotonic() - seenMs };
  }

  /** Folds members that are gone for long into the past. */
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
          // Another member of the process goes on to report its per-process families.
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

  /** The members with a recent sign of life. */
  get present(): string[] {
    return [...this.#members].filter(([, member]) => this.#isPresent(member)).map(([id]) => id);
  }

  /** The number of members that are gone. */
  get goneCount(): number {
    return this.#gone().length + this.#pastCount;
  }

  /** The number of members remembered one by one. */
  get size(): number {
    return this.#members.size;
  }

  /** The families of every other member, present or gone, the past first. */
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
