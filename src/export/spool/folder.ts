/**
 * The folder that spools share: owners of files, heartbeats, and adoption of what a dead process left.
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

/** The period of heartbeats, and the silence after which a process counts as dead. */
const BEAT_MS = 2000, DEAD_AFTER_MS = 10_000;
/** The least time between two reports of a folder that can't be used. */
const REPORT_MS = 60_000;

/** Files that are adopted at a stretch: some milliseconds. */
const FILES_AT_ONCE = 100;

/** `traces-<ms>-<items>-<number>-<owner>.batch`: sorted as text, they are sorted by time. */
const BATCH_NAME = /^([a-z]+)-(\d{14})-(\d+)-(\d+)-([0-9a-f]{16})\.batch$/;
const ALIVE_NAME = /^([0-9a-f]{16})\.alive$/;

/**
 * A folder of batches that several processes may share. Each file belongs to one of them. A process
 * whose heartbeat stops loses its files to the first that looks.
 *
 * Not process ids: they mean nothing across containers that share a volume.
 */
export class SpoolFolder {
  /** Resolves when the folder was searched once. */
  readonly ready: Promise<void>;
  readonly #path: string;
  readonly #maxAgeMs: number;
  readonly #clock: Clock;
  readonly #faults: Faults;
  /** 16 hex digits that no other process has. */
  readonly #owner: string;
  readonly #onAdopted = new Map<string, (entry: SpoolEntry) => void>();
  readonly #lost: (() => void)[] = [];
  /** The last heartbeats of others, and since when they are known, on the monotonic clock. */
  readonly #seen = new Map<string, { readonly beat: number; readonly sinceMs: number }>();
  readonly #cancel: () => void;
  #number = 0;
  #closed = false;
  #reportedMs = -Infinity;

  /**
   * Begins the heartbeat. A failure to write it is reported, and it is tried again.
   *
   * @param maxAgeMs how long a file of a signal that is not exported is kept
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
    // Callbacks are registered in this turn of the event loop.
    this.ready = Promise.resolve().then(() => this.#adopt());
  }

  /** Calls `adopted` with every file of a signal that is adopted, oldest first. */
  onAdopted(signal: string, adopted: (entry: SpoolEntry) => void): void {
    this.#onAdopted.set(signal, adopted);
  }

  /** Calls `lost` when the folder had been deleted with all its files, and was made again. */
  onLost(lost: () => void): void {
    this.#lost.push(lost);
  }

  /** A path for a new file. */
  pathFor(signal: string, { timeMs, itemCount }: Batch): string {
    return this.#batchPath(signal, String(Math.floor(timeMs)).padStart(14, "0"), String(itemCount));
  }

  /** Whether the folder exists; somebody may have deleted it. */
  get exists(): boolean {
    return existsSync(this.#path);
  }

  /** Reports what kept a file from being written or deleted, at most once a minute. */
  report(error: unknown): void {
    const nowMs = this.#clock.monotonic();
    if (nowMs - this.#reportedMs < REPORT_MS) return;
    this.#reportedMs = nowMs;
    this.#faults.record("spool", error);
  }

  /** Withdraws the heartbeat until the next: if the process ends, its files are free at once. */
  leave(): void {
    this.#remove(this.#owner);
  }

  /** Ends the heartbeat, which leaves the files to the next process. */
  close(): void {
    this.#closed = true;
    this.#cancel();
    this.leave();
  }

  async #beat(): Promise<void> {
    try {
      if (!this.exists) this.#makeAgain();
      await writeFile(this.#alivePath(this.#owner), String(this.#clock.now()), { mode: 0o600 });
      await this.#adopt();
    } catch (error) {
      this.report(error);
    }
    // Closed while it was written: a closed spool must not look alive.
    if (this.#closed) this.#remove(this.#owner);
  }

  #makeAgain(): void {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    for (const lost of this.#lost) lost();
  }

  /** Adopts the files of dead processes. */
  async #adopt(): Promise<void> {
    try {
      // While the receiver is away there may be many files of our own.
      const own = this.#owner;
      const names = (await readdir(this.#path)).filter((name) => !name.includes(own)).sort();
      // Heartbeats without batches too: each `kill -9` would leave one file forever.
      const byOwner = Map.groupBy(
        names,
        (name) => BATCH_NAME.exec(name)?.[5] ?? ALIVE_NAME.exec(name)?.[1],
      );
      for (const owner of this.#seen.keys()) if (!byOwner.has(owner)) this.#seen.delete(owner);
      for (const [owner, files] of byOwner) {
        if (owner === undefined || await this.#isAlive(owner)) continue;
        for (const [index, name] of files.entries()) {
          // A day's backlog is many files, and the application must run meanwhile.
          if (index % FILES_AT_ONCE === 0) await setImmediate();
          if (this.#closed) return;
          this.#adoptFile(name);
        }
        this.#remove(owner);
      }
    } catch (error) {
      this.report(error);
    }
  }

  /**
   * Whether a process is alive: its heartbeat changes. Only for one that was never seen before the wall
   * clock decides: a step of it would make the living look dead, and their batches would be sent twice.
   */
  async #isAlive(owner: string): Promise<boolean> {
    try {
      const path = this.#alivePath(owner), text = await readFile(path, "utf8");
      // Empty while it is being written, by a process that is alive; or on a full disk, for good.
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

  #adoptFile(name: string): void {
    const [, signal, time, items] = BATCH_NAME.exec(name) ?? [];
    if (signal === undefined) return;
    const adopted = this.#onAdopted.get(signal), from = join(this.#path, name);
    const path = this.#batchPath(signal, time!, items!);
    try {
      if (adopted === undefined) {
        // Its signal is not exported here; another process may still export it.
        if (this.#clock.now() - Number(time) > this.#maxAgeMs) unlinkSync(from);
        return;
      }
      renameSync(from, path);
      const { size: sizeBytes } = statSync(path);
      adopted({ path, itemCount: Number(items), sizeBytes, timeMs: Number(time), adopted: true });
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
      // It is gone, as it should be.
    }
  }
}
