/**
 * What one signal has to send: encoded batches, in memory and on disk.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Batch, BatchSource, Encoding, Store } from "./batch.ts";
import { OneAtATime } from "./one_at_a_time.ts";

/** What a {@linkcode Backlog} is made of. */
export interface BacklogOptions<T> {
  /** For faults: `otlp traces`. */
  readonly name: string;
  readonly source: BatchSource<T>;
  readonly encoding: Encoding<T>;
  readonly gzip: boolean;
  /** Where batches wait on disk. Without it they wait in the source, and one in memory. */
  readonly spool?: Store | undefined;
  readonly clock: Clock;
  readonly faults: Faults;
}

/** A batch whose turn it is. */
export interface Turn {
  readonly batch: Batch;
  /** Whether it is on disk. */
  readonly stored: boolean;
}

/** The largest request by the specification. */
const MAX_REQUEST_BYTES = 64 * 1024 * 1024;
/** A batch in memory that could not be delivered in this time is dropped. */
const MAX_AGE_MS = 3_600_000;

/**
 * Takes batches from their source and gives them out one by one, until each is settled. With a spool
 * each is on disk before it is given out. One that can't be written is given out from memory, and
 * those behind it wait in the source's bounded queue until the disk can be written again.
 */
export class Backlog<T> {
  /** Called when there may be a batch to send. */
  onReady: () => void = () => {};
  readonly #options: BacklogOptions<T>;
  readonly #packer: OneAtATime | undefined;
  /**
   * Taken from the source and not yet settled, or not yet on disk: one, or several of a batch too
   * large for one request, or all that waited when the process seemed to end and then did not.
   */
  #held: Batch[] = [];
  /** One that could not be written to disk. */
  #loose: Batch | undefined;
  #turn: Turn | undefined;
  /** Whether the last one settled came from disk; if so, `#loose` goes next, to free memory. */
  #wasStored = false;

  constructor(options: BacklogOptions<T>) {
    this.#options = options;
    const { name, source, spool, faults } = options;
    if (spool === undefined) source.onReady = () => this.onReady();
    else {
      this.#packer = new OneAtATime(() => this.#pack(spool), (error) => faults.record(name, error));
      source.onReady = () => this.#packer!.start();
      spool.onReady = () => this.onReady();
    }
  }

  /** Items taken in that are neither exported nor dropped, those on disk included. */
  get items(): number {
    return this.inMemory + (this.#options.spool?.items ?? 0);
  }

  /** Items that are lost if the process ends now. */
  get inMemory(): number {
    return this.#encoded + this.#options.source.waiting;
  }

  get #encoded(): number {
    return this.#held.reduce((sum, { itemCount }) => sum + itemCount, this.#loose?.itemCount ?? 0);
  }

  /** Resolves when what can be written to disk is written. */
  async pack(): Promise<void> {
    await this.#packer?.start();
  }

