/**
 * What one signal has to send, in memory and on disk.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import { type Batch, type BatchSource, compress, type Ledger } from "./batch.ts";
import { Worker } from "./once.ts";

/** Where batches wait besides memory: a disk. Each is an entry there until it is settled. */
export interface Store {
  /** A batch older than this is dropped. */
  readonly maxAgeMs: number;
  /** Called when there is a batch to send. */
  onReady: () => void;
  /** Items of all its batches. */
  readonly items: number;
  /** Whether a batch may be written now. */
  readonly isOpen: boolean;
  /** Writes a batch, which `add` then adds; gives undefined when it can't be written. */
  write(batch: Batch): Promise<unknown>;
  /** Adds what `write` gave. */
  add(entry: unknown): void;
  /** Deletes what `write` gave instead. */
  discard(entry: unknown): void;
  /** Writes and adds a batch before it returns; false when it can't. */
  appendSync(batch: Batch): boolean;
  /** The batch whose turn it is, which stays until `shift`; rejects when it can't be read now. */
  first(): Promise<Batch | undefined>;
  /** Removes the batch that `first` gave; false when it is gone already. */
  shift(): boolean;
}

/** What a {@linkcode Stock} is made of. */
export interface StockOptions {
  /** For faults: `otlp traces`. */
  readonly name: string;
  readonly source: BatchSource;
  readonly gzip: boolean;
  /** Where batches wait on disk. Without it only the one at hand waits encoded, in memory. */
  readonly spool?: Store | undefined;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** A batch whose turn it is. */
export interface Turn {
  readonly batch: Batch;
  /** Whether it is on disk. */
  readonly stored: boolean;
}

/** A batch that could not be delivered for so long, and is not on disk, makes way for others. */
const MAX_AGE_MS = 3_600_000;

/**
 * Takes batches from their source and gives them out one by one, until each is settled. With a spool
 * each is on disk before it is given out. One that can't be written is given out from memory, and
 * those behind it wait in the source's bounded queue until there is a disk again.
 */
export class Stock {
  /** Told when there may be a batch to send. */
  onReady: () => void = () => {};
  readonly #options: StockOptions;
  readonly #packer: Worker | undefined;
  /** Taken from the source and not yet settled, or not yet on disk. */
  #held: Batch | undefined;
  /** Taken when the process seemed to end, which it then did not. Without a spool only. */
  #left: Batch[] = [];
  /** One that could not be written to disk. */
  #loose: Batch | undefined;
  #turn: Turn | undefined;
  /** Whether the last one that was settled came from disk: memory is scarce, and has the next turn. */
  #wasStored = false;
  #closed = false;

  constructor(options: StockOptions) {
    this.#options = options;
    const { name, source, spool, faults } = options;
    if (spool === undefined) source.onReady = () => this.onReady();
    else {
      this.#packer = new Worker(() => this.#pack(spool), (error) => faults.record(name, error));
      source.onReady = () => this.#packer!.start();
      spool.onReady = () => this.onReady();
    }
  }

