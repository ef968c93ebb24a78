/**
 * The event stream of the page: cursors into numbered rings. Nothing is kept for a reader but its place.
 *
 * @module
 */
import { shown } from "../../core/check.ts";
import type { Clock } from "../../core/clock.ts";
import type { Rows } from "../../events/store/rows.ts";
import { lineOf, type Lines } from "./logs.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { reply } from "../wire/reply.ts";
import type { LogsEvent, OverviewReply, RowsEvent } from "./shapes.ts";

/** What a stream reads. */
export interface StreamSource {
  readonly events: Rows | undefined;
  readonly ring: Lines;
  readonly clock: Clock;
  /** Ends every stream: the service stops. */
  readonly stopping: AbortSignal;
  /** Called before each look, where rows and lines come only when somebody asks. */
  readonly refresh?: (() => void) | undefined;
  /** The state, sent every 5 seconds. */
  state(): OverviewReply;
}

const MAX_READERS = 8;
const KINDS: ReadonlySet<string> = /* @__PURE__ */ new Set(["tick", "rows", "logs"]);
/** How often the rings are looked at, and the state is sent: Bun ends a connection that is idle for 10 s. */
const LOOK_MS = 250, TICK_MS = 5000;
/** About how much is sent of each kind at once, in UTF-16 units: requests wait for as long as it is encoded. */
const CHUNK = 16_384;
/**
 * The part of the time that encoding may take, for all readers together. Who reads of a service that does more
 * falls behind, and what the rings let go meanwhile is counted as lost. A page that opens waits for its past, which
 * may cost more for as long as that takes.
 */
const SHARE = 1 / 40, SHARE_OF_PAST = 1 / 4;

/** The streams of one console. */
export class Streams {
  readonly #source: StreamSource;
  #readers = 0;

  constructor(source: StreamSource) {
    this.#source = source;
  }

  /** Streams that are read now. */
  get readers(): number {
    return this.#readers;
  }

  /** Answers `api/stream`; `last-event-id` says from where on. */
  answer(request: Request): Response {
    const wanted = wantedOf(new Parameters(request, ["want"]).text("want"));
    if (this.#readers >= MAX_READERS) {
      const headers = { "retry-after": "5" }, text = `At most ${MAX_READERS} readers\n`;
      return reply(text, "text/plain; charset=utf-8", { status: 503, headers });
    }
    this.#readers++;
    const id = request.headers.get("last-event-id") ?? "";
    const reader = new Reader(this.#source, wanted, id, {
      readers: () => this.#readers,
      onEnd: () => {
        this.#readers--;
      },
    });
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      pull: (controller) => reader.pull(controller),
      cancel: () => reader.end(),
    }, { highWaterMark: 0 });
    return reply(body, "text/event-stream", { headers: { "x-accel-buffering": "no" } });
  }
}

const encoder = /* @__PURE__ */ new TextEncoder();

/** What a reader knows of the others. */
interface Others {
  /** How many read, with this one. */
  readers(): number;
  onEnd(): void;
}

class Reader {
  readonly #source: StreamSource;
  readonly #wanted: ReadonlySet<string>;
  readonly #others: Others;
  readonly #wake = () => this.#resume?.();
  #row: number;
  #line: number;
  /** What came before these was there when it began to read. */
  readonly #past: { readonly row: number; readonly line: number };
  #tickAt = -Infinity;
  /** Before this it encodes nothing more. */
  #restUntil = -Infinity;
  #isEnded = false;
  #resume: (() => void) | undefined;

