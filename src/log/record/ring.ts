/**
 * The bounded ring of the latest log records.
 *
 * @module
 */
import { checkNumber, checkWhole } from "../../core/check.ts";
import { Lane } from "./lane.ts";
import type { LazyLine } from "./lazy_line.ts";
import type { LogRecord } from "./record.ts";

/** Lines of requests that are kept; where the ring keeps fewer records, as many as these. */
const MAX_LINES = 8192;
/** The part of the ring's bytes that they may occupy. */
const LINES_SHARE = 1 / 4;

/**
 * The records that the application logged, and beside them the lines of its requests, in one order: under
 * load these would drive out the others within a second.
 */
export class Lanes {
  /** The number of the next record or line. */
  next = 0;
  /** About what all may occupy together. */
  readonly maxBytes: number;
  /** How many left early, because those held were too large. */
  crowded = 0;
  // Whole records, by bench/log/store_bench.ts: columns store 30 ns faster and read 25 ns slower, and
  // the sinks read every record; an encoded line costs 4 times as much to store and 60 to read.
  readonly #records: Lane<LogRecord>;
  #lines: Lane<LazyLine> | undefined;

  /** @throws {RangeError} when `maxRecords` is not 1 to 2^20 or `maxBytes` not at least 1 */
  constructor(maxRecords = 2048, maxBytes = 4 * 1024 * 1024) {
    checkWhole("keep log records", "maxRecords", maxRecords, 1, 1 << 20);
    checkNumber("keep log records", "maxBytes", maxBytes, 1);
    this.maxBytes = maxBytes;
    this.#records = new Lane(maxRecords);
  }

  /** How many records fit. */
  get capacity(): number {
    return this.#records.capacity;
  }

  /** How many are held. */
  get count(): number {
    return this.#records.count + (this.#lines?.count ?? 0);
  }

  /** About what is held occupies. */
  get bytes(): number {
    return this.#records.bytes + (this.#lines?.bytes ?? 0);
  }

  /** The number of the oldest that is held. */
  get first(): number {
    const records = this.#records, lines = this.#lines;
    const oldest = records.numberAt(records.placeOf(0));
    return Math.min(this.next, oldest, lines?.numberAt(lines.placeOf(0)) ?? Infinity);
  }

  /** Adds a record and returns its number. */
  push(record: LogRecord): number {
    const records = this.#records;
    records.push(record, this.next, record.sizeBytes);
    if (this.bytes > this.maxBytes) this.#makeRoom(1);
    return this.next++;
  }

  /** Adds a line and returns its number. */
  pushLine(line: LazyLine): number {
    const lines = this.#lines ??= new Lane(Math.min(MAX_LINES, this.capacity));
    lines.push(line, this.next, line.sizeBytes);
    while (lines.bytes > this.maxBytes * LINES_SHARE && lines.count > 1) this.#crowdOut(lines);
    if (this.bytes > this.maxBytes) this.#makeRoom(0);
    return this.next++;
  }

  /** What is held under a number. */
  at(number: number): LogRecord | undefined {
    const records = this.#records, lines = this.#lines;
    const place = records.placeOf(number);
    if (records.numberAt(place) === number) return records.itemAt(place);
    const other = lines?.placeOf(number);
    if (other === undefined || lines!.numberAt(other) !== number) return undefined;
    return lines!.itemAt(other).record();
  }

  /** All that is held from a number on, in order. */
  since(number: number): LogRecord[] {
    const records = this.#records, lines = this.#lines;
    const held: LogRecord[] = [];
    let place = records.placeOf(number), other = lines?.placeOf(number) ?? 0;
    for (;;) {
      const next = records.numberAt(place), nextLine = lines?.numberAt(other) ?? Infinity;
      if (next === Infinity && nextLine === Infinity) return held;
      held.push(next < nextLine ? records.itemAt(place++) : lines!.itemAt(other++).record());
    }
  }

  /** @param least how many records are kept whatever their size: the newest one, if it came now */
  #makeRoom(least: number): void {
    const records = this.#records, lines = this.#lines;
    while (this.bytes > this.maxBytes && records.count > least) this.#crowdOut(records);
    if (lines === undefined || least === 0) return;
    while (this.bytes > this.maxBytes && lines.count > 0) this.#crowdOut(lines);
  }

  #crowdOut(lane: Lane<unknown>): void {
    lane.dropOldest();
    this.crowded++;
  }
}

/**
 * Keeps the newest records, bounded in count and in bytes. Records are numbered from 0 in order of
 * arrival: a reader remembers the next number it wants and sees what it lost as a gap.
 *
 * The lines that `instrument` writes of each request are kept beside the application's records and have
 * numbers of the same order, but do not drive those out: each kind drops its own oldest.
 *
 * @example A reader follows by number
 * ```ts
 * import { Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const log = new Logger({ sinks: [], maxRecords: 2 });
 * for (const message of ["a", "b", "c"]) log.info(message);
 * assert.equal(log.ring.first, 1);
 * assert.deepEqual([...log.ring].map((record) => record.message), ["b", "c"]);
 * ```
 */
export class RecordRing {
  readonly #lanes: Lanes;

  /**
   * Makes an empty ring.
   *
   * @param maxRecords records kept; rounded up to a power of two
   * @param maxBytes about what they may occupy together; the newest one is kept even if it is larger
   * @throws {RangeError} when `maxRecords` is not 1 to 2^20 or `maxBytes` not at least 1
   */
  constructor(maxRecords?: number, maxBytes?: number);
  /** A logger reads what it keeps itself. */
  constructor(given?: number | Lanes, maxBytes?: number) {
    this.#lanes = given instanceof Lanes ? given : new Lanes(given, maxBytes);
  }

  /** How many records fit. */
  get capacity(): number {
    return this.#lanes.capacity;
  }

  /** About what the records held may occupy together. */
  get maxBytes(): number {
    return this.#lanes.maxBytes;
  }

  /** The number of the oldest record held. */
  get first(): number {
    return this.#lanes.first;
  }

  /** The number that the next record will get: so many were added so far. */
  get next(): number {
    return this.#lanes.next;
  }

  /** About what the records held occupy. */
  get bytes(): number {
    return this.#lanes.bytes;
  }

  /** How many records are held. */
  get count(): number {
    return this.#lanes.count;
  }

  /** How many records left early, because those held were too large. */
  get crowded(): number {
    return this.#lanes.crowded;
  }

  /** Adds a record and returns its number. */
  push(record: LogRecord): number {
    return this.#lanes.push(record);
  }

  /** The record of this number; undefined when it was dropped or does not exist yet. */
  at(number: number): LogRecord | undefined {
    return this.#lanes.at(number);
  }

  /** The records still held from `number` on, oldest first. */
  since(number: number): LogRecord[] {
    return this.#lanes.since(number);
  }

  /** The records still held, oldest first. */
  [Symbol.iterator](): IterableIterator<LogRecord> {
    return this.since(0)[Symbol.iterator]();
  }
}
