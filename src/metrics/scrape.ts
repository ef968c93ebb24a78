/**
 * Answers scrapes: the right format, shared work, and never the event loop held for long.
 *
 * @module
 */
import type { Clock } from "../core/clock.ts";
import type { Faults } from "../core/faults.ts";
import { unsentBody } from "../core/fetch.ts";
import type { HistogramForm } from "./data/family.ts";
import type { CollectOptions, Frozen } from "./instrument/metric.ts";
import { acceptsGzip, negotiate, type Negotiated } from "./page/negotiate.ts";
import { writePage } from "./page/page.ts";
import { Pause } from "../core/pause.ts";

/** How scrapes are answered. */
export interface ScrapeOptions {
  /** The most scrapes that may wait for an answer; one more gets a 503. 16 by default. */
  readonly maxScrapes?: number | undefined;
  /**
   * Whether OpenMetrics pages have `_created` samples, and protobuf the same times; text has none.
   * For a Prometheus with `--enable-feature=created-timestamp-zero-ingestion`; others store
   * `_created` samples as further series. Not together with native histograms where
   * `native-histograms` is on too: 3.5 crashes at the first that began before what it has in memory,
   * a process of some hours.
   *
   * @default false
   */
  readonly created?: boolean | undefined;
  /**
   * How pages show the histograms that have no `form` of their own: `classic` with buckets, `native`
   * as native histograms where protobuf is asked for and as count and sum in the text formats, `both`
   * with buckets everywhere and as native ones in protobuf too. What Prometheus 3.5 stores of them
   * depends on its `--enable-feature`:
   *
   * | features | `classic` | `both` | `native` |
   * | --- | --- | --- | --- |
   * | none | buckets | buckets | count and sum |
   * | `native-histograms`, with `created-timestamp-zero-ingestion` or without | buckets | native | native |
   * | `created-timestamp-zero-ingestion` alone | buckets | **nothing** | **nothing** |
   *
   * A histogram that is stored as native has no `_bucket`, `_sum` and `_count` series: queries of these
   * come back empty, in Prometheus 2.42 as in 3.5. `always_scrape_classic_histograms: true` in the
   * scrape's configuration (3.x) has `both` stored in both shapes.
   *
   * @default "classic"
   */
  readonly histograms?: HistogramForm | undefined;
}

type Freeze = (options: CollectOptions) => Promise<readonly Frozen[]>;

/** Below this, compressing costs more than it saves. */
const MIN_GZIP_BYTES = 1024;
/** From here on a page is never put together: its copies alone would hold the event loop. */
const MIN_STREAM_BYTES = 1 << 22;

/** An answer's body, in pieces. */
interface Page {
  readonly chunks: readonly Uint8Array<ArrayBuffer>[];
  readonly isGzip: boolean;
}

/** Answers scrapes of one source of families. */
export class Scraper {
  readonly #freeze: Freeze;
  readonly #faults: Faults;
  readonly #now: () => number;
  readonly #maxScrapes: number;
  readonly #created: boolean;
  readonly #histograms: HistogramForm | undefined;
  /** Renderings under way, by what they depend on: scrapes that ask for the same share one. */
  readonly #pages = new Map<string, Promise<Page>>();
  #waiting = 0;

  constructor(freeze: Freeze, faults: Faults, clock: Clock, options: ScrapeOptions = {}) {
    this.#freeze = freeze;
    this.#faults = faults;
    this.#now = () => clock.monotonic();
    this.#maxScrapes = options.maxScrapes ?? 16;
    this.#created = options.created ?? false;
    this.#histograms = options.histograms;
  }

  /** The answer; rejects when the metrics can't be read. */
  async answer(request: Request | undefined): Promise<Response> {
    const negotiated = negotiate(request?.headers.get("accept") ?? null);
    const gzip = acceptsGzip(request?.headers.get("accept-encoding") ?? null);
    const headers = new Headers({
      "content-type": negotiated.contentType,
      "vary": "accept, accept-encoding",
    });
    if (request?.method === "HEAD") return new Response(unsentBody(), { headers });
    if (this.#waiting >= this.#maxScrapes) {
      return new Response("Too many scrapes at once\n", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    }
    this.#waiting++;
    try {
      const page = await this.#page(negotiated, namesOf(request), gzip);
      if (page.isGzip) headers.set("content-encoding", "gzip");
      const body = sizeOf(page.chunks) < MIN_STREAM_BYTES
        ? concat(page.chunks)
        : streamOf(page.chunks);
      return new Response(body, { headers });
    } finally {
      this.#waiting--;
    }
  }

  #page(
    negotiated: Negotiated,
    names: readonly string[],
    gzip: boolean,
  ): Promise<Page> {
    const key = JSON.stringify([negotiated.contentType, names, gzip]);
    let page = this.#pages.get(key);
    if (page === undefined) {
      page = this.#render(negotiated, names, gzip).finally(() => this.#pages.delete(key));
      this.#pages.set(key, page);
    }
    return page;
  }

  async #render(
    { format, escaping }: Negotiated,
    names: readonly string[],
    gzip: boolean,
  ): Promise<Page> {
    const all = await this.#freeze({
      native: format === "protobuf",
      histograms: this.#histograms,
    });
    const families = all.filter(({ head }) => names.length === 0 || isNamed(head, names));
    const pause = new Pause(this.#now);
    const chunks = await writePage(families, {
      format,
      escaping,
      created: this.#created,
      faults: this.#faults,
      pause,
    });
    const isGzip = gzip && sizeOf(chunks) >= MIN_GZIP_BYTES;
    return { chunks: isGzip ? [await compress(chunks, pause)] : chunks, isGzip };
  }
}

/** The values of `name[]` in the query: only these families are wanted. */
function namesOf(request: Request | undefined): string[] {
  const url = request?.url ?? "";
  const query = url.indexOf("?");
  return query === -1
    ? []
    : new URLSearchParams(url.slice(query + 1)).getAll("name[]").slice(0, 1000);
}

function isNamed({ name, type }: Frozen["head"], names: readonly string[]): boolean {
  return names.includes(name) ||
    (type === "counter" && names.includes(name.replace(/_total$/, "")));
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
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

/** The pieces one after the other, at the pace of who reads them, or slower. */
function streamOf(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  pause?: Pause,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let next = 0;
  return new ReadableStream({
    async pull(controller) {
      if (pause?.isDue) await pause.take();
      const chunk = chunks[next++];
      if (chunk === undefined) controller.close();
      else controller.enqueue(chunk);
    },
  });
}

/** Piece by piece, because a runtime may compress on the event loop. */
async function compress(
  chunks: readonly Uint8Array<ArrayBuffer>[],
  pause: Pause,
): Promise<Uint8Array<ArrayBuffer>> {
  const stream = streamOf(chunks, pause).pipeThrough(new CompressionStream("gzip"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
