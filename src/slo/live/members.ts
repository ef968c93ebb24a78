/**
 * The sums of SLOs over the members of a cluster.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { ClusterChannel } from "../../metrics/cluster/cluster.ts";
import type { Counts, SavedSlo, Tracker } from "./tracker.ts";

/** How a member stands with one SLO: events since its start, its age, and how much it has observed. */
type Standing = readonly [good: number, bad: number, upMs: number, seenMs: number];

/** What members tell each other. */
type Message =
  /** Each ten seconds and at a scrape; `isNew` asks the others for the same at once. */
  | {
    readonly type: "counts";
    readonly isNew: boolean;
    readonly slos: Readonly<Record<string, Standing>>;
  }
  /** Asks for the history of an SLO. */
  | { readonly type: "want"; readonly slo: string }
  /** That history, and the events of each member that are in it. */
  | {
    readonly type: "history";
    readonly slo: string;
    readonly saved: SavedSlo;
    readonly counted: Readonly<Record<string, readonly [good: number, bad: number]>>;
  };

/** What another member has counted for one SLO, and how much of that is in the history here. */
interface Share extends Counts {
  readonly baseGood: number;
  readonly baseBad: number;
  readonly heardMs: number;
}

/** As the roster of the cluster. Those that are gone are then added up, under this name. */
const MAX_MEMBERS = 1000, PAST = "past";
/** A member that is so much older has counted what is no news. */
const OLDER_MS = 10_000;
/** One that has observed so much more has a history worth asking for. */
const MORE_MS = 1000;
const ASK_AGAIN_MS = 10_000;
/** After this long without a word, another member speaks for the cluster. */
const SILENT_MS = 35_000;

/** Who takes part, and where the sums go. */
export interface MembersOptions {
  readonly channel: Pick<ClusterChannel, "id" | "send" | "listen">;
  /** By the name of the SLO; grows. */
  readonly trackers: ReadonlyMap<string, Tracker>;
  readonly clock: Clock;
}

/**
 * Adds up what the members of a cluster count for the SLO of one name. Each tells its own counts since its
 * start, so that a message which is lost or comes twice changes nothing, and what a member counted stays
 * when it ends. Who joins takes over the history of one who has observed more.
 */
export class Members {
  readonly #channel: MembersOptions["channel"];
  readonly #trackers: ReadonlyMap<string, Tracker>;
  readonly #clock: Clock;
  /** By the name of the SLO and the id of the member. */
  readonly #shares = new Map<string, Map<string, Share>>();
  /** Until then no history is asked for again, by the name of the SLO. */
  readonly #asked = new Map<string, number>();
  #isAlone = true;

