/**
 * Lines to a writer in batches, without making the application wait.
 *
 * @module
 */
import { checkChoice, checkPositive } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import { emptyCounts, type LineBatch, type OutputCounts, OutputQueue } from "./output_queue.ts";
import { kindOf, pause, type Writer } from "./writer.ts";

/** Settings of an {@linkcode Output}. */
export interface OutputOptions {
  readonly clock: Clock;
  /** Where the bytes go. */
  readonly writer: Writer;
  /** What may wait to be written; 8 MiB by default. */
  readonly maxBytes?: number | undefined;
  /** What happens beyond it; `drop-oldest` by default. */
  readonly onFull?: WhenFull | undefined;
  /** How long a line may wait for others; 10 by default. */
  readonly delayMs?: number | undefined;
  /** Told of write errors other than a closed pipe, and of batches dropped because the queue is full. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/**
 * What happens to lines that have no room: the oldest or the newest are dropped, or every batch is
 * written before the call that filled it returns.
 */
export type WhenFull = "drop-oldest" | "drop-newest" | "write-sync";

const WHEN_FULL: readonly WhenFull[] = ["drop-oldest", "drop-newest", "write-sync"];

/** A write costs the wake-up of a thread, which is dear: at 64 KiB a line pays little of it. */
const BATCH_UNITS = 65_536;
const BUSY_RETRY_MS = 10;
const FAILURE_RETRY_MS = 1_000;
/**
 * How long the end of the process waits for a write that another thread has in hand: nobody can say
 * when it is done, and on a busy machine 10 ms were too short.
 */
const IN_FLIGHT_WAIT_MS = 50;
/** How long the end of the process tries again while the reader takes nothing. */
const LAST_TRIES = 200;

/**
 * Collects lines and writes them in batches of 64 KiB, one write at a time, off the application's
 * thread. What waits is bounded, and a batch that is dropped is counted. A full disk or a busy pipe
 * is tried again; a closed pipe ends the output quietly.
 */
export class Output {
  /** Plain numbers; whoever wants metrics reads them. */
  readonly counts: Readonly<OutputCounts>;
  readonly #counts: OutputCounts = emptyCounts();
  readonly #clock: Clock;
  readonly #writer: Writer;
  readonly #maxBytes: number;
  /** Lines of so many units are a batch. */
  readonly #batchUnits: number;
  readonly #onFull: WhenFull;
  readonly #delayMs: number;
  readonly #onError: ((error: unknown) => void) | undefined;
  readonly #encoder = new TextEncoder();
  /** Lines that wait to be a batch; joined at once, which costs less than to append each. */
  #lines: string[] = [];
  #units = 0;
  readonly #queue: OutputQueue;
  /** Lines that ever came. */
  #accepted = 0;
  /** Lines of the write that is under way. */
  #inHand = 0;
  /** A write is under way. */
  #busy = false;
  /** The batch that is being written, and how many of its bytes the write was given. */
  #flying: { readonly batch: LineBatch; readonly length: number } | undefined;
  /** Cancels the delay after which an unfinished batch is written. */
  #timer: (() => void) | undefined;
  /** Cancels the delay after which a failed write is tried again. */
  #retry: (() => void) | undefined;
  /** It waits for a reader that is slow, not for something to be mended. */
  #retriesSoon = false;
  #closed = false;
  #idle: (() => void)[] = [];

