/**
 * Keeps the budgets of SLOs in a file.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { load } from "../../core/context.ts";
import type { Faults } from "../../core/faults.ts";
import type { Snapshot } from "./snapshot.ts";
import type { Tracker } from "./tracker.ts";

/** Reads the file once, and writes it when told; one after the other. What fails is counted. */
export class Ledger {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** The reading or writing that began last. */
  #work: Promise<void> = Promise.resolve();
  /** What was saved, for SLOs that are defined later, too. */
  #saved: { readonly snapshot: Snapshot; readonly readMs: number } | undefined;

  constructor(path: string, clock: Clock, faults: Faults) {
    this.#path = path;
    this.#clock = clock;
    this.#faults = faults;
  }

  /** Resolves when what goes on has ended. */
  get settled(): Promise<void> {
    return this.#work;
  }

  /** Reads what was saved, for the SLOs that are defined by then and later. */
  read(trackers: ReadonlyMap<string, Tracker>): void {
    this.#work = this.#read(trackers);
  }

  /** Saves after what goes on: to write before the file was read would lose it. */
  save(trackers: ReadonlyMap<string, Tracker>): Promise<void> {
    return this.#work = this.#write(this.#work, trackers);
  }

  /** Lets an SLO continue, if it was saved. */
  resume(tracker: Tracker): void {
    const { name } = tracker.definition;
    if (this.#saved === undefined || !Object.hasOwn(this.#saved.snapshot.slos, name)) return;
    const { snapshot, readMs } = this.#saved, nowMs = this.#clock.monotonic();
    // By the wall clock up to the reading only: it may step afterwards.
    const gapMs = Math.max(0, this.#clock.now() - snapshot.savedMs - (nowMs - readMs));
    if (tracker.restore(snapshot.slos[name]!, gapMs, nowMs)) return;
    const error = new Error(`Cannot continue SLO "${name}": what was saved has another window`);
    this.#faults.record("SLO snapshot", error);
  }

  async #read(trackers: ReadonlyMap<string, Tracker>): Promise<void> {
    try {
      const { readSnapshot } = await load(() => import("./snapshot.ts"));
      const snapshot = readSnapshot(this.#path, this.#clock.now());
      if (snapshot === undefined) return;
      this.#saved = { snapshot, readMs: this.#clock.monotonic() };
      for (const tracker of trackers.values()) this.resume(tracker);
    } catch (error) {
      this.#faults.record("SLO snapshot", error);
    }
  }

  async #write(before: Promise<void>, trackers: ReadonlyMap<string, Tracker>): Promise<void> {
    await before;
    if (trackers.size === 0) return;
    const nowMs = this.#clock.monotonic();
    const all = [...trackers].map(([name, tracker]) => [name, tracker.save(nowMs)]);
    const snapshot = { savedMs: this.#clock.now(), slos: Object.fromEntries(all) };
    try {
      const { writeSnapshot } = await load(() => import("./snapshot.ts"));
      await writeSnapshot(this.#path, snapshot);
    } catch (error) {
      this.#faults.record("SLO snapshot", error);
    }
  }
}
