/**
 * Writes pages slice by slice, so that a large one does not hold the event loop.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import { escapeFamily } from "../data/escape_family.ts";
import type { Family } from "../data/family.ts";
import type { LinePart } from "../data/lines.ts";
import { slice, type Snapshot } from "../data/snapshot.ts";
import { PageBytes } from "./bytes.ts";
import { writeLines } from "./lines.ts";
import type { Format, Negotiated } from "./negotiate.ts";
import { END, openMetricsHeader, openMetricsSamples } from "./openmetrics.ts";
import type { Pause } from "../../core/pause.ts";
import { protobufHeader, protobufSamples } from "./protobuf.ts";
import { textHeader, textSamples } from "./text.ts";

/** How a page is written. */
export interface PageOptions extends Pick<Negotiated, "format" | "escaping"> {
  /** Whether OpenMetrics and protobuf pages have creation times. */
  readonly created: boolean;
  /** Counts families that can't be written. */
  readonly faults: Faults;
  /** Lets other work run in between. */
  readonly pause: Pause;
}

/** The approximate size of a slice: well under a millisecond's work. */
const SLICE_BYTES = 1 << 16;
/** Samples of the first slice, by which the next is sized, and of the largest one. */
const FIRST_SLICE = 16, MAX_SLICE = 1000;
/** The least text that is encoded at once. */
const MIN_TEXT = 1 << 16;
/** To guess the size of a page: a line, the lines of most histograms, what values may become wider. */
const LINE_BYTES = 100, HISTOGRAM_LINES = 16, SPARE_BYTES = 12;

/** The page, in pieces. A family that can't be written is left out and counted. */
export async function writePage(
  snapshots: readonly Snapshot[],
  options: PageOptions,
): Promise<Uint8Array<ArrayBuffer>[]> {
  const sizeBytes = snapshots.reduce((sum, snapshot) => sum + sizeOf(snapshot), MIN_TEXT);
  const page = PAGES[options.format](options.created, sizeBytes);
  for (const snapshot of snapshots) {
    const isAsRegistered = snapshot.isLegacy || options.escaping === "allow-utf-8";
    if (isAsRegistered && snapshot.lines !== undefined && page.takesLines(snapshot.head)) {
      page.write(slice(snapshot, 0, 0), true);
      for (const part of snapshot.lines) {
        page.copy(part);
        if (options.pause.isDue) await options.pause.take();
      }
    } else {
      await writeSlices(snapshot, page, options);
      page.endFamily();
    }
  }
  return page.finish();
}

/** A guess that is rarely too low: memory that is asked for and not written costs next to nothing. */
function sizeOf({ head, length, lines }: Snapshot): number {
  if (lines === undefined) {
    return length * LINE_BYTES * (head.type === "histogram" ? HISTOGRAM_LINES : 1);
  }
  return lines.reduce((sum, { block }) => sum + block.length, length * SPARE_BYTES);
}

async function writeSlices(
  snapshot: Snapshot,
  page: Page,
  { pause, faults, escaping }: PageOptions,
): Promise<void> {
  let start = 0, length = FIRST_SLICE;
  do {
    const end = Math.min(start + length, snapshot.length);
    const sizeBytes = faults.guard("collector", () => {
      const family = slice(snapshot, start, end);
      const shown = snapshot.isLegacy ? family : escapeFamily(family, escaping);
      return page.write(shown, start === 0);
    });
    if (sizeBytes === undefined) return page.drop();
    length = Math.ceil(SLICE_BYTES * (end - start) / (sizeBytes + 1));
    length = Math.max(1, Math.min(length, MAX_SLICE));
    start = end;
    if (pause.isDue) await pause.take();
  } while (start < snapshot.length);
}

/** The page of each format; a format without one does not compile. */
const PAGES: Readonly<Record<Format, (created: boolean, sizeBytes: number) => Page>> = {
  text: (created, sizeBytes) => new TextPage(false, created, sizeBytes),
  openmetrics: (created, sizeBytes) => new TextPage(true, created, sizeBytes),
  protobuf: (created) => new ProtobufPage(created),
};

/** A page in one format. */
interface Page {
  /** Writes a slice of a family; returns its approximate size. */
  write(family: Family, isFirst: boolean): number;
  /** Whether {@linkcode Snapshot.lines} are what it would write. */
  takesLines(head: Snapshot["head"]): boolean;
  /** Writes such lines. */
  copy(part: LinePart): void;
  /** Forgets a family whose last slice could not be written, as far as the format allows. */
  drop(): void;
  endFamily(): void;
  finish(): Uint8Array<ArrayBuffer>[];
}

class TextPage implements Page {
  readonly #bytes: PageBytes;
  readonly #openMetrics: boolean;
  readonly #created: { readonly created: boolean };
  #text = "";

  constructor(openMetrics: boolean, created: boolean, sizeBytes: number) {
    this.#openMetrics = openMetrics;
    this.#created = { created };
    this.#bytes = new PageBytes(sizeBytes);
  }

  write(family: Family, isFirst: boolean): number {
    const text = this.#openMetrics
      ? (isFirst ? openMetricsHeader(family) : "") +
        openMetricsSamples(family, this.#created)
      : (isFirst ? textHeader(family) : "") + textSamples(family);
    this.#text += text;
    if (this.#text.length >= MIN_TEXT) this.#encode();
    return text.length;
  }

  takesLines({ type, name }: Snapshot["head"]): boolean {
    if (!this.#openMetrics || type === "gauge") return true;
    return name.endsWith("_total") && !this.#created.created;
  }

  copy(part: LinePart): void {
    this.#encode();
    writeLines(part, this.#bytes);
  }

  // The lines that were written stay: a family of text needs no end.
  drop(): void {}

  endFamily(): void {}

  finish(): Uint8Array<ArrayBuffer>[] {
    if (this.#openMetrics) this.#text += END;
    this.#encode();
    return this.#bytes.finish();
  }

  #encode(): void {
    this.#bytes.text(this.#text);
    this.#text = "";
  }
}

class ProtobufPage implements Page {
  readonly #chunks: Uint8Array<ArrayBuffer>[] = [];
  /** The family that is being written: its length is written first, and known last. */
  #family: Family | undefined;
  #slices: Uint8Array<ArrayBuffer>[] = [];
  #sizeBytes = 0;
  readonly #created: { readonly created: boolean };

  constructor(created: boolean) {
    this.#created = { created };
  }

  write(family: Family): number {
    const slice = protobufSamples(family, this.#created);
    this.#family ??= family;
    this.#slices.push(slice);
    this.#sizeBytes += slice.length;
    return slice.length;
  }

  takesLines(): boolean {
    return false;
  }

  copy(): void {}

  drop(): void {
    this.#family = undefined;
    this.#slices = [];
    this.#sizeBytes = 0;
  }

  endFamily(): void {
    if (this.#family === undefined) return;
    this.#chunks.push(protobufHeader(this.#family, this.#sizeBytes));
    for (const slice of this.#slices) this.#chunks.push(slice);
    this.drop();
  }

  finish(): Uint8Array<ArrayBuffer>[] {
    return this.#chunks;
  }
}
