/**
 * The folder that spools share: whose files are whose, and what a dead process left behind.
 *
 * @module
 */
import { existsSync, mkdirSync, renameSync, statSync, unlinkSync, writeFileSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Batch } from "../batch/batch.ts";
import type { SpoolEntry } from "./order.ts";

/** How often a process says that it lives, and after how long a silent one counts as dead. */
const BEAT_MS = 2000, DEAD_AFTER_MS = 10_000;
/** How often a folder that can't be used is told of. */
const REPORT_MS = 60_000;

/** Files that are taken over in one go: some milliseconds. */
const FILES_AT_ONCE = 100;

/** `traces-<ms>-<items>-<number>-<owner>.batch`; ordered by time when ordered as text. */
const BATCH_NAME = /^([a-z]+)-(\d{14})-(\d+)-(\d+)-([0-9a-f]{16})\.batch$/;
const ALIVE_NAME = /^([0-9a-f]{16})\.alive$/;

/**
 * A folder of batches that several processes may share. Each file belongs to one of them; who stops
 * saying that it lives loses its files to the first that looks.
 *
 * A heartbeat and not a process id: ids mean nothing across containers that share a volume.
 */
export class SpoolFolder {
  /** Resolves when the folder was looked through once. */
  readonly ready: Promise<void>;
  readonly #path: string;
  readonly #maxAgeMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** 16 hex digits that no other process has. */
  readonly #owner: string;
  readonly #found = new Map<string, (entry: SpoolEntry) => void>();
  readonly #lost: (() => void)[] = [];
  /** What others wrote last, and since when, on the monotonic clock. */
  readonly #seen = new Map<string, { readonly beat: number; readonly sinceMs: number }>();
  readonly #cancel: () => void;
  #number = 0;
  #closed = false;
  #reportedMs = -Infinity;

  /**
   * Begins to say that it lives. Where that can't be written, it is told and tried again.
   *
   * @param maxAgeMs how long a file is kept that nobody here sends
   */
  constructor(path: string, maxAgeMs: number, clock: Clock, faults: Faults) {
    this.#path = path;
    this.#maxAgeMs = maxAgeMs;
    this.#clock = clock;
    this.#faults = faults;
    this.#owner = crypto.randomUUID().replaceAll("-", "").slice(0, 16);
    try {
      writeFileSync(this.#alivePath(this.#owner), String(clock.now()), { mode: 0o600 });
    } catch (error) {
      this.report(error); // A full disk must not cost the export.
    }
    this.#cancel = clock.every(BEAT_MS, () => void this.#beat());
    // Whoever shall be told registers in this turn of the loop.
    this.ready = Promise.resolve().then(() => this.#adopt());
  }

  /** Calls `found` with every file of a signal that is taken over, oldest first. */
  onFound(signal: string, found: (entry: SpoolEntry) => void): void {
    this.#found.set(signal, found);
  }

  /** Calls `lost` when the folder had been deleted, with all files in it, and was made again. */
  onLost(lost: () => void): void {
    this.#lost.push(lost);
  }

  /** A path for a new file. */
  pathFor(signal: string, { timeMs, items }: Batch): string {
    return this.#batchPath(signal, String(Math.floor(timeMs)).padStart(14, "0"), String(items));
  }

  /** Whether there is a folder at all; somebody may have deleted it. */
  get isThere(): boolean {
    return existsSync(this.#path);
  }

  /** Counts what kept a file from being written or deleted; once a minute, as it comes often. */
  report(error: unknown): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#reportedMs < REPORT_MS) return;
    this.#reportedMs = nowMs;
    this.#faults.record("spool", error);
  }

  /** Looks dead until the next heartbeat: if the process ends, its files are free at once. */
  leave(): void {
    this.#remove(this.#owner);
  }

  /** Leaves the files to whoever comes next. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    this.leave();
  }

  async #beat(): Promise<void> {
    try {
      if (!this.isThere) this.#makeAgain();
      await writeFile(this.#alivePath(this.#owner), String(this.#clock.now()), { mode: 0o600 });
      await this.#adopt();
    } catch (error) {
      this.report(error);
    }
    // Closed while it was written: a dead process must not look alive.
    if (this.#closed) this.#remove(this.#owner);
  }

  #makeAgain(): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    for (const lost of this.#lost) lost();
  }

  /** Takes over the files of processes that are dead. */
  async #adopt(): Promise<void> {
    try {
      // While the receiver is away there may be many of our own; they are none of this.
      const own = this.#owner;
      const names = (await readdir(this.#path)).filter((name) => !name.includes(own)).sort();
      // Also of who left nothing else behind: each `kill -9` would leave one file for ever.
      const byOwner = Map.groupBy(
        names,
        (name) => BATCH_NAME.exec(name)?.[5] ?? ALIVE_NAME.exec(name)?.[1],
      );
      for (const owner of this.#seen.keys()) if (!byOwner.has(owner)) this.#seen.delete(owner);
      for (const [owner, files] of byOwner) {
        if (owner === undefined || await this.#lives(owner)) continue;
        for (const [index, name] of files.entries()) {
          // A day's backlog is many files, and the application has other things to do.
          if (index % FILES_AT_ONCE === 0) await setImmediate();
          if (this.#closed) return;
          this.#take(name);
        }
        this.#remove(owner);
      }
    } catch (error) {
      this.report(error);
    }
  }

  /**
   * Whether a process says that it lives: what it writes changes. The wall clock is asked of who was
   * never seen before only, because a step of it makes the living look dead; they would be sent twice.
   */
  async #lives(owner: string): Promise<boolean> {
    try {
      const path = this.#alivePath(owner), text = await readFile(path, "utf8");
      // Empty while it is being written, which a living one does; or for good, on a full disk.
      const beat = text === "" ? statSync(path).mtimeMs : Number(text);
      const nowMs = this.#clock.monotonic(), seen = this.#seen.get(owner);
      if (seen !== undefined && Object.is(seen.beat, beat)) {
        return nowMs - seen.sinceMs < DEAD_AFTER_MS;
      }
      const ageMs = seen === undefined ? Math.max(0, this.#clock.now() - beat) : 0;
      this.#seen.set(owner, { beat, sinceMs: nowMs - ageMs });
      return ageMs < DEAD_AFTER_MS;
    } catch {
      return false;
    }
  }

  #take(name: string): void {
    const [, signal, time, items] = BATCH_NAME.exec(name) ?? [];
    if (signal === undefined) return;
    const found = this.#found.get(signal), from = join(this.#path, name);
    const path = this.#batchPath(signal, time!, items!);
    try {
      if (found === undefined) {
        // Of a signal that is no longer exported; another process may still export it.
        if (this.#clock.now() - Number(time) > this.#maxAgeMs) unlinkSync(from);
        return;
      }
      renameSync(from, path);
      const { size: bytes } = statSync(path);
      found({ path, items: Number(items), bytes, timeMs: Number(time), adopted: true });
    } catch (error) {
      // Another process was faster.
      if ((error as { code?: unknown }).code !== "ENOENT") this.report(error);
    }
  }

  #batchPath(signal: string, time: string, items: string): string {
    const number = String(this.#number++).padStart(8, "0");
    return join(this.#path, `${signal}-${time}-${items}-${number}-${this.#owner}.batch`);
  }

  #alivePath(owner: string): string {
    return join(this.#path, `${owner}.alive`);
  }

  #remove(owner: string): void {
    try {
      unlinkSync(this.#alivePath(owner));
    } catch {
      // It is gone, which is what it was to be.
    }
  }
}
