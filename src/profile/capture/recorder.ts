/**
 * Records the CPU in windows, one after the other, in one session.
 *
 * @module
 */
import { nodeProcess, runtime } from "../../core/platform.ts";
import type { RawCpu } from "../sample/raw.ts";
import type { Engine } from "../sample/timeline.ts";
import { ProfileError } from "./error.ts";
import { Inspector } from "./inspector.ts";

/** Which engine runs this. */
export const ENGINE: Engine = runtime.name === "bun" ? "jsc" : "v8";

/** A window that has ended. */
export interface Recording {
  readonly raw: RawCpu;
  /** `performance.now()` at its begin and end. */
  readonly startMs: number;
  readonly endMs: number;
  /** What is added to a time of the profile, in microseconds, for one of `performance.now()` as well. */
  readonly offsetMicros: number;
}

const now = () => performance.now();

/** A window that is being recorded. */
export interface Window {
  readonly title: string;
  /** `performance.now()` at its begin. */
  readonly startMs: number;
}

/** An open session whose profiler samples at one interval. */
export abstract class Recorder {
  /** How long the start of the first window blocked the thread. */
  startBlockMs = 0;
  /** Whether windows may overlap. */
  abstract readonly overlaps: boolean;
  /** The distance between samples that was asked for. */
  readonly intervalMicros: number;
  protected readonly inspector: Inspector;
  #begun = false;

  /** The session must be ready for `Profiler` commands. */
  constructor(inspector: Inspector, intervalMicros: number) {
    this.inspector = inspector;
    this.intervalMicros = intervalMicros;
  }

  /**
   * Opens a session.
   *
   * @throws {ProfileError} when the runtime does not allow it, or somebody else profiles
   */
  static async open(intervalMicros: number): Promise<Recorder> {
    const inspector = ENGINE === "jsc"
      ? await (only ??= Inspector.connect())
      : await Inspector.connect();
    try {
      await inspector.post("Profiler.enable");
      // Refused by JavaScriptCore while anybody profiles.
      await inspector.post("Profiler.setSamplingInterval", { interval: intervalMicros });
    } catch (error) {
      if (ENGINE === "v8") inspector.close();
      throw refusalOf(error);
    }
    return ENGINE === "v8"
      ? new V8Recorder(inspector, intervalMicros)
      : new JscRecorder(inspector, intervalMicros);
  }

  /** How long the session has held the thread, in all. */
  get busyMs(): number {
    return this.inspector.busyMs;
  }

  /** Begins a window. */
  async begin(): Promise<Window> {
    const before = now();
    const window = await this.start();
    if (this.#begun) return window;
    this.#begun = true;
    this.startBlockMs = now() - before;
    await this.calibrate();
    return window;
  }

  /** Ends a window. */
  abstract end(window: Window): Promise<Recording>;

  /** Ends a window and begins the next one. */
  abstract rotate(window: Window): Promise<{ next: Window; recording: Recording }>;

  protected abstract start(): Promise<Window>;

  /** Compares the clock of profiles with `performance.now()`, while the first window is open. */
  protected calibrate(): Promise<unknown> {
    return Promise.resolve();
  }

  /** Closes the session. What was not ended is lost. */
  abstract close(): Promise<void>;
}

/**
 * The session of Bun, which is never closed: to disconnect any session ends the profile of whoever has
 * one.
 */
let only: Promise<Inspector> | undefined;

/** Titles are shared with all who profile by the console. */
const TITLE = "telltale ";
let windows = 0;
const CALIBRATIONS = 5;

interface Finished {
  readonly title?: string;
  readonly profile: RawCpu;
}

/** The distance of V8's zero of time from that of `performance.now()`, which is never less than was seen. */
let offsetMicros = -Infinity;

/**
 * V8 walks the whole heap when the first profile starts, which blocks for 10 to 540 ms; a profile that
 * begins while another runs in the same session costs 2 ms. Profiles of the inspector's console overlap,
 * which those of `Profiler.start` don't.
 */
class V8Recorder extends Recorder {
  readonly overlaps = true;
  readonly #waiting = new Map<string, (finished: Finished) => void>();

  constructor(inspector: Inspector, intervalMicros: number) {
    super(inspector, intervalMicros);
    inspector.on("Profiler.consoleProfileFinished", (finished: Finished) => {
      const { title = "" } = finished;
      this.#waiting.get(title)?.(finished);
      this.#waiting.delete(title);
    });
  }

  async rotate(window: Window): Promise<{ next: Window; recording: Recording }> {
    // First the next: were there none for a moment, the heap would be walked again.
    const next = await this.start();
    return { next, recording: await this.end(window) };
  }

  async end({ title, startMs }: Window): Promise<Recording> {
    const finished = new Promise<Finished>((resolve) => this.#waiting.set(title, resolve));
    const endMs = now();
    this.inspector.console("profileEnd", title);
    const { profile: raw } = await finished;
    // Begin and end come after these readings, by little unless the thread had to wait for a CPU between.
    const before = [startMs * 1000 - raw.startTime, endMs * 1000 - raw.endTime];
    offsetMicros = Math.max(offsetMicros, ...before);
    return { raw, startMs, endMs, offsetMicros };
  }

  /** Empty windows, each 0.3 ms: in one of them the thread will not have had to wait. */
  protected override async calibrate(): Promise<void> {
    for (let i = 0; i < CALIBRATIONS; i++) await this.end(await this.start());
  }

  async close(): Promise<void> {
    await this.inspector.post("Profiler.disable").catch(() => {});
    this.inspector.close();
  }

  protected start(): Promise<Window> {
    const title = TITLE + ++windows, startMs = now();
    this.inspector.console("profile", title);
    return Promise.resolve({ title, startMs });
  }
}

/** JavaScriptCore has one profiler for all, which starts at once. */
class JscRecorder extends Recorder {
  readonly overlaps = false;

  async rotate(window: Window): Promise<{ next: Window; recording: Recording }> {
    const recording = await this.end(window);
    return { next: await this.start(), recording };
  }

  async end({ startMs }: Window): Promise<Recording> {
    const endMs = now();
    try {
      const { profile: raw } = await this.inspector.post<{ profile: RawCpu }>("Profiler.stop");
      // Its times are those of the wall clock, as it was when the process started.
      return { raw, startMs, endMs, offsetMicros: -performance.timeOrigin * 1000 };
    } catch (error) {
      throw refusalOf(error);
    }
  }

  close(): Promise<void> {
    return Promise.resolve();
  }

  protected async start(): Promise<Window> {
    // Refused while anybody profiles, who may have begun since: two would share one profile.
    const interval = { interval: this.intervalMicros };
    await this.inspector.post("Profiler.setSamplingInterval", interval).catch((error) => {
      throw refusalOf(error);
    });
    const startMs = now();
    await this.inspector.post("Profiler.start");
    return { title: "", startMs };
  }
}

/** What an error of the inspector means; the messages are those of Bun, where profilers share. */
function refusalOf(error: unknown): Error {
  const message = String((error as Error | undefined)?.message ?? error);
  if (/while profiler is running|when profiling/.test(message)) {
    return new ProfileError(
      "busy",
      "Cannot profile: another profiler runs in this process, and this runtime has one for all",
      { cause: error },
    );
  }
  if (/not started/.test(message)) {
    const why = "Cannot profile: another user of this runtime's only profiler has stopped it";
    return new ProfileError("stopped", why, { cause: error });
  }
  return new ProfileError("unsupported", `Cannot profile: ${message}`, { cause: error });
}

/** CPU time of the process so far, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = nodeProcess().cpuUsage();
  return (user + system) / 1e6;
}