  /** Takes part from now on. */
  constructor({ channel, trackers, clock }: MembersOptions) {
    this.#channel = channel;
    this.#trackers = trackers;
    this.#clock = clock;
    channel.listen((from, body) => this.#receive(from, body as Message));
    this.tell();
  }

  /** Tells the others what was counted here. */
  tell(): void {
    this.#say(this.#isAlone);
  }

  /** Whether this member tells people about an SLO: one of those that have it, the one with the least id. */
  speaks(slo: string): boolean {
    const since = this.#clock.monotonic() - SILENT_MS, { id } = this.#channel;
    const shares = this.#shares.get(slo) ?? [];
    return [...shares].every(([other, { heardMs }]) => other > id || heardMs < since);
  }

  #say(isNew: boolean, to?: string): void {
    const nowMs = this.#clock.monotonic();
    const slos = Object.fromEntries(
      [...this.#trackers].map(([name, tracker]): [string, Standing] => [
        name,
        [tracker.good.value, tracker.bad.value, tracker.upMs(nowMs), tracker.seenMs(nowMs)],
      ]),
    );
    this.#send({ type: "counts", isNew, slos }, to);
  }

  #send(message: Message, to?: string): void {
    this.#channel.send(message, to);
  }

  /** Throws for what is malformed, which the cluster counts. */
  #receive(from: string, message: Message): void {
    if (message?.type === "counts") this.#count(from, message.slos, message.isNew === true);
    else if (message?.type === "want") this.#give(from, message.slo);
    else if (message?.type === "history") this.#take(message);
  }

  #count(from: string, slos: Readonly<Record<string, Standing>>, isNew: boolean): void {
    this.#isAlone = false;
    if (isNew) this.#say(false, from);
    const nowMs = this.#clock.monotonic();
    for (const [name, tracker] of this.#trackers) {
      if (!Object.hasOwn(slos, name)) continue;
      const [good, bad, upMs, seenMs] = checkNumbers(slos[name]!);
      const shares = this.#sharesOf(name), known = shares.get(from);
      if (known === undefined && shares.size >= MAX_MEMBERS && !fold(shares, nowMs)) continue;
      // Of an older member only what it counts from now on is new here, or what its history lacks.
      const isOlder = upMs! > tracker.upMs(nowMs) + OLDER_MS;
      const base = known ??
        (isOlder ? { baseGood: good!, baseBad: bad! } : { baseGood: 0, baseBad: 0 });
      const { baseGood, baseBad } = base;
      shares.set(from, { good: good!, bad: bad!, baseGood, baseBad, heardMs: nowMs });
      this.#sum(name, tracker);
      if (seenMs! > tracker.seenMs(nowMs) + MORE_MS) this.#ask(name, from, nowMs);
    }
  }

  #ask(slo: string, to: string, nowMs: number): void {
    if (nowMs < (this.#asked.get(slo) ?? 0)) return;
    this.#asked.set(slo, nowMs + ASK_AGAIN_MS);
    this.#send({ type: "want", slo }, to);
  }

  #give(to: string, slo: string): void {
    const tracker = this.#trackers.get(slo);
    if (tracker === undefined) return;
    const counted = Object.fromEntries(
      [...this.#sharesOf(slo)].map(([id, { good, bad }]) => [id, [good, bad] as const]),
    );
    counted[this.#channel.id] = [tracker.good.value, tracker.bad.value];
    const saved = tracker.save(this.#clock.monotonic());
    this.#send({ type: "history", slo, saved, counted }, to);
  }

  #take({ slo, saved, counted }: Extract<Message, { type: "history" }>): void {
    const tracker = this.#trackers.get(slo), nowMs = this.#clock.monotonic();
    if (tracker === undefined || !(saved.totals.seenMs > tracker.seenMs(nowMs))) return;
    checkNumbers([saved.ageMs, saved.totals.good, saved.totals.bad, saved.totals.seenMs]);
    for (const { last, totals } of saved.levels) checkNumbers([last, ...totals]);
    const countsOf = (id: string): readonly [number, number] =>
      Object.hasOwn(counted, id) ? counted[id]! : [0, 0];
    const [good, bad] = checkNumbers(countsOf(this.#channel.id));
    if (!tracker.take({ saved, own: { good: good!, bad: bad! } }, nowMs)) {
      // Of another window, as before the service was changed.
      this.#asked.set(slo, Infinity);
      return;
    }
    const shares = this.#sharesOf(slo);
    for (const id of Object.keys(counted).slice(0, MAX_MEMBERS)) {
      if (id === this.#channel.id) continue;
      const [baseGood, baseBad] = checkNumbers(countsOf(id)) as [number, number];
      const known = shares.get(id) ?? { good: baseGood, bad: baseBad, heardMs: -Infinity };
      shares.set(id, { ...known, baseGood, baseBad });
    }
    this.#sum(slo, tracker);
  }

  #sum(slo: string, tracker: Tracker): void {
    let good = 0, bad = 0;
    for (const share of this.#sharesOf(slo).values()) {
      good += share.good - share.baseGood;
      bad += share.bad - share.baseBad;
    }
    tracker.hear({ good, bad });
  }

  #sharesOf(slo: string): Map<string, Share> {
    let shares = this.#shares.get(slo);
    if (shares === undefined) this.#shares.set(slo, shares = new Map());
    return shares;
  }
}

/** Adds up the members that are silent; false without one. */
function fold(shares: Map<string, Share>, nowMs: number): boolean {
  const none: Share = { good: 0, bad: 0, baseGood: 0, baseBad: 0, heardMs: -Infinity };
  let past = shares.get(PAST) ?? none, count = 0;
  for (const [id, { good, bad, baseGood, baseBad, heardMs }] of shares) {
    if (id === PAST || heardMs > nowMs - SILENT_MS) continue;
    past = {
      ...past,
      good: past.good + good,
      bad: past.bad + bad,
      baseGood: past.baseGood + baseGood,
      baseBad: past.baseBad + baseBad,
    };
    shares.delete(id);
    count++;
  }
  if (count > 0) shares.set(PAST, past);
  return count > 0;
}

function checkNumbers(values: readonly number[]): readonly number[] {
  const isRight = Array.isArray(values) &&
    values.every((value) => Number.isFinite(value) && value >= 0);
  if (!isRight) {
    throw new TypeError("Cannot read SLOs of a member: not in the form that this release sends");
  }
  return values;
}
