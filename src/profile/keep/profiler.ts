/**
 * The profiler that runs all the time.
 *
 * @module
 */
import { type Clock, systemClock } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import { Faults } from "../../core/faults.ts";
import { mayRead, mayWrite } from "../../core/platform.ts";
import { ProfileError } from "../capture/error.ts";
import { readCpu } from "../capture/read.ts";
import { Recorder, type Recording, type Window } from "../capture/recorder.ts";
import { type Background, setBackground } from "../capture/turn.ts";
import { type CaptureResult, ProfileCounts } from "./counts.ts";
import { HeapWatch } from "./heap_watch.ts";
import { type Schedule, scheduleOf } from "./options.ts";
import { DiskShelf, MemoryShelf, profileId, type Shelf } from "./shelf.ts";
import type { ProfilerOptions, Taken } from "./taken.ts";

/** What a window is for. */
interface Plan {
  readonly id: string;
  readonly startMs: number;
  /** Why it will be kept; undefined when it will not. */
  trigger: string | undefined;
}

/** The window that is being recorded. */
interface Open extends Plan {
  readonly window: Window;
}

/** A tenth of the time between two profiles. */
const JITTER = 0.1;

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
  readonly #schedule: Schedule;
  readonly #options: ProfilerOptions;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #heap: HeapWatch;
  readonly #lastMs = new Map<string, number>();
  #recorder: Recorder | undefined;
  #open: Open | undefined;
  /** A window that begins as soon as it can. */
  #wanted: Plan | undefined;
  #dueMs = 0;
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
    const faults = this.#faults = options.faults ?? new Faults();
    this.counts = options.counts ?? new ProfileCounts();
    this.#heap = new HeapWatch(this.#schedule.heapGrowthBytes, this.#clock);
    const { dir } = options;
    if (dir === undefined) this.shelf = new MemoryShelf(this.#schedule);
    else if (mayRead(dir) && mayWrite(dir)) this.shelf = new DiskShelf(dir, this.#schedule);
    else {
      const need = `--allow-read=${dir} and --allow-write=${dir}`;
      faults.record("profiles", new Error(`Cannot keep profiles in ${dir} without ${need}`));
      this.shelf = new MemoryShelf(this.#schedule);
    }
  }

  /** The session, for profiles on demand. */
  get recorder(): Recorder | undefined {
    return this.#recorder;
  }

  /** Whether a window is being recorded. */
  get isRecording(): boolean {
    return this.#open !== undefined;
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
      this.#dueMs = this.#clock.monotonic() + this.#schedule.durationMs;
      this.#wait(this.#schedule.durationMs);
    } catch (error) {
      // Told even where the folder could not be used either.
      this.#faults.record("profiles", error, "profiler");
      this.counts.add("cpu", "schedule", resultOf(error));
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
    return open?.id ?? this.#wanted?.id;
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
    this.#wait(this.#wanted === undefined ? this.#dueMs - this.#clock.monotonic() : 0);
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
      if (next === undefined) return this.#wait(this.#dueMs - this.#clock.monotonic());
      return this.#guarded(next, () => this.#begin(recorder, next));
    }
    await this.#guarded(open, async () => {
      if (!recorder.overlaps) {
        this.#open = undefined;
        const recording = await recorder.end(open.window);
        this.#wait(this.#wanted === undefined ? this.#dueMs - this.#clock.monotonic() : 0);
        return this.#keep(open, recording);
      }
      const plan = this.#next(lateMs) ?? this.#plan(undefined), before = performance.now();
      const { next, recording } = await recorder.rotate(open.window);
      this.counts.rotations++;
      this.counts.rotatingMs += performance.now() - before;
      this.#open = { ...plan, window: next };
      this.#wait(this.#schedule.durationMs);
      return this.#keep(open, recording);
    });
  }

  /** What the next window is for; undefined when nobody wants one. */
  #next(lateMs: number): Plan | undefined {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted !== undefined) return wanted;
    const { everyMs, durationMs, lagMs } = this.#schedule, nowMs = this.#clock.monotonic();
    // Windows that follow each other begin when the one before ends, which may be a little early.
    const early = this.#recorder?.overlaps === true ? durationMs / 2 : 0;
    if (nowMs + early < this.#dueMs) return undefined;
    const { random = Math.random } = this.#options;
    this.#dueMs = nowMs + everyMs * (1 - JITTER + 2 * JITTER * random());
    if (lateMs < lagMs) return this.#plan("schedule");
    // The service has enough to do.
    this.counts.add("cpu", "schedule", "skipped");
    return undefined;
  }

  #plan(trigger: string | undefined): Plan {
    const startMs = this.#clock.now();
    return { id: profileId(startMs, "cpu"), startMs, trigger };
  }

  async #begin(recorder: Recorder, plan: Plan): Promise<void> {
    const isFirst = recorder.startBlockMs === 0;
    const window = await recorder.begin();
    if (isFirst) this.counts.started(recorder.startBlockMs);
    this.#open = { ...plan, window };
    this.#wait(this.#schedule.durationMs);
  }

  async #keep({ id, startMs, trigger }: Open, recording: Recording): Promise<void> {
    if (trigger === undefined) return;
    const { intervalMicros } = this.#schedule, { label } = this.#options;
    const comments = [`profile: ${id}`, `trigger: ${trigger}`];
    const profile = await readCpu(recording, { intervalMicros, startMs, comments, label });
    await this.#put({ id, trigger, profile, pprof: await profile.pprof() });
  }

  async #put(taken: Taken): Promise<void> {
    const { id, trigger, profile, pprof } = taken, { kind } = profile.data;
    const isKept = await this.shelf.add(id, pprof);
    this.counts.add(kind, trigger, isKept ? "ok" : "too large");
    if (isKept) this.#faults.guard("onProfile", () => this.#options.onProfile?.(taken));
  }

  /** Runs a step of a window. If it fails, the next window is tried when it is due. */
  async #guarded({ trigger }: Plan, step: () => Promise<void>): Promise<void> {
    try {
      await step();
    } catch (error) {
      this.counts.add("cpu", trigger ?? "none", resultOf(error));
      this.#faults.record("profiles", error);
      if (this.#open === undefined) this.#wait(this.#schedule.durationMs);
    }
  }

  async #watchHeap(): Promise<void> {
    if (!this.#heap.hasGrown() || this.trigger("heap") === undefined) return;
    this.#heap.told();
    try {
      const profile = await this.#heap.profile();
      if (profile === undefined) return;
      const id = profileId(this.#clock.now(), "heap");
      await this.#put({ id, trigger: "heap", profile, pprof: await profile.pprof() });
    } catch (error) {
      this.counts.add("heap", "heap", resultOf(error));
      this.#faults.record("profiles", error);
    }
  }
}

/** The reason of a refusal as the result that is counted. */
function resultOf(error: unknown): CaptureResult {
  if (!(error instanceof ProfileError)) return "failed";
  return error.reason === "busy" || error.reason === "stopped" ? error.reason : "failed";
}
