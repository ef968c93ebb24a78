/**
 * The profiler that runs all the time.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { Faults } from "../../core/faults.ts";
import { ENGINE, Recorder, type Recording } from "../capture/recorder.ts";
import { type Background, setBackground } from "../capture/turn.ts";
import { Budget, samplingMs } from "./budget.ts";
import { ProfileCounts } from "./counts.ts";
import { HeapWatch } from "./heap_watch.ts";
import { Keeper } from "./keeper.ts";
import type { ProfileNotes } from "./notes.ts";
import { type Schedule, scheduleOf } from "./options.ts";
import { profileId, type Shelf, shelfOf } from "./shelf.ts";
import type { ProfilerOptions } from "./taken.ts";
import { Timetable } from "./timetable.ts";
import { type Open, type Plan, planAt, takenOf } from "./window.ts";

/**
 * Profiles the CPU all the time, and keeps a window now and then: when its time has come, or when
 * something has caused it. On Deno and Node the profiler is started once and one window follows the other,
 * so that what has caused a profile is in it. Bun has no way to do that at little cost; there it runs for
 * the windows that are kept only, and a cause begins one.
 */
export class Profiler implements Background {
  /** What was done so far. */
  readonly counts: ProfileCounts;
  /** Where profiles are kept. */
  readonly shelf: Shelf;
  /** Which profiles there are, and why. */
  readonly notes: ProfileNotes;
  /** What it may cost, and has. */
  readonly budget: Budget;
  readonly #schedule: Schedule;
  readonly #options: ProfilerOptions;
  readonly #clock: Clock;
  readonly #keeper: Keeper;
  readonly #heap: HeapWatch;
  readonly #timetable: Timetable;
  readonly #lastMs = new Map<string, number>();
  #recorder: Recorder | undefined;
  #open: Open | undefined;
  /** A window that begins as soon as it can. */
  #wanted: Plan | undefined;
  #cancel: (() => void) | undefined;
  #turning: Promise<void> = Promise.resolve();
  #isPaused = false;
  #closing: Promise<void> | undefined;
  #release: (() => void) | undefined;