  constructor(
    source: StreamSource,
    wanted: ReadonlySet<string>,
    id: string,
    others: Others,
  ) {
    const [row, line] = id.split(".");
    this.#source = source;
    this.#wanted = wanted;
    this.#others = others;
    const past = this.#past = { row: source.events?.next ?? 0, line: source.ring.next };
    this.#row = placeOf(row, past.row);
    this.#line = placeOf(line, past.line);
    source.stopping.addEventListener("abort", this.#wake);
  }

  /** Sends what there is; waits for something otherwise. */
  async pull(controller: ReadableStreamDefaultController<Uint8Array<ArrayBuffer>>): Promise<void> {
    const { stopping, clock } = this.#source;
    for (;;) {
      if (this.#isEnded) return;
      if (stopping.aborted) {
        this.end();
        return controller.close();
      }
      const begun = clock.monotonic();
      if (begun >= this.#restUntil) {
        this.#source.refresh?.();
        const text = this.#events();
        if (text !== "") {
          controller.enqueue(encoder.encode(text));
          const now = clock.monotonic(), rest = (now - begun) / this.#share;
          this.#restUntil = now + Math.min(rest, LOOK_MS);
          return;
        }
      }
      const rest = Math.ceil(this.#restUntil - begun);
      await this.#wait(rest > 0 ? rest : LOOK_MS);
    }
  }

  get #share(): number {
    const { row, line } = this.#past, wanted = this.#wanted;
    const isOfPast = wanted.has("rows") && this.#row < row ||
      wanted.has("logs") && this.#line < line;
    return (isOfPast ? SHARE_OF_PAST : SHARE) / this.#others.readers();
  }

  #wait(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#source.clock.after(ms, resolve);
      this.#resume = () => {
        cancel();
        resolve();
      };
    });
  }

  /** Takes no more; may be called twice. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#source.stopping.removeEventListener("abort", this.#wake);
    this.#others.onEnd();
    this.#resume?.();
  }

  #events(): string {
    const { clock } = this.#source, now = clock.monotonic();
    const wanted = this.#wanted;
    let text = (wanted.has("rows") ? this.#rows() : "") + (wanted.has("logs") ? this.#lines() : "");
    if (now - this.#tickAt >= TICK_MS) {
      this.#tickAt = now;
      // A comment tells a reader that wants no state that the connection lives.
      text += wanted.has("tick") ? this.#event("tick", this.#source.state()) : ": alive\n\n";
    }
    return text;
  }

  #event(name: string, data: unknown): string {
    const id = `${this.#row}.${this.#line}.0`;
    return `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #rows(): string {
    const { events } = this.#source;
    if (events === undefined || this.#row >= events.next) return "";
    const first = Math.max(this.#row, events.first), lost = first - this.#row;
    const rows: string[] = [];
    let number = first;
    for (let size = 0; number < events.next && size < CHUNK; number++) {
      const row = JSON.stringify(events.row(number));
      size += row.length;
      rows.push(row);
    }
    this.#row = number;
    return this.#listEvent("rows", { first, next: number, lost } satisfies RowsEvent, rows);
  }

  #lines(): string {
    const { ring } = this.#source;
    if (this.#line >= ring.next) return "";
    const first = this.#line, rows: string[] = [];
    let number = Math.max(first, ring.first), lost = number - first;
    for (let size = 0; number < ring.next && size < CHUNK; number++) {
      const record = ring.at(number);
      if (record === undefined) {
        lost++;
        continue;
      }
      const line = JSON.stringify(lineOf(record));
      size += line.length;
      rows.push(line);
    }
    this.#line = number;
    return this.#listEvent("logs", { first, next: number, lost } satisfies LogsEvent, rows);
  }

  /** Rows are encoded once, to know their size. */
  #listEvent(name: string, head: RowsEvent | LogsEvent, rows: readonly string[]): string {
    const { first, next, lost } = head;
    const data = `{"first":${first},"next":${next},"lost":${lost},"rows":[${rows.join(",")}]}`;
    return `event: ${name}\nid: ${this.#row}.${this.#line}.0\ndata: ${data}\n\n`;
  }
}

/** @throws {BadRequest} for a kind of event that does not exist */
function wantedOf(want: string | undefined): ReadonlySet<string> {
  if (want === undefined) return KINDS;
  const wanted = want.split(",");
  for (const kind of wanted) {
    if (KINDS.has(kind)) continue;
    const kinds = [...KINDS].join(", ");
    throw new BadRequest(`want must be of ${kinds}, with commas between, got ${shown(kind)}`);
  }
  return new Set(wanted);
}

/**
 * Where a reader goes on. Without a number it gets what comes from now on; a number that is yet to come is of
 * the process before, and it gets everything.
 */
function placeOf(number: string | undefined, next: number): number {
  if (number === undefined || !/^\d{1,15}$/.test(number)) return next;
  return Number(number) > next ? 0 : Number(number);
}
