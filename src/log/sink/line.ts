/**
 * A sink that writes lines in batches, without making the application wait.
 *
 * @module
 */
import { type Clock, within } from "../../core/clock.ts";
import { ASYNC_DISPOSE } from "../../core/dispose.ts";
import {
  checkedLineOptions,
  checkWriter,
  type LineSinkOptions,
  type WhenFull,
} from "./line_options.ts";
import { emptyCounts, type LineBatch, LineQueue, type OutputCounts } from "./line_queue.ts";
import { Retry } from "./retry.ts";
import { kindOf, pause, taken, type Writer } from "./writer.ts";
import type { LogEncoder } from "../format/format.ts";
import { JsonEncoder } from "../format/json.ts";
import { LazyLine, type Line } from "../record/lazy_line.ts";
import type { Threshold } from "../record/level.ts";
import type { LogRecord } from "../record/record.ts";
import { CLOSE_MS, type LogSink, type SinkHost } from "./sink.ts";

/** How long the end of the process waits for another thread's write; 10 ms is too short at times. */
const IN_FLIGHT_WAIT_MS = 50;
/** How often the end of the process tries again while the reader takes nothing, and how far apart. */
const MAX_LAST_TRIES = 200, LAST_TRY_MS = 10;

/**
 * Encodes records and writes their lines in batches of up to 64 KiB, one write at a time, off the
 * application's thread. What waits is bounded, and a batch that is dropped is counted. A full disk or
 * a busy pipe is tried again; a closed pipe ends the output quietly.
 */
export class LineSink implements LogSink {
  /** What it is called in reports about it. */
  readonly name: string;
  /** The lowest level it takes. */
  readonly level: Threshold | undefined;
  readonly #counts: OutputCounts = emptyCounts();
  /** Lines written and dropped, as plain numbers. */
  readonly counts: Readonly<OutputCounts> = this.#counts;
  readonly #clock: Clock;
  readonly #writer: Writer;
  readonly #encoder: LogEncoder;
  readonly #maxBytes: number;
  readonly #onFull: WhenFull;
  readonly #onError: (error: unknown) => void;
  readonly #queue: LineQueue;
  #report: ((error: unknown) => void) | undefined;
  /** Lines that ever came. */
  #accepted = 0;
  /** Lines of the write that is under way. */
  #inHand = 0;
  /** The turn that brought lines ends with a write. */
  #awaitsTurn = false;
  /** A write is under way. */
  #busy = false;
  /** The batch that is being written, and how many of its bytes the write was given. */
  #inFlight: { readonly batch: LineBatch; readonly length: number } | undefined;
  readonly #retry: Retry;
  #closed = false;
  readonly #idle: (() => void)[] = [];