  /**
   * Does nothing until it is started.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for a value that is out of range
   */
  constructor(options: ProfilerOptions = {}) {
    const own = { onProfile: 1, label: 1, counts: 1, clock: 1, faults: 1, random: 1 };
    this.#schedule = scheduleOf(options, own);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    const faults = options.faults ?? new Faults();
    this.counts = options.counts ?? new ProfileCounts();
    this.#timetable = new Timetable(this.#schedule, options.random ?? Math.random);
    this.budget = new Budget(this.#schedule.maxOverhead, this.#clock.monotonic());
    this.#heap = new HeapWatch(this.#schedule.heapGrowthBytes, this.#clock);
    this.shelf = shelfOf(options.dir, this.#schedule, faults);
    this.#keeper = new Keeper(this.shelf, this.counts, faults, options.onProfile);
    this.notes = this.#keeper.notes;
  }

  /** The session, for profiles on demand. */
  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** Whether a window is being recorded. */
  get isRecording(): boolean {
    return this.#open !== undefined;
  }

  /** The share of one CPU's time that it has cost so far. */
  get overhead(): number {
    return this.budget.overhead(this.#clock.monotonic());
  }

  /** The id of the profile that covers the present, if it will be kept. */
  get currentId(): string | undefined {
    return this.#open?.trigger === undefined ? undefined : this.#open.id;
  }

  /**
   * Starts. What keeps it from starting is counted as a fault, not thrown: the service runs without
   * profiles then.
   */
  async start(): Promise<void> {
    try {
      this.#release = setBackground(this);
      const { intervalMicros } = this.#schedule;
      if (this.#options.heap === true) await this.#heap.sample();
      this.#recorder = await Recorder.open(intervalMicros);
      if (this.#closing !== undefined) return;
      if (this.#recorder.overlaps) await this.#begin(this.#recorder, this.#plan(undefined));
      // Not at once: the start of a service is no example of its work.
      this.#timetable.dueMs = this.#clock.monotonic() + this.#schedule.durationMs;
      this.#wait(this.#schedule.durationMs);
    } catch (error) {
      // Told even where the folder could not be used either.
      this.#keeper.failed("cpu", "schedule", error, "profiler");
      this.#recorder = undefined;
      this.#release?.();
      this.#release = undefined;
    }
  }

  /**
   * Has the present profiled, because of something that has just happened: on Deno and Node the window
   * that contains it is kept, on Bun one is begun. Returns the id that the profile will have; undefined
   * in the cool-down of that cause, and when the profiler does not run.
   *
   * @param cause a short constant: `lag`, `slo`, `heap`
   */
  trigger(cause: string): string | undefined {
    if (this.#recorder === undefined || this.#closing !== undefined) return undefined;
    const nowMs = this.#clock.monotonic();
    const lastMs = this.#lastMs.get(cause) ?? -Infinity;
    if (nowMs - lastMs < this.#schedule.cooldownMs) return undefined;
    const open = this.#open;
    if (open !== undefined) {
      // Of several causes the first names it.
      if (open.trigger === undefined || open.trigger === "schedule") open.trigger = cause;
    } else {
      if (this.#isPaused) return undefined;
      this.#wanted ??= this.#plan(cause);
      this.#wait(0);
    }
    this.#lastMs.set(cause, nowMs);
    const { id, startMs, trigger = cause } = open ?? this.#wanted!;
    this.notes.add({ id, startMs, trigger });
    return id;
  }

  /** The event loop was blocked: {@linkcode Profiler.trigger} if that was for long. */
  lagged(ms: number): string | undefined {
    return ms >= this.#schedule.lagMs ? this.trigger("lag") : undefined;
  }

  /** Frees the runtime's only profiler: the window ends, and is kept if it would have been. */
  async pause(): Promise<void> {
    this.#isPaused = true;
    this.#cancel?.();
    await this.#turning;
    const open = this.#open, recorder = this.#recorder;
    this.#open = undefined;
    if (open === undefined || recorder === undefined) return;
    await this.#guarded(open, async () => this.#keep(open, await recorder.end(open.window)));
  }

  /** Goes on after {@linkcode Profiler.pause}. */
  resume(): void {
    this.#isPaused = false;
    this.#waitForNext();
  }

  /** Ends the session. The window that is open is lost. */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  /** {@linkcode Profiler.close}, for `await using`. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.#cancel?.();
    await this.#turning;
    const open = this.#open, recorder = this.#recorder;
    this.#open = undefined;
    // JavaScriptCore would go on.
    if (open !== undefined) await recorder?.end(open.window).catch(() => {});
    await recorder?.close();
    await this.#heap.close();
    this.#release?.();
  }

  /** Takes its turn when the next profile is due. */
  #waitForNext(): void {
    const { overlaps } = this.#recorder ?? {}, nowMs = this.#clock.monotonic();
    // Windows that follow each other go on as soon as they may.
    const ms = overlaps === true ? this.budget.restMs(nowMs) : this.#timetable.dueMs - nowMs;
    this.#wait(this.#wanted === undefined ? ms : 0);
  }

  /** Takes its turn after a time. */
  #wait(ms: number): void {
    if (this.#closing !== undefined || this.#isPaused || this.#recorder === undefined) return;
    this.#cancel?.();
    const waitMs = Math.max(0, ms), dueMs = this.#clock.monotonic() + waitMs;
    this.#cancel = this.#clock.after(waitMs, () => {
      // How late the timer is tells how late the event loop is.
      const lateMs = this.#clock.monotonic() - dueMs;
      this.#turning = this.#turning.then(() => this.#turn(lateMs));
    });
  }

  /** Ends the window, and begins one if there is to be one. */
  async #turn(lateMs: number): Promise<void> {
    const recorder = this.#recorder, open = this.#open;
    if (recorder === undefined || this.#closing !== undefined || this.#isPaused) return;
    void this.#watchHeap();
    if (open === undefined) {
      const next = this.#next(lateMs);
      if (next === undefined) return this.#waitForNext();
      return this.#guarded(next, () => this.#begin(recorder, next));
    }
    await this.#guarded(open, async () => {
      const plan = recorder.overlaps ? this.#next(lateMs) : undefined;
      const before = performance.now(), { busyMs } = recorder;
      if (plan === undefined) this.#open = undefined;
      const { next, recording } = plan === undefined
        ? { recording: await recorder.end(open.window) }
        : await recorder.rotate(open.window);
      this.budget.spend("rotate", recorder.busyMs - busyMs);
      this.budget.spend("sample", samplingMs(recording.raw, ENGINE));
      if (plan === undefined || next === undefined) {
        this.#waitForNext();
        return this.#keep(open, recording);
      }
      this.counts.rotations++;
      this.counts.rotatingMs += performance.now() - before;
      this.#open = { ...plan, window: next };
      this.#wait(this.#schedule.durationMs);
      return this.#keep(open, recording);
    });
  }

  /** What the next window is for; undefined when there is to be none. */
  #next(lateMs: number): Plan | undefined {
    const wanted = this.#wanted, overlaps = this.#recorder?.overlaps === true;
    this.#wanted = undefined;
    if (wanted !== undefined) return wanted;
    const { durationMs } = this.#schedule, nowMs = this.#clock.monotonic();
    const restMs = this.budget.restMs(nowMs);
    // Windows that follow each other begin when the one before ends, which may be a little early.
    const due = this.#timetable.look(nowMs, overlaps ? durationMs / 2 : 0, lateMs, restMs);
    if (due === "due") return this.#plan("schedule");
    if (due !== undefined) this.counts.add("cpu", "schedule", due);
    return overlaps && restMs === 0 ? this.#plan(undefined) : undefined;
  }

  #plan(trigger: string | undefined): Plan {
    return planAt(this.#clock.now(), trigger);
  }

  async #begin(recorder: Recorder, plan: Plan): Promise<void> {
    const { busyMs } = recorder, isFirst = recorder.startBlockMs === 0;
    const window = await recorder.begin();
    this.budget.spend("start", recorder.busyMs - busyMs);
    if (isFirst) this.counts.started(recorder.startBlockMs);
    this.#open = { ...plan, window };
    this.#wait(this.#schedule.durationMs);
  }

  async #keep(open: Open, recording: Recording): Promise<void> {
    const { trigger } = open, { intervalMicros } = this.#schedule, { label } = this.#options;
    if (trigger === undefined) return;
    this.notes.add({ id: open.id, trigger, startMs: open.startMs, endMs: this.#clock.now() });
    const options = { intervalMicros, label };
    await this.#keeper.put(await takenOf(open, trigger, recording, options, this.budget));
  }

  /** Runs a step of a window. If it fails, the next window is tried when it is due. */
  async #guarded({ id, trigger }: Plan, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.#keeper.failed("cpu", trigger ?? "none", error);
      this.notes.lost(id);
      if (this.#open === undefined) this.#wait(this.#schedule.durationMs);
    }
  }

  async #watchHeap(): Promise<void> {
    if (!this.#heap.hasGrown() || this.trigger("heap") === undefined) return;
    this.#heap.told();
    try {
      const profile = await this.#heap.profile();
      if (profile === undefined) return;
      const endMs = this.#clock.now(), id = profileId(endMs, "heap");
      this.notes.add({ id, trigger: "heap", startMs: profile.data.startMs, endMs });
      await this.#keeper.put({ id, trigger: "heap", profile, pprof: await profile.pprof() });
    } catch (error) {
      this.#keeper.failed("heap", "heap", error);
    }
  }
}