  /** Items taken in whose fate is open, those on disk included. */
  get items(): number {
    return this.inMemory + (this.#options.spool?.items ?? 0);
  }

  /** Resolves when what can be written to disk is there. */
  async pack(): Promise<void> {
    await this.#packer?.start();
  }

  /**
   * The batch whose turn it is; it stays until it is settled. Rejects when the disk can't be read
   * now, but may be later.
   */
  async next(): Promise<Turn | undefined> {
    this.#turn = undefined;
    const { spool, clock, ledger } = this.#options;
    for (;;) {
      // Written down in the step that finds it, so that nobody moves it meanwhile.
      await (spool === undefined ? this.#fromMemory() : this.#fromBoth(spool));
      const turn = this.#turn as Turn | undefined;
      if (turn === undefined) return undefined;
      const maxAgeMs = turn.stored ? spool!.maxAgeMs : MAX_AGE_MS;
      // A step of the wall clock is nobody's age; of what another process left, it is all there is.
      const { timeMs, monotonicMs } = turn.batch;
      const ageMs = monotonicMs === undefined
        ? clock.now() - timeMs
        : clock.monotonic() - monotonicMs;
      if (ageMs <= maxAgeMs) return turn;
      this.settle(turn, () => ledger.drop("expired", turn.batch.items));
    }
  }

  /** The batch at hand waits for another turn. */
  putBack(): void {
    this.#turn = undefined;
  }

  /** Lets go of a batch and counts it in the same step, so that the sum always fits. */
  settle({ batch, stored }: Turn, count: () => void): void {
    this.#turn = undefined;
    if (stored) {
      if (!this.#options.spool!.shift()) return;
    } else if (batch === this.#held) this.#held = undefined;
    else if (batch === this.#loose) this.#loose = undefined;
    else if (this.#left.includes(batch)) this.#left.splice(this.#left.indexOf(batch), 1);
    else return; // Saved meanwhile: what is on disk counts.
    this.#wasStored = stored;
    count();
  }

  /** Writes to disk what waits in memory, before it returns: the process may be ending. */
  save(): void {
    const { source, spool } = this.#options;
    if (spool === undefined) return;
    source.hurry();
    if (this.#loose !== undefined) {
      if (!spool.appendSync(this.#loose)) return;
      this.#loose = undefined;
    }
    this.#held ??= source.take();
    while (this.#held !== undefined && spool.appendSync(this.#held)) this.#held = source.take();
  }

  /** All that waits in memory, in order and encoded; each stays until it is settled. */
  unsent(): readonly Batch[] {
    const { source } = this.#options;
    source.hurry();
    for (let next = source.take(); next !== undefined; next = source.take()) this.#left.push(next);
    return this.#held === undefined ? [...this.#left] : [this.#held, ...this.#left];
  }

  /** Takes nothing in any more: what is not settled stays on disk, or is dropped where it can't. */
  close(): void {
    this.save();
    this.#closed = true;
    const { spool, source, ledger } = this.#options;
    const lost = this.inMemory;
    source.close();
    this.#held = this.#loose = undefined;
    this.#left = [];
    ledger.drop(spool === undefined ? "shutdown" : "spool_failed", lost);
  }

  /** Items that a process that ends now takes along. */
  get inMemory(): number {
    const batches = [this.#held, this.#loose, ...this.#left];
    return batches.reduce((sum, batch) => sum + (batch?.items ?? 0), this.#options.source.waiting);
  }

  async #pack(spool: Store): Promise<void> {
    // What waits in memory for want of a disk is written once there is one, unless it is being sent.
    if (spool.isOpen && this.#loose !== this.#turn?.batch && this.#held === undefined) {
      this.#held = this.#loose;
      this.#loose = undefined;
    }
    while (this.#loose === undefined && await this.#hold() !== undefined) {
      const batch = this.#held!;
      const entry = spool.isOpen ? await spool.write(batch) : undefined;
      if (this.#held !== batch) spool.discard(entry); // Saved meanwhile: it is there twice.
      else {
        this.#held = undefined;
        if (entry !== undefined) spool.add(entry);
        else {
          this.#loose = batch;
          this.onReady();
        }
      }
    }
  }

  async #fromMemory(): Promise<void> {
    const batch = await this.#hold();
    if (batch !== undefined) this.#turn = { batch, stored: false };
  }

  /** From disk and from memory in turns. */
  async #fromBoth(spool: Store): Promise<void> {
    do {
      const loose = this.#wasStored ? this.#loose : undefined;
      const stored = loose === undefined ? await spool.first() : undefined;
      const batch = loose ?? stored ?? this.#loose;
      if (batch !== undefined) {
        this.#turn = { batch, stored: batch === stored };
        return;
      }
      // While there is no disk, the source still has what did not fit beside the loose one.
      await this.#packer!.start();
    } while (this.#loose !== undefined || spool.items > 0);
  }

  /** The batch at hand, compressed; the next one when there is none. */
  async #hold(): Promise<Batch | undefined> {
    const { source, gzip, faults } = this.#options;
    if (this.#held !== undefined) return this.#held;
    await source.prepare?.();
    if (this.#closed) return undefined;
    const taken = this.#held = this.#left.shift() ?? source.take();
    if (taken === undefined || !gzip) return taken;
    const compressed = await compress(taken, faults);
    if (this.#held !== taken) return undefined;
    return this.#held = compressed;
  }
}