  /**
   * Makes the writer and what fills it.
   *
   * @param open makes the writer; given a function to call with failures beside those of its writes
   * @throws {RangeError} when `maxBytes` is not positive
   * @throws {TypeError} when `onFull` is unknown, or the writer can't write before it returns
   */
  constructor(
    name: string,
    open: (fail: (error: unknown) => void) => Writer,
    encoder: LogEncoder,
    options: LineSinkOptions = {},
  ) {
    const { clock, maxBytes, onFull } = checkedLineOptions(options);
    this.name = name;
    this.level = options.level;
    this.#clock = clock;
    this.#encoder = encoder;
    this.#onError = (error) => {
      this.#report?.(error);
      options.onError?.(error);
    };
    this.#maxBytes = maxBytes;
    this.#onFull = onFull;
    this.#retry = new Retry(clock, () => {
      if (!this.#busy) this.#pump();
    });
    this.#writer = open(this.#onError);
    this.#queue = new LineQueue(maxBytes, this.#writer.releases === true);
    checkWriter(this.#writer, onFull);
  }

  /** Lines that are not out; without those that another thread is writing, if the end waits for it. */
  get waiting(): number {
    const { written, droppedFull, droppedClosed } = this.#counts;
    const left = this.#accepted - written - droppedFull - droppedClosed;
    return this.#writer.writeSync === undefined ? left : left - this.#inHand;
  }

  /** Takes the logger that failures are reported to. */
  start(host: SinkHost): void {
    this.#report = (error) => host.report(error);
  }

  /** Encodes the record; its line is written with the others of this turn. */
  write(record: LogRecord): void {
    this.#add(this.#encoder.encode(record));
    if (this.#awaitsTurn) return;
    this.#awaitsTurn = true;
    queueMicrotask(() => {
      this.#awaitsTurn = false;
      this.send();
    });
  }

  /**
   * Takes what a logger delivers, which also says when it is written.
   *
   * @internal
   */
  take(line: Line): void {
    const encoder = this.#encoder;
    if (!(line instanceof LazyLine)) this.#add(encoder.encode(line));
    else if (encoder instanceof JsonEncoder) this.#add(encoder.encodeLine(line));
    else this.#add(encoder.encode(line.record()));
  }

  #add(line: string): void {
    this.#accepted++;
    if (this.#closed) this.#counts.droppedClosed++;
    else if (this.#queue.push(line)) {
      if (this.#queue.isOver) this.#makeRoom();
      this.send();
    }
  }

  /** Resolves when all lines are out, or can't get out now. */
  flush(): Promise<void> {
    this.send();
    if (!this.#busy && !this.#retry.isSoon) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Writes all lines before it returns; for the end of the process, because it may block. */
  flushSync(): void {
    if (this.#writer.writeSync === undefined) return;
    this.#retry.stop();
    if (this.#busy) {
      pause(IN_FLIGHT_WAIT_MS);
      if (!this.#writeRest()) return;
    }
    for (let batch = this.#queue.take(); batch !== undefined; batch = this.#queue.take()) {
      if (!this.#writeNow(batch)) return;
    }
    if (!this.#busy) this.#rest();
  }

  /** Writes all lines, as far as that takes no more than five seconds, and releases the writer. */
  async close(): Promise<void> {
    this.flushSync();
    if (this.waiting > 0) await within(this.#clock, CLOSE_MS, this.flush());
    this.#writer.close?.();
  }

  /** {@linkcode LineSink.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  /**
   * Writes what waits, unless a write is under way: that one's end goes on with the next.
   *
   * @internal
   */
  send(): void {
    if (!this.#busy && !this.#retry.isPending) this.#pump();
  }

  #makeRoom(): void {
    if (this.#onFull === "write-sync") this.flushSync();
    const dropped = this.#queue.makeRoom(this.#onFull === "drop-newest" ? "newest" : "oldest");
    if (dropped === 0) return;
    this.#counts.droppedFull += dropped;
    this.#onError(new Error(`Cannot queue more than ${this.#maxBytes} bytes of lines`));
  }

  #pump(): void {
    const batch = this.#queue.take();
    this.#busy = batch !== undefined;
    this.#inHand = batch?.lines ?? 0;
    this.#inFlight = undefined;
    if (batch === undefined) this.#rest();
    else this.#write(batch);
  }

  #write(batch: LineBatch): void {
    // What is written before the call returns needs no guess at the end about how it went.
    const sync = this.#onFull === "write-sync" || this.#writer.neverBlocks?.() === true;
    if (sync) return this.#writeWhole(batch);
    const { bytes } = batch;
    const portion = this.#writer.portion?.(bytes) ?? bytes;
    this.#inFlight = { batch, length: portion.length };
    let written: Promise<number>;
    try {
      written = this.#writer.write(portion).then(taken);
    } catch (error) {
      written = Promise.reject(error);
    }
    written.then((count) => {
      if (this.#took(batch, count)) this.#pump();
      else this.#write(batch);
    }, (error) => this.#failed(error, batch));
  }

  #writeWhole(batch: LineBatch): void {
    try {
      let isOut = false;
      while (!isOut) isOut = this.#took(batch, taken(this.#writer.writeSync!(batch.bytes)));
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
    this.#queue.release(batch);
    return true;
  }

  #failed(error: unknown, batch: LineBatch): void {
    const kind = kindOf(error);
    this.#inHand = 0;
    this.#inFlight = undefined;
    if (kind === "closed") return this.#end(batch);
    this.#busy = false;
    this.#putBack(batch, kind === "busy");
    if (kind === "busy") return;
    this.#onError(error);
    this.#rest();
  }

  /** A batch that could not be written, or not as a whole, comes first when there is another try. */
  #putBack(batch: LineBatch, soon: boolean): void {
    this.#queue.putBack(batch);
    if (!soon) this.#counts.failures++;
    this.#retry.start(soon);
  }

  /** Nobody reads any more. */
  #end(batch: LineBatch): void {
    this.#closed = true;
    this.#busy = false;
    this.#counts.droppedClosed += batch.lines + this.#queue.clear();
    this.#rest();
  }

  #rest(): void {
    for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** Whether what follows the bytes under way in their batch is out: nobody comes back for it. */
  #writeRest(): boolean {
    if (this.#inFlight === undefined) return true;
    const { batch, length } = this.#inFlight;
    const rest = { bytes: batch.bytes.subarray(length), lines: 0, begun: true };
    batch.bytes = batch.bytes.subarray(0, length);
    return rest.bytes.length === 0 || this.#writeNow(rest);
  }

  #writeNow(batch: LineBatch): boolean {
    for (let tries = 0;;) {
      try {
        if (this.#took(batch, taken(this.#writer.writeSync!(batch.bytes)))) return true;
        tries = 0;
      } catch (error) {
        const kind = kindOf(error);
        if (kind === "closed") {
          this.#end(batch);
          return false;
        }
        if (kind === "failed" || ++tries > MAX_LAST_TRIES) {
          this.#putBack(batch, false);
          this.#onError(error);
          if (!this.#busy) this.#rest();
          return false;
        }
        pause(LAST_TRY_MS);
      }
    }
  }
}
