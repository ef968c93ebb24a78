/**
 * Answers scrapes: the right format, shared work, and never the event loop held for long.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";
import { gzip as compress } from "../core/gzip.ts";
import { ProtoWriter } from "../core/protobuf.ts";
import { escapeFamily } from "./escape.ts";
import { type CollectOptions, type Frozen, thaw, thawSlice } from "./metric.ts";
import { type Escaping, negotiate, type Negotiated } from "./negotiate.ts";
import { END, openMetricsHeader, openMetricsSamples } from "./openmetrics.ts";
import { Pause } from "./pause.ts";
import { writeFamily } from "./protobuf.ts";
import { textHeader, textSamples } from "./text.ts";

/** How scrapes are answered. */
export interface ScrapeOptions {
  /** The most scrapes that may wait for an answer; one more gets a 503. 16 by default. */
  readonly maxScrapes?: number | undefined;
  /** Whether OpenMetrics pages have `_created` samples; protobuf has the times in any case. */
  readonly created?: boolean | undefined;
}

type Freeze = (options: CollectOptions) => Promise<readonly Frozen[]>;

/** Samples that are written before the clock is looked at. */
const SLICE = 500;
/** Text that is encoded at once, at least. */
const MIN_CHUNK = 1 << 16;
/** Below this, compressing costs more than it saves. */
const MIN_GZIP_BYTES = 1024;

const utf8 = new TextEncoder();

/** Answers scrapes of one source of families. */
export class Scraper {
  readonly #freeze: Freeze;
  readonly #faults: Faults;
  readonly #maxScrapes: number;
  readonly #created: boolean;
  /** Renderings under way, by what they depend on: scrapes that ask for the same share one. */
  readonly #pages = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  #waiting = 0;

  constructor(freeze: Freeze, faults: Faults, options: ScrapeOptions = {}) {
    this.#freeze = freeze;
    this.#faults = faults;
    this.#maxScrapes = options.maxScrapes ?? 16;
    this.#created = options.created ?? false;
  }

  /** The answer; rejects only when the source does. */
  async answer(request: Request | undefined): Promise<Response> {
    const negotiated = negotiate(request?.headers.get("accept") ?? null);
    const gzip = acceptsGzip(request?.headers.get("accept-encoding") ?? null);
    const headers = new Headers({
      "content-type": negotiated.contentType,
      "vary": "accept, accept-encoding",
    });
    if (request?.method === "HEAD") return new Response(null, { headers });
    if (this.#waiting >= this.#maxScrapes) {
      return new Response("Too many scrapes at once\n", {
        status: 503,
        headers: { "retry-after": "1" },
      });
    }
    this.#waiting++;
    try {
      const page = await this.#page(negotiated, namesOf(request), gzip);
      if (gzip && page[0] === 0x1f && page[1] === 0x8b) headers.set("content-encoding", "gzip");
      return new Response(page, { headers });
    } finally {
      this.#waiting--;
    }
  }

  #page(
    negotiated: Negotiated,
    names: readonly string[],
    gzip: boolean,
  ): Promise<Uint8Array<ArrayBuffer>> {
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
  ): Promise<Uint8Array<ArrayBuffer>> {
    const all = await this.#freeze({ native: format === "protobuf" });
    const families = all.filter(({ head }) => names.length === 0 || isNamed(head, names));
    const chunks = format === "protobuf"
      ? await protobufChunks(families, escaping, this.#faults)
      : await textChunks(families, escaping, this.#faults, {
        openMetrics: format === "openmetrics",
        created: this.#created,
      });
    const page = concat(chunks);
    return gzip && page.length >= MIN_GZIP_BYTES ? await compress(page) : page;
  }
}

/** Makes samples and writes them slice by slice, and lets other work run in between. */
async function textChunks(
  families: readonly Frozen[],
  escaping: Escaping,
  faults: Faults,
  options: { readonly openMetrics: boolean; readonly created: boolean },
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const pause = new Pause();
  let text = "";
  for (const family of families) {
    for (let start = 0; start === 0 || start < family.length; start += SLICE) {
      const slice = faults.guard("collector", () => writeSlice(family, start, escaping, options));
      // A collector's family that can't be written ends here, the others go on.
      if (slice === undefined) break;
      text += slice;
      if (text.length < MIN_CHUNK) continue;
      chunks.push(utf8.encode(text));
      text = "";
      if (pause.isDue) await pause.take();
    }
  }
  chunks.push(utf8.encode(options.openMetrics ? text + END : text));
  return chunks;
}

function writeSlice(
  frozen: Frozen,
  start: number,
  escaping: Escaping,
  options: { readonly openMetrics: boolean; readonly created: boolean },
): string {
  const length = Math.min(SLICE, frozen.length - start);
  const family = escapeFamily(thawSlice(frozen, start, start + length), escaping);
  if (options.openMetrics) {
    return (start === 0 ? openMetricsHeader(family) : "") +
      openMetricsSamples(family, 0, length, options);
  }
  return (start === 0 ? textHeader(family) : "") + textSamples(family, 0, length);
}

async function protobufChunks(
  families: readonly Frozen[],
  escaping: Escaping,
  faults: Faults,
): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  const pause = new Pause();
  for (const frozen of families) {
    const family = await thaw(frozen, pause);
    const chunk = faults.guard("collector", () => {
      const writer = new ProtoWriter(4096);
      writeFamily(writer, escapeFamily(family, escaping));
      return writer.finish();
    });
    if (chunk !== undefined) chunks.push(chunk);
    if (pause.isDue) await pause.take();
  }
  return chunks;
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

function acceptsGzip(accepted: string | null): boolean {
  return accepted !== null &&
    /(?:^|,)\s*(?:gzip|\*)\s*(?:;(?!\s*q=0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/i
      .test(accepted.slice(0, 1024));
}

function concat(chunks: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(chunks.reduce((length, chunk) => length + chunk.length, 0));
  let offset = 0;
  for (const chunk of chunks) {
    whole.set(chunk, offset);
    offset += chunk.length;
  }
  return whole;
}
