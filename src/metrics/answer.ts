/**
 * Answers scrapes: negotiates the format, shares renderings, compresses.
 *
 * @module
 */
import { unsentBody } from "../core/fetch.ts";
import { Pause } from "../core/pause.ts";
import type { HistogramForm } from "./data/family.ts";
import type { Snapshot } from "./data/snapshot.ts";
import { acceptsGzip, HAS_NATIVE, negotiate, type Negotiated } from "./page/negotiate.ts";
import { writePage } from "./page/page.ts";
import { type Readable, readAll } from "./reading.ts";

/** How scrapes are answered. */
export interface ScrapeOptions {
  /** The most scrapes that may wait for an answer; one more gets a 503. @default 16 */
  readonly maxScrapes?: number | undefined;
  /**
   * Whether OpenMetrics pages have `_created` samples, and protobuf pages the same times; text has
   * neither. For a Prometheus with `--enable-feature=created-timestamp-zero-ingestion`; others store
   * `_created` samples as additional series. Do not combine it with native histograms where
   * `native-histograms` is enabled too: 3.5 crashes at the first one that is older than its data in
   * memory, which is a process of some hours.
   *
   * @default false
   */
  readonly created?: boolean | undefined;
  /**
   * How pages show the histograms that have no `form` of their own: `classic` with buckets; `native`
   * as native histograms in protobuf, and as count and sum in the text formats; `both` with buckets
   * everywhere, and as native histograms in protobuf too. What Prometheus 3.5 stores of them depends on
   * its `--enable-feature`:
   *
   * | features | `classic` | `both` | `native` |
   * | --- | --- | --- | --- |
   * | none | buckets | buckets | count and sum |
   * | `native-histograms`, with `created-timestamp-zero-ingestion` or without | buckets | native | native |
   * | `created-timestamp-zero-ingestion` alone | buckets | **nothing** | **nothing** |
   *
   * A histogram that is stored as native has no `_bucket`, `_sum` and `_count` series: queries of these
   * return nothing, in Prometheus 2.42 as in 3.5. With `always_scrape_classic_histograms: true` in the
   * scrape configuration (3.x), `both` is stored in both forms.
   *
   * @default "classic"
   */
  readonly histograms?: HistogramForm | undefined;
}

/** Below this, compressing costs more than it saves. */
const MIN_GZIP_BYTES = 1024;
/**
 * From here on a page is sent in pieces: a runtime copies what it is given, and the event loop waits. One
 * of several chunks would be copied twice.
 */
const MIN_STREAM_BYTES = 1 << 24, MIN_STREAM_CHUNKS_BYTES = 1 << 22;
/** The size of a piece, and of what is compressed at once. */
const PIECE_BYTES = 1 << 16;

/** An answer's body, in pieces. */
interface Rendering {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly isGzip: boolean;
}

/** Answers the scrapes of one registry. */
export class ScrapeAnswers {
  readonly #from: Readable;
  readonly #options: ScrapeOptions;
  /** Pending renderings, by what they depend on: scrapes that ask for the same share one. */
  readonly #pending = new Map<string, Promise<Rendering>>();
  #waiting = 0;

  constructor(from: Readable, options: ScrapeOptions) {
    this.#from = from;
    this.#options = options;
  }

  /** The answer; rejects when the metrics can't be read. */
  async to(request: Request | undefined): Promise<Response> {
    const negotiated = negotiate(request?.headers.get("accept") ?? null);
    const gzip = acceptsGzip(request?.headers.get("accept-encoding") ?? null);
    const headers = new Headers({
      "content-type": negotiated.contentType,
      "vary": "accept, accept-encoding",
    });
    if (request?.method === "HEAD") return new Response(unsentBody(), { headers });
    if (this.#waiting >= (this.#options.maxScrapes ?? 16)) {
      return new Response("Too many scrapes at once\n", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    }
    this.#waiting++;
    try {
      const { chunks, isGzip } = await this.#rendering(negotiated, namesOf(request), gzip);
      if (isGzip) headers.set("content-encoding", "gzip");
      const most = chunks.length === 1 ? MIN_STREAM_BYTES : MIN_STREAM_CHUNKS_BYTES;
      const body = sizeOf(chunks) < most ? concat(chunks) : streamOf(chunks);
      return new Response(body, { headers });
    } finally {
      this.#waiting--;
    }
  }

  #rendering(
    negotiated: Negotiated,
    names: readonly string[],
    gzip: boolean,
  ): Promise<Rendering> {
    const key = JSON.stringify([negotiated.contentType, names, gzip]);
    let pending = this.#pending.get(key);
    if (pending === undefined) {
      pending = this.#render(negotiated, names, gzip).finally(() => this.#pending.delete(key));
      this.#pending.set(key, pending);
    }
    return pending;
  }

  async #render(
    { format, escaping }: Negotiated,
    names: readonly string[],
    gzip: boolean,
  ): Promise<Rendering> {
    const { clock, faults } = this.#from, { created = false, histograms } = this.#options;
    const all = await readAll(this.#from, { native: HAS_NATIVE[format], histograms });
    const wanted = all.filter(({ head }) => names.length === 0 || isNamed(head, names));
    const pause = new Pause(() => clock.monotonic());
    const chunks = await writePage(wanted, { format, escaping, created, faults, pause });
    const isGzip = gzip && sizeOf(chunks) >= MIN_GZIP_BYTES;
    return { chunks: isGzip ? [await compress(chunks, pause)] : chunks, isGzip };
  }
}

/** The values of `name[]` in the query: the families to show. */
function namesOf(request: Request | undefined): string[] {
  const url = request?.url ?? "";
  const query = url.indexOf("?");
  return query === -1
    ? []
    : new URLSearchParams(url.slice(query + 1)).getAll("name[]").slice(0, 1000);
}

function isNamed({ name, type }: Snapshot["head"], names: readonly string[]): boolean {
  return names.includes(name) ||
    (type === "counter" && names.includes(name.replace(/_total$/, "")));
}

function concat(chunks: readonly Uint8Array<ArrayBuffer>[]): Uint8Array<ArrayBuffer> {
  if (chunks.length === 1) return chunks[0]!;
  const whole = new Uint8Array(sizeOf(chunks));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}

function sizeOf(chunks: readonly Uint8Array[]): number {
  return chunks.reduce((length, chunk) => length + chunk.length, 0);
}

/** The pieces one after the other, at the reader's pace or slower. */
function streamOf(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  pause?: Pause,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0, start = 0;
  return new ReadableStream({
    async pull(controller) {
      if (pause?.isDue) await pause.take();
      const chunk = chunks[next];
      if (chunk === undefined) return controller.close();
      const end = start + PIECE_BYTES;
      controller.enqueue(chunk.subarray(start, end));
      start = end < chunk.length ? end : (next++, 0);
    },
  });
}

/** Compresses in pieces, because a runtime may do it on the event loop. */
async function compress(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  pause: Pause,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = streamOf(chunks, pause).pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