  /**
   * The batch whose turn it is; it stays until it is settled. Rejects when the disk can't be read
   * now, but may be later.
   */
  async next(): Promise<Turn | undefined> {
    this.#turn = undefined;
    const { source, spool, clock } = this.#options;
    for (;;) {
      // Set in the step that finds the batch, so that nothing moves it meanwhile.
      await (spool === undefined ? this.#fromMemory() : this.#fromBoth(spool));
      const turn = this.#turn as Turn | undefined;
      if (turn === undefined) return undefined;
      const maxAgeMs = turn.stored ? spool!.maxAgeMs : MAX_AGE_MS;
      // The wall clock may be set; of a batch that another process left, it is all there is.
      const { timeMs, monotonicMs } = turn.batch;
      const ageMs = monotonicMs === undefined
        ? clock.now() - timeMs
        : clock.monotonic() - monotonicMs;
      if (ageMs <= maxAgeMs) return turn;
      this.settle(turn, () => source.ledger.drop("expired", turn.batch.itemCount));
    }
  }

  /** The batch that {@linkcode Backlog.next} gave waits for another turn. */
  putBack(): void {
    this.#turn = undefined;
  }

  /** Removes a batch and counts it in the same step, so that the sum always fits. */
  settle({ batch, stored }: Turn, count: () => void): void {
    this.#turn = undefined;
    if (stored) {
      if (!this.#options.spool!.shift()) return;
    } else if (batch === this.#loose) this.#loose = undefined;
    else if (this.#held.includes(batch)) this.#held.splice(this.#held.indexOf(batch), 1);
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
      if (!spool.writeSync(this.#loose)) return;
      this.#loose = undefined;
    }
    for (let next = this.#take(); next !== undefined; next = this.#take()) {
      if (!spool.writeSync(next)) return;
      this.#held.shift();
    }
  }

  /** All that waits in memory, in order and encoded; each stays until it is settled. */
  unsent(): readonly Batch[] {
    this.#options.source.hurry();
    let isMore = true;
    while (isMore) isMore = this.#takeMore();
    return [...this.#held];
  }

  /** Takes nothing in any more: what is not settled stays on disk, or is dropped where it can't. */
  close(): void {
    this.save();
    const { spool, source } = this.#options;
    const lost = this.#encoded + source.close();
    this.#held = [];
    this.#loose = undefined;
    source.ledger.drop(spool === undefined ? "shutdown" : "spool_failed", lost);
  }

  async #pack(spool: Store): Promise<void> {
    // A batch that could not be written is written once it can be, unless it is being sent.
    if (spool.isOpen && this.#loose !== undefined && this.#loose !== this.#turn?.batch) {
      this.#held.unshift(this.#loose);
      this.#loose = undefined;
    }
    for (;;) {
      const batch = this.#loose === undefined ? await this.#hold() : undefined;
      if (batch === undefined) return;
      const written = spool.isOpen && await spool.write(batch, () => this.#held.shift());
      if (written || this.#held[0] !== batch) continue; // The latter was saved meanwhile.
      this.#held.shift();
      this.#loose = batch;
      this.onReady();
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
      // While the disk can't be written, the source still has what did not fit beside the loose one.
      await this.#packer!.start();
    } while (this.#loose !== undefined || spool.items > 0);
  }

  /** The first batch in memory, compressed; the next one of the source when there is none. */
  async #hold(): Promise<Batch | undefined> {
    const { source, gzip, faults } = this.#options;
    for (;;) {
      if (this.#held.length === 0) await source.prepare?.();
      const taken = this.#take();
      if (taken === undefined || !gzip || taken.gzipped) return taken;
      const compressed = await compress(taken, faults);
      // Otherwise it was saved or settled meanwhile.
      if (this.#held[0] === taken) return this.#held[0] = compressed;
    }
  }

  /** The first batch in memory, or the next one that is due. */
  #take(): Batch | undefined {
    let isMore = true;
    while (isMore && this.#held.length === 0) isMore = this.#takeMore();
    return this.#held[0];
  }

  /** Encodes what is due; false when nothing is. */
  #takeMore(): boolean {
    const { source, clock } = this.#options, items = source.take();
    if (items.length === 0) return false;
    const moment = source.gathered ?? { timeMs: clock.now(), monotonicMs: clock.monotonic() };
    for (const batch of encodeBatches(items, this.#options)) {
      this.#held.push({ ...batch, ...moment });
    }
    return true;
  }
}

type Encoded = Omit<Batch, "timeMs" | "monotonicMs">;

/** One batch of these items, or several when one would be too large. What can't be sent is dropped. */
function encodeBatches<T>(items: readonly T[], options: BacklogOptions<T>): Encoded[] {
  const { name, encoding: { json, encode, countOf }, source: { ledger }, faults } = options;
  const count = countOf === undefined
    ? items.length
    : items.reduce((sum, item) => sum + countOf(item), 0);
  const body = faults.guard(`${name} encoder`, () => encode(items));
  if (body !== undefined && body.length <= MAX_REQUEST_BYTES) {
    return [{ body, json, gzipped: false, itemCount: count }];
  }
  if (items.length === 1) {
    ledger.drop("unsendable", count);
    return [];
  }
  const middle = items.length >> 1;
  return [items.slice(0, middle), items.slice(middle)]
    .flatMap((half) => encodeBatches(half, options));
}

/** The same batch, compressed; as it is when that fails. */
async function compress(batch: Batch, faults: Faults): Promise<Batch> {
  try {
    const stream = new Blob([batch.body]).stream().pipeThrough(new CompressionStream("gzip"));
    const body = new Uint8Array(await new Response(stream).arrayBuffer());
    return { ...batch, body, gzipped: true };
  } catch (error) {
    faults.record("gzip", error);
    return batch;
  }
}
