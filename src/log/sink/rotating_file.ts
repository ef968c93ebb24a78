/**
 * A log file that is rotated when it is large or old; a few earlier files are kept.
 *
 * @module
 */
import type { Stats } from "node:fs";
import type { Clock } from "../../core/clock.ts";
import { fileSystem, mayRead } from "../../core/platform.ts";
import type { Writer } from "./writer.ts";

/** When a new file is started, and how many are kept. */
export interface Rotation {
  /** A write that would make the file larger goes to a new one. */
  readonly maxFileBytes: number;
  /** A file is of one period only; periods are counted from the Unix epoch, in UTC. */
  readonly everyMs: number;
  /** Earlier files that are kept: `name.1` is the latest. */
  readonly keep: number;
}

/** How long after a failure no rotation is tried. */
const RETRY_MS = 60_000;
/** How long lines may still go into a file that was moved away, as `logrotate` does. */
const LOOK_EVERY_MS = 1000;
const LINE_FEED = 0x0a;

/**
 * Appends whole batches of lines to a file and rotates between two batches. A rotation is a few renames
 * within one file system; they are synchronous, because a batch that was written in between could land
 * in either file.
 *
 * Once a second it checks whether its path still names the file that it writes to, and follows the path
 * when another program, or another process of the same one, has moved the file away.
 */
export class RotatingFile implements Writer {
  readonly releases = true;
  readonly #fs = fileSystem();
  readonly #path: string;
  readonly #rotation: Rotation;
  readonly #clock: Clock;
  readonly #onError: (error: unknown) => void;
  #descriptor: number | undefined;
  /** Which file the descriptor is of, as the system tells files apart. */
  #inode = 0;
  #device = 0;
  #lookAtMs = -Infinity;
  readonly #mayLook: boolean;
  #size = 0;
  #period = 0;
  /** The last line is out as a whole. */
  #atLineEnd = true;
  /** Another thread is writing. */
  #writing = false;
  /** The file is to be closed when that write is done. */
  #closing = false;
  #retryAtMs = -Infinity;

  /** Opens the file; throws as the system does. */
  constructor(
    path: string,
    rotation: Rotation,
    clock: Clock,
    onError: (error: unknown) => void,
  ) {
    this.#path = path;
    this.#rotation = rotation;
    this.#clock = clock;
    this.#onError = onError;
    this.#mayLook = mayRead(path);
    const { mtimeMs, size } = this.#open();
    // What an earlier process left belongs to the period in which it was last written.
    this.#period = this.#periodOf(size === 0 ? clock.now() : mtimeMs);
  }

  /** Appends bytes, off this thread if the runtime can. */
  write(bytes: Uint8Array): Promise<number> {
    return new Promise((resolve, reject) => {
      const descriptor = this.#ready(bytes.length);
      this.#writing = true;
      this.#fs.write(descriptor, bytes, (error, written) => {
        this.#writing = false;
        const count = error ? this.#landed(descriptor, bytes.length) : written;
        this.#wrote(bytes, count);
        if (error || this.#closing) this.#forget();
        if (error && count === 0) reject(error);
        else resolve(count);
      });
    });
  }

  /** Appends bytes before it returns. */
  writeSync(bytes: Uint8Array): number {
    const descriptor = this.#ready(bytes.length);
    let count: number;
    try {
      count = this.#fs.writeSync(descriptor, bytes);
    } catch (error) {
      count = this.#landed(descriptor, bytes.length);
      this.#forget();
      if (count === 0) throw error;
    }
    this.#wrote(bytes, count);
    return count;
  }

  /** Closes the file; a later write opens it again. */
  close(): void {
    // The number of a file that is closed under a write may be another file's when the write comes.
    this.#closing = this.#writing;
    if (this.#descriptor === undefined || this.#writing) return;
    const descriptor = this.#descriptor;
    this.#descriptor = undefined;
    this.#fs.closeSync(descriptor);
  }

  /** After a failure the file is opened again: it may have been moved, or its disk replaced. */
  #forget(): void {
    try {
      this.close();
    } catch {
      // What could not be written can't be closed either; the failure is reported already.
    }
  }

  #open(): Stats {
    const descriptor = this.#fs.openSync(this.#path, "a", 0o640);
    this.#descriptor = descriptor;
    const stats = this.#fs.fstatSync(descriptor);
    this.#size = stats.size;
    this.#inode = stats.ino;
    this.#device = stats.dev;
    this.#lookAtMs = this.#clock.monotonic() + LOOK_EVERY_MS;
    return stats;
  }

  /** Whether the path names another file by now, or no file. The size includes what others wrote. */
  #isMoved(): boolean {
    if (!this.#mayLook) return false;
    this.#lookAtMs = this.#clock.monotonic() + LOOK_EVERY_MS;
    const there = this.#fs.statSync(this.#path, { throwIfNoEntry: false });
    if (there?.ino !== this.#inode || there.dev !== this.#device) return true;
    this.#size = there.size;
    return false;
  }

  /** Goes on at the path if it names another file. */
  #follow(): void {
    try {
      if (this.#isMoved()) this.close();
    } catch {
      // The path can't be checked: the next write says what is wrong with it.
    }
  }

  #periodOf(timeMs: number): number {
    return Math.floor(timeMs / this.#rotation.everyMs);
  }

  #wrote(bytes: Uint8Array, written: number): void {
    this.#size += written;
    if (written > 0) this.#atLineEnd = bytes[written - 1] === LINE_FEED;
  }

  /**
   * How many bytes a failed write had written: Deno writes until all is out and reports only the failure.
   * Written again, they would be a line cut short and others twice.
   */
  #landed(descriptor: number, length: number): number {
    try {
      return Math.min(length, Math.max(0, this.#fs.fstatSync(descriptor).size - this.#size));
    } catch {
      return 0;
    }
  }

  /** The descriptor of the file that these bytes go to. */
  #ready(length: number): number {
    const canChange = this.#descriptor !== undefined && this.#atLineEnd && !this.#writing;
    if (canChange && this.#clock.monotonic() >= this.#lookAtMs) this.#follow();
    if (this.#descriptor === undefined) this.#open();
    const period = this.#periodOf(this.#clock.now());
    const isDue = this.#size > 0 &&
      (this.#size + length > this.#rotation.maxFileBytes || period !== this.#period);
    if (isDue && this.#atLineEnd && !this.#writing && this.#clock.monotonic() >= this.#retryAtMs) {
      this.#rotate();
    }
    if (this.#size === 0) this.#period = period;
    if (this.#descriptor === undefined) this.#open();
    return this.#descriptor!;
  }

  /** When it fails, lines go on in the same file. */
  #rotate(): void {
    const { keep } = this.#rotation;
    try {
      const isMoved = this.#isMoved();
      // By the descriptor: for the path, Deno would need the permission to read it.
      if (!isMoved && keep === 0) {
        this.#fs.ftruncateSync(this.#descriptor!);
        this.#size = 0;
        return;
      }
      this.close();
      // Another process was first.
      if (isMoved) return void this.#open();
      for (let i = keep; i >= 1; i--) {
        const from = i === 1 ? this.#path : `${this.#path}.${i - 1}`;
        if (this.#fs.existsSync(from)) this.#fs.renameSync(from, `${this.#path}.${i}`);
      }
      this.#open();
    } catch (error) {
      this.#retryAtMs = this.#clock.monotonic() + RETRY_MS;
      this.#onError(error);
    }
  }
}
