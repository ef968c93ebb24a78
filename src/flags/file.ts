/**
 * A file of flags, watched.
 *
 * @module
 */
import { check, checkWhole, type Known, MAX_TIMER_MS, refuseUnknown } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import type { Faults } from "../core/faults.ts";
import { fileSystem, mayRead } from "../core/platform.ts";
import { checkFormat, FORMAT_OPTIONS, type FormatOptions, readFlags } from "./format/read.ts";
import type { Layer } from "./rule/layer.ts";
import type { FlagsOptions } from "./options.ts";

/** How a file is watched. */
export interface WatchOptions extends FormatOptions {
  /** Milliseconds between two looks at the file. @default 1000 */
  readonly everyMs?: number | undefined;
  /** Whether `watch` rejects when the file can't be read at first. @default true */
  readonly required?: boolean | undefined;
}

/** What a watched file needs. */
export interface FileParts {
  /** The name of the file among the sources. */
  readonly source: string;
  /** Where it is reported. */
  readonly options: FlagsOptions;
  /** Source of time. */
  readonly clock: Clock;
  /** Counts what goes wrong inside. */
  readonly faults: Faults;
  /** Called when it is watched no longer. */
  readonly onClose: () => void;
  /** Puts the flags of a source in force; returns how many were changed. Throws for what does not fit. */
  readonly put: (source: string, layer: Layer) => number;
  /** Told why a source can't be used, and undefined once it can. */
  readonly problem: (source: string, problem: string | undefined) => void;
}

const KNOWN: Known<WatchOptions> = { ...FORMAT_OPTIONS, everyMs: true, required: true };
const MAX_BYTES = 8 << 20;

/**
 * Reads a file of flags now and whenever it changes, and puts all of them in force at once. A file that
 * can't be read leaves the last good flags in force: the log and health say so, until it is good again.
 *
 * The file is looked at again and again: events of the file system miss what editors and Kubernetes do,
 * which replace it.
 */
export class FlagFile {
  /** The path. */
  readonly path: string;
  readonly #options: WatchOptions;
  readonly #parts: FileParts;
  readonly #source: string;
  readonly #undo: (() => void)[] = [];
  #seen = "";
  #error: string | undefined;
  #isLoaded = false;
  #running: Promise<void> | undefined;
  #isClosed = false;

  private constructor(path: string, options: WatchOptions, parts: FileParts) {
    this.path = path;
    this.#options = options;
    this.#parts = parts;
    this.#source = parts.source;
  }

  /**
   * Begins to watch a file; resolves when it was read for the first time.
   *
   * @throws {TypeError} for an option that is unknown or of the wrong kind
   * @throws {RangeError} for a number that is out of range
   */
  static async open(path: string, options: WatchOptions, parts: FileParts): Promise<FlagFile> {
    const what = "watch flags";
    check(typeof path === "string" && path !== "", what, "path must be a text", path, TypeError);
    refuseUnknown(what, options, KNOWN);
    checkFormat(what, options);
    const { everyMs = 1000, required = true } = options;
    checkWhole(what, "everyMs", everyMs, 10, MAX_TIMER_MS);
    check(
      typeof required === "boolean",
      what,
      "required must be true or false",
      required,
      TypeError,
    );
    const file = new FlagFile(path, options, parts);
    await file.refresh();
    if (required && file.#error !== undefined) {
      await file.close();
      throw new TypeError(`Cannot watch flags: ${path} can't be used: ${file.#error}`);
    }
    file.#undo.push(parts.clock.every(everyMs, () => void file.refresh()));
    const remove = parts.options.health?.check(`flags ${file.#source}`, () => file.#health(), {
      critical: false,
    });
    if (remove !== undefined) file.#undo.push(remove);
    return file;
  }

  /** Why the file can't be used; undefined when it can. */
  get error(): string | undefined {
    return this.#error;
  }

  /** Reads the file if it has changed. Never rejects. */
  refresh(): Promise<void> {
    return this.#running ??= this.#look().finally(() => this.#running = undefined);
  }

  /** Ends the watching; the flags stay in force. */
  close(): Promise<void> {
    if (!this.#isClosed) this.#parts.onClose();
    this.#isClosed = true;
    for (const undo of this.#undo.splice(0)) undo();
    this.#parts.problem(this.#source, undefined);
    return Promise.resolve();
  }

  /** {@linkcode FlagFile.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  async #look(): Promise<void> {
    try {
      if (!mayRead(this.path)) throw new Error("it may not be read: run with --allow-read");
      const { stat, readFile } = fileSystem().promises;
      const { mtimeMs, size, ino } = await stat(this.path), seen = `${mtimeMs} ${size} ${ino}`;
      // A bad file is read again each time: it may have been read while it was being written.
      if (seen === this.#seen && this.#error === undefined) return;
      if (size > MAX_BYTES) throw new Error(`it has ${size} bytes, more than ${MAX_BYTES}`);
      const layer = readFlags(await readFile(this.path, "utf8"), this.#options);
      if (this.#isClosed) return;
      const changed = this.#parts.put(this.#source, layer);
      this.#seen = seen;
      this.#good(layer.size, changed);
    } catch (error) {
      if (!this.#isClosed) this.#bad(error);
    }
  }

  #good(flags: number, changed: number): void {
    const { log } = this.#parts.options, source = this.#source;
    const was = this.#error;
    this.#error = undefined;
    this.#isLoaded = true;
    this.#parts.problem(source, undefined);
    this.#count("good");
    log?.info("flags loaded", { source, flags, changed, ...was !== undefined && { before: was } });
  }

  #bad(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    const isNew = message !== this.#error;
    this.#error = message;
    if (!isNew) return;
    this.#parts.problem(this.#source, message);
    this.#count("bad");
    this.#parts.faults.guard("flag file", () =>
      this.#parts.options.log?.warn(
        this.#isLoaded ? "flags not loaded, the last good ones stay" : "flags not loaded",
        { source: this.#source, error: message },
      ));
  }

  #count(result: "good" | "bad"): void {
    this.#parts.faults.guard("flag file", () =>
      this.#parts.options.metrics?.counter(
        "feature_flag_loads_total",
        "Reads of changed files of feature flags",
        ["source", "result"],
        { exemplars: false },
      ).inc({ source: this.#source, result }));
  }

  #health() {
    if (this.#error === undefined) return { status: "UP" as const, description: "loaded" };
    const stay = this.#isLoaded
      ? "the last good flags are in force"
      : "no flags of it are in force";
    return { status: "DOWN" as const, description: `${this.#error}; ${stay}` };
  }
}
