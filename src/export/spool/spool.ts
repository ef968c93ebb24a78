/**
 * The spool: batches of one signal on disk until the receiver has them.
 *
 * @module
 */
import { unlinkSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Batch, Ledger, Store } from "../batch/batch.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import { type SpoolEntry, SpoolOrder } from "./order.ts";
import type { SpoolFolder } from "./folder.ts";

/** Codes of errors that are transient: the file is not damaged. */
const TRANSIENT_CODES: ReadonlySet<unknown> = new Set([
  "EMFILE",
  "ENFILE",
  "ENOMEM",
  "EAGAIN",
  "EBUSY",
]);
/** How long a folder is left alone after a failed write. */
const REST_MS = 10_000;
/** Telemetry may hold what only its owner should read. */
const OPTIONS = { mode: 0o600 };

/** Access to files. @default the system's */
export interface SpoolFiles {
  /** Reads a file. */
  readonly read: (path: string) => Promise<Uint8Array>;
  /** Writes a file. */
  readonly write: (path: string, bytes: Uint8Array) => Promise<void>;
  /** Writes a file before it returns. */
  readonly writeSync: (path: string, bytes: Uint8Array) => void;
}

const SYSTEM: SpoolFiles = {
  read: readFile,
  write: (path, bytes) => writeFile(path, bytes, OPTIONS),
  writeSync: (path, bytes) => writeFileSync(path, bytes, OPTIONS),
};

/** The files of one signal in their order, bounded in size: past it, the oldest are dropped. */
export class Spool implements Store {
  readonly maxAgeMs: number;
  onReady: () => void = () => {};
  readonly #folder: SpoolFolder;
  readonly #signal: string;
  readonly #maxBytes: number;
  readonly #ledger: Ledger;
  readonly #faults: Faults;
  readonly #clock: Clock;
  readonly #files: SpoolFiles;
  readonly #order = new SpoolOrder();
  /** The entry whose file is being written; not yet in the order. */
  #writing: SpoolEntry | undefined;
  /** The entry that is being sent, which is not dropped for want of space. */
  #sending: SpoolEntry | undefined;
  #noWritesUntilMs = -Infinity;

  constructor(
    signal: string,
    folder: SpoolFolder,
    limits: { readonly maxBytes: number; readonly maxAgeMs: number },
    parts: {
      readonly ledger: Ledger;
      readonly faults: Faults;
      readonly clock: Clock;
      readonly files?: Partial<SpoolFiles> | undefined;
    },
  ) {
    this.#signal = signal;
    this.#folder = folder;
    this.#maxBytes = limits.maxBytes;
    this.maxAgeMs = limits.maxAgeMs;
    this.#ledger = parts.ledger;
    this.#faults = parts.faults;
    this.#clock = parts.clock;
    this.#files = { ...SYSTEM, ...parts.files };
    folder.onAdopted(signal, (entry) => {
      this.#ledger.accepted += entry.itemCount;
      this.#add(entry);
    });
    folder.onLost(() => {
      for (let entry = this.#order.next; entry !== undefined; entry = this.#order.next) {
        this.#lose(entry);
      }
    });
  }

  get items(): number {
    return this.#order.items;
  }

  get isOpen(): boolean {
    return this.#clock.monotonic() >= this.#noWritesUntilMs;
  }

  async write(batch: Batch, onAdded: () => void): Promise<boolean> {
    const { entry, frame } = this.#prepare(batch);
    this.#writing = entry;
    let isWritten = true;
    try {
      await this.#files.write(entry.path, frame);
    } catch (error) {
      this.#fail(error);
      isWritten = false;
    }
    const isWanted = this.#writing === entry;
    if (isWanted) this.#writing = undefined;
    if (!isWanted || !isWritten) {
      this.#discard(entry);
      return false;
    }
    onAdded();
    this.#add(entry);
    return true;
  }

  writeSync(batch: Batch): boolean {
    this.#discard(this.#writing);
    this.#writing = undefined;
    const { entry, frame } = this.#prepare(batch);
    try {
      this.#files.writeSync(entry.path, frame);
    } catch (error) {
      this.#fail(error);
      this.#discard(entry);
      return false;
    }
    this.#add(entry);
    return true;
  }

  async first(): Promise<Batch | undefined> {
    await this.#folder.ready;
    for (let entry = this.#order.next; entry !== undefined; entry = this.#order.next) {
      this.#sending = entry;
      let batch: Batch | undefined;
      try {
        batch = decodeFrame(await this.#files.read(entry.path));
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (TRANSIENT_CODES.has(code)) throw error;
        if (code === "ENOENT" && this.#folder.exists) {
          // Another process adopted it, and counts it.
          if (this.#remove(entry)) this.#ledger.accepted -= entry.itemCount;
          continue;
        }
        this.#faults.record("spool", error);
      }
      // The number in the file's name was counted; another one would not add up.
      if (batch?.itemCount === entry.itemCount) return { ...batch, monotonicMs: entry.monotonicMs };
      this.#lose(entry);
      this.#discard(entry);
    }
    return undefined;
  }

  shift(): boolean {
    const entry = this.#sending;
    if (entry === undefined || !this.#remove(entry)) return false;
    this.#order.sent(entry);
    this.#discard(entry);
    return true;
  }

  #add(entry: SpoolEntry): void {
    this.#order.add(entry);
    while (this.#order.bytes > this.#maxBytes) {
      const oldest = this.#order.oldestBut(this.#sending);
      if (oldest === undefined) break;
      this.#remove(oldest);
      this.#discard(oldest);
      this.#ledger.drop("spool_full", oldest.itemCount);
    }
    this.onReady();
  }

  /** Deletes a file. */
  #discard(entry: SpoolEntry | undefined): void {
    if (entry === undefined) return;
    try {
      unlinkSync(entry.path);
    } catch (error) {
      // It is gone, as it should be.
      if ((error as { code?: unknown }).code !== "ENOENT") this.#folder.report(error);
    }
  }

  #prepare(batch: Batch): { entry: SpoolEntry; frame: Uint8Array } {
    const frame = encodeFrame(batch);
    const path = this.#folder.pathFor(this.#signal, batch);
    const { itemCount, timeMs, monotonicMs } = batch, sizeBytes = frame.length;
    return { entry: { path, itemCount, sizeBytes, timeMs, monotonicMs, adopted: false }, frame };
  }

  #fail(error: unknown): void {
    this.#noWritesUntilMs = this.#clock.monotonic() + REST_MS;
    this.#folder.report(error);
  }

  #lose(entry: SpoolEntry): void {
    if (this.#remove(entry)) this.#ledger.drop("spool_damaged", entry.itemCount);
  }

  #remove(entry: SpoolEntry): boolean {
    if (this.#sending === entry) this.#sending = undefined;
    return this.#order.remove(entry);
  }
}
