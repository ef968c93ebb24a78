/**
 * Batches on disk, until the receiver has them.
 *
 * @module
 */
import { unlinkSync, writeFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import type { Faults } from "../core/faults.ts";
import type { Batch } from "./batch.ts";
import { decodeFrame, encodeFrame } from "./frame.ts";
import type { Ledger } from "./ledger.ts";
import type { SpoolFolder } from "./spool_folder.ts";

/** One file: a batch that waits. */
export interface SpoolEntry {
  /** The file's path. */
  readonly path: string;
  /** Items of the batch. */
  readonly items: number;
  /** Size of the file. */
  readonly bytes: number;
}

/** The system lacks something for now; the file is as good as before. */
const SCARCE: ReadonlySet<unknown> = new Set(["EMFILE", "ENFILE", "ENOMEM", "EAGAIN", "EBUSY"]);
/** Telemetry may say what only its owner should read. */
const OPTIONS = { mode: 0o600 };

/** The files of one signal, oldest first, bounded in size: past it the oldest makes way. */
export class Spool {
  /** A batch older than this is dropped. */
  readonly maxAgeMs: number;
  /** Told when there is a batch to send. */
  onReady: () => void = () => {};
  readonly #folder: SpoolFolder;
  readonly #signal: string;
  readonly #maxBytes: number;
  readonly #ledger: Ledger;
  readonly #faults: Faults;
  readonly #read: (path: string) => Promise<Uint8Array>;
  readonly #entries: SpoolEntry[] = [];
  #bytes = 0;
  #items = 0;
  /** A file that is being written to, and is no entry yet. */
  #writing: SpoolEntry | undefined;
  /** The oldest entry is being sent: it does not make way. */
  #sending: SpoolEntry | undefined;

  constructor(
    signal: string,
    folder: SpoolFolder,
    limits: { readonly maxBytes: number; readonly maxAgeMs: number },
    parts: {
      readonly ledger: Ledger;
      readonly faults: Faults;
      /** Reads a file; the system's when not given. */
      readonly read?: ((path: string) => Promise<Uint8Array>) | undefined;
    },
  ) {
    this.#signal = signal;
    this.#folder = folder;
    this.#maxBytes = limits.maxBytes;
    this.maxAgeMs = limits.maxAgeMs;
    this.#ledger = parts.ledger;
    this.#faults = parts.faults;
    this.#read = parts.read ?? readFile;
    folder.onFound(signal, (entry) => {
      this.#ledger.accepted += entry.items;
      this.#add(entry);
    });
  }

  /** Items on disk. */
  get items(): number {
    return this.#items;
  }

  /** Writes a batch, which {@linkcode Spool.push} then adds; undefined when it can't be written. */
  async write(batch: Batch): Promise<SpoolEntry | undefined> {
    const { entry, frame } = this.#prepare(batch);
    this.#writing = entry;
    try {
      await writeFile(entry.path, frame, OPTIONS);
      return entry;
    } catch (error) {
      this.#faults.record("spool", error);
      this.discard(entry);
      return undefined;
    } finally {
      this.#writing = undefined;
    }
  }

  /** Adds what was written; undefined is a batch that is lost. */
  push(entry: SpoolEntry | undefined, batch: Batch): void {
    if (entry === undefined) this.#ledger.drop("spool_failed", batch.items);
    else this.#add(entry);
  }

  /** Writes and adds a batch before it returns, instead of one that is being written. */
  appendSync(batch: Batch): void {
    this.discard(this.#writing);
    this.#writing = undefined;
    const { entry, frame } = this.#prepare(batch);
    const written = this.#faults.guard("spool", () => {
      writeFileSync(entry.path, frame, OPTIONS);
      return entry;
    });
    this.push(written, batch);
  }

  /**
   * The oldest batch; it stays until {@linkcode Spool.shift}. Rejects when the system can't read it
   * now, but may later.
   */
  async first(): Promise<Batch | undefined> {
    await this.#folder.ready;
    while (this.#entries.length > 0) {
      const entry = this.#sending = this.#entries[0]!;
      let batch: Batch | undefined;
      try {
        batch = decodeFrame(await this.#read(entry.path));
      } catch (error) {
        const { code } = error as { code?: unknown };
        if (SCARCE.has(code)) throw error;
        if (code === "ENOENT") {
          // Another process took it over, and answers for it.
          this.#remove(entry);
          this.#ledger.accepted -= entry.items;
          continue;
        }
        this.#faults.record("spool", error);
      }
      if (batch !== undefined) return batch;
      this.#remove(entry);
      this.discard(entry);
      this.#ledger.drop("spool_damaged", entry.items);
    }
    return undefined;
  }

  /** Removes the oldest batch, which is settled; false when it is gone already. */
  shift(): boolean {
    const entry = this.#sending;
    if (entry === undefined || this.#entries[0] !== entry) return false;
    this.#remove(entry);
    this.discard(entry);
    return true;
  }

  /** Deletes a file. */
  discard(entry: SpoolEntry | undefined): void {
    if (entry === undefined) return;
    try {
      unlinkSync(entry.path);
    } catch (error) {
      // Gone is what it was to be.
      if ((error as { code?: unknown }).code !== "ENOENT") this.#faults.record("spool", error);
    }
  }

  #prepare(batch: Batch): { entry: SpoolEntry; frame: Uint8Array } {
    const frame = encodeFrame(batch);
    const path = this.#folder.pathFor(this.#signal, batch);
    return { entry: { path, items: batch.items, bytes: frame.length }, frame };
  }

  #add(entry: SpoolEntry): void {
    this.#entries.push(entry);
    this.#bytes += entry.bytes;
    this.#items += entry.items;
    while (this.#bytes > this.#maxBytes) {
      const oldest = this.#entries.find((other) => other !== this.#sending);
      if (oldest === undefined) break;
      this.#remove(oldest);
      this.discard(oldest);
      this.#ledger.drop("spool_full", oldest.items);
    }
    this.onReady();
  }

  #remove(entry: SpoolEntry): void {
    this.#entries.splice(this.#entries.indexOf(entry), 1);
    this.#bytes -= entry.bytes;
    this.#items -= entry.items;
    if (this.#sending === entry) this.#sending = undefined;
  }
}
