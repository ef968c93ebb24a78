/**
 * The rows and lines of all members, as long as somebody looks at them.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { Pause } from "../../core/pause.ts";
import { CHUNK } from "../../events/store/column.ts";
import { type Row, Rows } from "../../events/store/rows.ts";
import { Entry, type LogRecord } from "../../log/record/record.ts";
import { Lanes } from "../../log/record/ring.ts";
import type { LogLine, RowsHead } from "../api/shapes.ts";
import { lineOf, type Lines } from "../api/logs.ts";
import type { OfCluster } from "../state/shapes.ts";
import type { Members, Told } from "./members.ts";

/** Readers who ask again sooner get what is there. */
const FRESH_MS = 500;
/** Rows or lines of one message, and messages for one look. */
const AT_ONCE = 2000, MOST_ASKS = 8;
const MAX_LINES = 8192;
/** Isolates that are named in an answer. */
export const MAX_ISOLATES = 16;
/** About what a line occupies besides its texts. */
const LINE_BYTES = 300;

/** What the rows and lines of this member are read from. */
export interface WholeOptions {
  readonly members: Members;
  readonly events: Rows;
  readonly ring: Lines & Pick<Lanes, "maxBytes">;
  readonly clock: Clock;
}

interface Cursor {
  run: string;
  next: number;
}

/**
 * The rows and lines of all members in two stores of their own, with `isolate` and `version` added. They are
 * numbered here, in the order of their time as far as they came together. Nothing is asked for unless somebody
 * reads.
 */
export class Whole {
  readonly rows: Rows;
  readonly lines: Lanes;
  readonly #options: WholeOptions;
  readonly #cursors = { rows: new Map<string, Cursor>(), lines: new Map<string, Cursor>() };
  /** Of the rows and lines of this member. */
  #next = { row: 0, line: 0 };
  #pulled: Promise<void> | undefined;
  #pulledMs = -Infinity;
  /** The versions of members that have answered. */
  readonly versions = new Map<string, string>();
  /** What the others hold of traces, as far as it was asked for. */
  readonly held: { traces: ReadonlySet<string>; spans: readonly string[] } = {
    traces: new Set(),
    spans: [],
  };
  /** Members that did not answer the last time. */
  missing: readonly string[] = [];

  constructor(options: WholeOptions) {
    const { events, ring, clock } = this.#options = options;
    const limits = { maxRows: events.slots - CHUNK, maxBytes: events.maxBytes };
    this.rows = new Rows(limits, () => clock.now());
    this.lines = new Lanes(MAX_LINES, ring.maxBytes / 2);
  }

  /** Who there is, and who did not answer the last time. */
  get standing(): OfCluster {
    const { isolate, version, others } = this.#options.members;
    const isolates = [{ isolate, version }];
    for (const [isolate, version] of this.versions) {
      if (others.includes(isolate)) isolates.push({ isolate, version });
    }
    return { isolate, isolates: isolates.slice(0, MAX_ISOLATES), missing: this.missing };
  }

  /** Gets what came since; readers at one time share one look. */
  pull(): Promise<void> {
    const nowMs = this.#options.clock.monotonic();
    if (this.#pulled === undefined || nowMs - this.#pulledMs >= FRESH_MS) {
      this.#pulledMs = nowMs;
      this.#pulled = (this.#pulled ?? Promise.resolve()).then(() => this.#pull());
    }
    return this.#pulled;
  }

  async #pull(): Promise<void> {
    const pause = new Pause(), missing = new Set<string>();
    const rows = this.#ownRows(), lines = this.#ownLines();
    const [ofRows, ofLines] = [new Map<string, string[]>(), new Map<string, string[]>()];
    await Promise.all([
      this.#ask("api/rows", this.#cursors.rows, ofRows, missing),
      this.#ask("api/logs", this.#cursors.lines, ofLines, missing),
    ]);
    for (const [isolate, texts] of ofRows) {
      for (const text of texts) {
        const { fields } = JSON.parse(text) as { readonly fields?: Row };
        if (fields !== undefined) rows.push(this.#named(fields, isolate));
        if (pause.isDue) await pause.take();
      }
    }
    for (const [isolate, texts] of ofLines) {
      for (const text of texts) {
        const { fields } = JSON.parse(text) as { readonly fields?: LogLine };
        if (fields !== undefined) lines.push(this.#record(fields, isolate));
        if (pause.isDue) await pause.take();
      }
    }
    rows.sort((a, b) => Number(a.time) - Number(b.time));
    for (const row of rows) {
      this.rows.add(row);
      if (pause.isDue) await pause.take();
    }
    for (const line of lines.sort((a, b) => a.timeMs - b.timeMs)) this.lines.push(line);
    this.missing = [...missing];
  }

  #ownRows(): Row[] {
    const { events, members: { isolate } } = this.#options, own: Row[] = [];
    const { next } = events;
    for (let number = Math.max(this.#next.row, events.first); number < next; number++) {
      own.push(this.#named(events.row(number)!, isolate));
    }
    this.#next.row = next;
    return own;
  }

  #ownLines(): LogRecord[] {
    const { ring, members: { isolate } } = this.#options, own: LogRecord[] = [];
    const { next } = ring;
    for (
      let number = Math.max(this.#next.line, next - MAX_LINES, ring.first);
      number < next;
      number++
    ) {
      const record = ring.at(number);
      if (record !== undefined) own.push(this.#record(lineOf(record), isolate));
    }
    this.#next.line = next;
    return own;
  }

  /** Asks all for what they have beyond their cursors, until nobody has more than one message holds. */
  async #ask(
    path: string,
    cursors: Map<string, Cursor>,
    texts: Map<string, string[]>,
    missing: Set<string>,
  ): Promise<void> {
    const { members } = this.#options;
    await Promise.all(members.others.map(async (isolate) => {
      for (let i = 0; i < MOST_ASKS; i++) {
        const cursor = cursors.get(isolate);
        const search = `?since=${cursor?.next ?? 0}&limit=${AT_ONCE}`;
        const told = await members.askOne(isolate, { path, search });
        if (told === undefined) return void missing.add(isolate);
        this.versions.set(isolate, told.version);
        if (told.status !== 200 || this.#take(told, cursors, texts) < AT_ONCE) return;
      }
    }));
  }

  #take(
    { isolate, text }: Told,
    cursors: Map<string, Cursor>,
    texts: Map<string, string[]>,
  ): number {
    const [head = "", ...more] = text.trimEnd().split("\n");
    const { run, first, next } = JSON.parse(head) as RowsHead;
    cursors.set(isolate, { run, next });
    const known = texts.get(isolate);
    if (known === undefined) texts.set(isolate, more);
    else known.push(...more);
    return next - first;
  }

  #named(row: Row, isolate: string): Row {
    return { ...row, isolate, version: row.version ?? this.#versionOf(isolate) };
  }

  #record(
    { timeMs, severity, level, message, category, traceId, spanId, fields }: LogLine,
    isolate: string,
  ) {
    const context = { traceId, spanId, requestId: "" } as ConstructorParameters<typeof Entry>[6];
    const told = { ...fields, isolate, version: this.#versionOf(isolate) };
    const size = LINE_BYTES + message.length + JSON.stringify(told).length;
    return new Entry(
      timeMs,
      severity,
      level,
      message,
      "",
      category,
      context,
      told,
      undefined,
      size,
    );
  }

  #versionOf(isolate: string): string {
    const { members } = this.#options;
    return isolate === members.isolate ? members.version : this.versions.get(isolate) ?? "";
  }
}
