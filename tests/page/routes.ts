/**
 * The console's routes over what a service keeps, with switches for what can go wrong on the way.
 *
 * @module
 */
import { PAGE, SCRIPT_HASH, STYLE_HASH } from "../../src/console/page.ts";
import type { Telltale } from "../../src/telltale.ts";

/** The page's policy, as the service sends it. */
export const POLICY: string = [
  "default-src 'none'",
  `script-src '${SCRIPT_HASH}'`,
  `style-src '${STYLE_HASH}'`,
  "connect-src 'self'",
  "img-src data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "require-trusted-types-for 'script'",
  "trusted-types 'none'",
].join("; ");

interface Reader {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  rows: number;
  logs: number;
}

const encoder = new TextEncoder();

/** Answers what the page asks for. */
export class Routes {
  /** A caller without this token is refused; undefined admits everyone. */
  token: string | undefined = undefined;
  /** Whether nobody is answered. */
  isDown = false;
  /** Every path asked for, without its query. */
  readonly asked: string[] = [];
  readonly #t: Telltale;
  readonly #run = crypto.randomUUID();
  readonly #readers = new Set<Reader>();

  constructor(t: Telltale) {
    this.#t = t;
  }

  /** Streams that are open. */
  get streams(): number {
    return this.#readers.size;
  }

  answer(request: Request): Response {
    const url = new URL(request.url), path = url.pathname.slice("/telltale/".length);
    this.asked.push(path);
    if (this.isDown) return new Response("going down\n", { status: 503 });
    if (path === "") {
      const type = "text/html; charset=utf-8";
      return new Response(PAGE, {
        headers: { "content-type": type, "content-security-policy": POLICY },
      });
    }
    const isAdmitted = this.token === undefined ||
      request.headers.get("authorization") === `Bearer ${this.token}`;
    if (!isAdmitted) return new Response("this console needs its token\n", { status: 403 });
    const since = Number(url.searchParams.get("since") ?? 0), trace = url.searchParams.get("id");
    if (path === "api/overview") return Response.json(this.#state());
    if (path === "api/rows") return this.#page(this.#rows(since));
    if (path === "api/logs") return this.#page(this.#logs(since));
    if (path === "api/traces" && trace !== null) return this.#trace(trace);
    if (path === "api/stream") return this.#stream(request.headers.get("last-event-id") ?? "0.0.0");
    return new Response("not found\n", { status: 404 });
  }

  /** Sends what came to every reader. */
  push(): void {
    for (const reader of this.#readers) {
      const rows = this.#rows(reader.rows), logs = this.#logs(reader.logs);
      reader.rows = rows.next;
      reader.logs = logs.next;
      const id = `${rows.next}.${logs.next}.0`;
      this.#send(reader, `event: rows\nid: ${id}\ndata: ${JSON.stringify(rows)}\n\n`);
      this.#send(reader, `event: logs\nid: ${id}\ndata: ${JSON.stringify(logs)}\n\n`);
      this.#send(reader, `event: tick\ndata: ${JSON.stringify(this.#state())}\n\n`);
    }
  }

  /** Ends every stream, as a service that stops does. */
  endStreams(): void {
    for (const reader of this.#readers) {
      try {
        reader.controller.close();
      } catch {
        // Its reader is gone.
      }
    }
    this.#readers.clear();
  }

  #send(reader: Reader, text: string): void {
    try {
      reader.controller.enqueue(encoder.encode(text));
    } catch {
      this.#readers.delete(reader);
    }
  }

  #state() {
    const timeMs = Date.now(), { resource } = this.#t;
    const { service, version } = resource;
    return { timeMs, service, version: version ?? "", runtime: "test", startMs: timeMs - 600_000 };
  }

  #rows(since: number) {
    const events = this.#t.events!;
    // A number that has not come yet is of an earlier process.
    const { first, next, lost, rows } = events.since(since > events.next ? 0 : since);
    return { run: this.#run, first, next, lost, rows };
  }

  #logs(since: number) {
    const { ring } = this.#t.log, from = since > ring.next ? 0 : since;
    const first = Math.max(from, ring.first);
    const rows = ring.since(first).map((record) => {
      const { timeMs, level, severity, message, category, traceId, spanId, fields } = record;
      return { timeMs, level, severity, message, category, traceId, spanId, fields };
    });
    return { run: this.#run, first, next: first + rows.length, lost: first - from, rows };
  }

  #page({ rows, ...head }: { first: number; rows: readonly unknown[] }): Response {
    const lines = rows.map((fields, i) => ({ number: head.first + i, fields }));
    return new Response([head, ...lines].map((line) => JSON.stringify(line) + "\n").join(""));
  }

  #trace(trace: string): Response {
    const spans = this.#t.tracer.finished.ofTrace(trace);
    return spans.length === 0
      ? Response.json({ error: "no span of this trace is held" }, { status: 404 })
      : Response.json({ trace, spans });
  }

  #stream(id: string): Response {
    const [rows = 0, logs = 0] = id.split(".").map(Number);
    let reader: Reader | undefined;
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        reader = { controller, rows, logs };
        this.#readers.add(reader);
        this.#send(reader, ": hello\n\n");
      },
      cancel: () => {
        this.#readers.delete(reader!);
      },
    });
    queueMicrotask(() => this.push());
    return new Response(body, { headers: { "content-type": "text/event-stream" } });
  }
}