  /** @throws {RangeError} or {TypeError} for a setting that can't work */
  constructor(options: OutputOptions) {
    this.counts = this.#counts;
    this.#clock = options.clock;
    this.#writer = options.writer;
    this.#maxBytes = options.maxBytes ?? 8 * 1024 * 1024;
    this.#queue = new OutputQueue(this.#maxBytes);
    // Several fit into what may wait, or the first one that is full would drop the one before.
    this.#batchUnits = Math.min(BATCH_UNITS, this.#maxBytes / 4);
    this.#onFull = options.onFull ?? "drop-oldest";
    this.#delayMs = options.delayMs ?? 10;
    this.#onError = options.onError;
    checkPositive("queue lines", "maxBytes", this.#maxBytes);
    checkChoice("queue lines", "onFull", this.#onFull, WHEN_FULL);
    if (this.#onFull === "write-sync" && this.#writer.writeSync === undefined) {
      throw new TypeError("Cannot queue lines: onFull write-sync needs a writer that can");
    }
  }

  /** Adds a line; the line feed is added here. */
  write(line: string): void {
    this.#accepted++;
    if (this.#closed) {
      this.#counts.droppedClosed++;
      return;
    }
    this.#lines.push(line);
    this.#units += line.length + 1;
    if (this.#units >= this.#batchUnits) this.#dispatch();
    else this.#timer ??= this.#clock.after(this.#delayMs, () => this.#dispatch());
  }

  /** Lines that are not out; without those that another thread is writing, where the end waits for it. */
  get waiting(): number {
    const { written, droppedFull, droppedClosed } = this.#counts;
    const left = this.#accepted - written - droppedFull - droppedClosed;
    return this.#writer.writeSync === undefined ? left : left - this.#inHand;
  }

  /** Resolves when everything written so far is out, or can't get out now. */
  flush(): Promise<void> {
    this.#dispatch();
    if (!this.#busy && !this.#retriesSoon) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Writes everything before it returns; for the end of the process, because it may block. */
  flushSync(): void {
    this.#enqueue();
    this.#drain();
  }

  #drain(): void {
    if (this.#writer.writeSync === undefined) return;
    this.#stopRetry();
    if (this.#busy) {
      pause(IN_FLIGHT_WAIT_MS);
      if (!this.#writeRest()) return;
    }
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      if (!this.#writeSync(batch)) return;
    }
    if (!this.#busy) this.#rest();
  }

  /** Whether what follows the bytes under way in their batch is out: nobody comes back for it. */
  #writeRest(): boolean {
    if (this.#flying === undefined) return true;
    const { batch, length } = this.#flying;
    const rest = { bytes: batch.bytes.subarray(length), lines: 0, begun: true };
    batch.bytes = batch.bytes.subarray(0, length);
    return rest.bytes.length === 0 || this.#writeSync(rest);
  }

  #dispatch(): void {
    this.#enqueue();
    if (!this.#busy && this.#retry === undefined) this.#pump();
  }

  #enqueue(): void {
    this.#timer?.();
    this.#timer = undefined;
    const lines = this.#lines.length;
    if (lines === 0) return;
    this.#lines.push("");
    const bytes = this.#encoder.encode(this.#lines.join("\n"));
    this.#queue.add({ bytes, lines, begun: false });
    this.#lines = [];
    this.#units = 0;
    if (this.#queue.isOver) this.#makeRoom();
  }

  #makeRoom(): void {
    if (this.#onFull === "write-sync") this.#drain();
    const dropped = this.#queue.makeRoom(this.#onFull === "drop-newest" ? "newest" : "oldest");
    if (dropped === 0) return;
    this.#counts.droppedFull += dropped;
    this.#onError?.(new Error(`Cannot queue more than ${this.#maxBytes} bytes of lines`));
  }

  #pump(): void {
    const batch = this.#queue.take();
    this.#busy = batch !== undefined;
    this.#inHand = batch?.lines ?? 0;
    this.#flying = undefined;
    if (batch === undefined) this.#rest();
    else this.#send(batch);
  }

  #send(batch: LineBatch): void {
    // What is never out of hand needs no guess at the end about how it went.
    const sync = this.#onFull === "write-sync" || this.#writer.neverBlocks?.() === true;
    if (sync) return this.#sendSync(batch);
    const { bytes } = batch;
    const portion = this.#writer.portion?.(bytes) ?? bytes;
    this.#flying = { batch, length: portion.length };
    let written: Promise<number>;
    try {
      written = this.#writer.write(portion).then(some);
    } catch (error) {
      written = Promise.reject(error);
    }
    written.then((count) => {
      if (this.#took(batch, count)) this.#pump();
      else this.#send(batch);
    }, (error) => this.#failed(error, batch));
  }

  #sendSync(batch: LineBatch): void {
    try {
      while (!this.#took(batch, some(this.#writer.writeSync!(batch.bytes))));
    } catch (error) {
      return this.#failed(error, batch);
    }
    this.#pump();
  }

  /** Whether the batch is out as a whole, now that `count` more of its bytes are. */
  #took(batch: LineBatch, count: number): boolean {
    this.#counts.writtenBytes += count;
    batch.begun = true;
    batch.bytes = batch.bytes.subarray(count);
    if (batch.bytes.length > 0) return false;
    this.#counts.written += batch.lines;
    return true;
  }

  #failed(error: unknown, batch: LineBatch): void {
    const kind = kindOf(error);
    this.#inHand = 0;
    this.#flying = undefined;
    if (kind === "closed") return this.#close(batch);
    this.#busy = false;
    this.#putBack(batch, kind === "busy");
    if (kind === "busy") return;
    this.#tell(error);
    this.#rest();
  }

  #tell(error: unknown): void {
    this.#counts.failures++;
    this.#onError?.(error);
  }

  /** A batch that could not be written, or not as a whole, comes first when there is another try. */
  #putBack(batch: LineBatch, soon: boolean): void {
    this.#queue.putBack(batch);
    this.#stopRetry();
    this.#retriesSoon = soon;
    this.#retry = this.#clock.after(soon ? BUSY_RETRY_MS : FAILURE_RETRY_MS, () => {
      this.#stopRetry();
      if (!this.#busy) this.#pump();
    });
  }

  #stopRetry(): void {
    this.#retry?.();
    this.#retry = undefined;
    this.#retriesSoon = false;
  }

  #close(batch: LineBatch): void {
    this.#closed = true;
    this.#busy = false;
    this.#counts.droppedClosed += batch.lines + this.#queue.clear() + this.#lines.length;
    this.#lines = [];
    this.#units = 0;
    this.#rest();
  }

  #rest(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #writeSync(batch: LineBatch): boolean {
    for (let tries = 0;;) {
      try {
        if (this.#took(batch, some(this.#writer.writeSync!(batch.bytes)))) return true;
        tries = 0;
      } catch (error) {
        const kind = kindOf(error);
        if (kind === "closed") {
          this.#close(batch);
          return false;
        }
        if (kind === "failed" || ++tries > LAST_TRIES) {
          this.#putBack(batch, false);
          this.#tell(error);
          if (!this.#busy) this.#rest();
          return false;
        }
        pause(BUSY_RETRY_MS);
      }
    }
  }
}

/** How many bytes a writer took. One that takes none without an error would be asked for ever. */
function some(count: number): number {
  if (count > 0) return count;
  throw new RangeError(`Cannot write lines: the writer took ${count} bytes`);
}
