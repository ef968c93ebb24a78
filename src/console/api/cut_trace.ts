/**
 * A trace cut to what an agent reads whole.
 *
 * @module
 */
import { clip } from "../../core/text.ts";
import { bytesOf, MAX_ANSWER_BYTES } from "../wire/reply.ts";
import type { TraceReply } from "./shapes.ts";

/** A trace with all that is held of it. */
export type WholeTrace = Pick<TraceReply, "trace" | "row" | "spans" | "lines" | "profiles">;

/** Room for `leftOff`, and for what surrounds the lists. */
const NOTE_BYTES = 1024;
/** Longest text where the whole is too long, in UTF-16 units. */
const MAX_TEXT = 256;
/** The part of the answer that spans may take before lines do. */
const SPANS_SHARE = 3 / 4;

/** A trace in at most 16 KB of JSON. */
export function cutTrace(whole: WholeTrace, base: string): TraceReply {
  if (bytesOf(JSON.stringify(whole)) + NOTE_BYTES <= MAX_ANSWER_BYTES) return { ...whole, left: 0 };
  const short: WholeTrace = JSON.parse(
    JSON.stringify(whole, (_, value) => typeof value === "string" ? clip(value, MAX_TEXT) : value),
  );
  const most = MAX_ANSWER_BYTES - NOTE_BYTES;
  const row = bytesOf(JSON.stringify(short.row) ?? "") <= most / 4 ? short.row : undefined;
  const own = bytesOf(JSON.stringify(row) ?? "");
  const spans = fitting(short.spans, (most - own) * SPANS_SHARE, (span) => ({
    ...span,
    attributes: {},
    events: [],
    links: [],
  }));
  const rest = most - own - bytesOf(JSON.stringify(spans));
  const lines = fitting(short.lines, rest, (line) => ({ ...line, fields: {} }));
  const left = whole.spans.length - spans.length, missing = whole.lines.length - lines.length;
  const leftOff = noteOf(whole, { spans: left, lines: missing, after: spans.at(-1)?.spanId }, base);
  return { trace: whole.trace, row, spans, lines, left, leftOff, profiles: whole.profiles };
}

/** What is left off, and how to get it. */
export function noteOf(
  { trace }: WholeTrace,
  left: { readonly spans: number; readonly lines: number; readonly after?: string | undefined },
  base: string,
): string {
  const path = `${base}api/traces/${trace}`;
  return "Long texts and details are cut: an answer has at most 16 KB." +
    (left.spans > 0 ? ` ${left.spans} more spans: ${path}?after=${left.after ?? ""}.` : "") +
    (left.lines > 0 ? ` ${left.lines} more lines: ${base}api/logs?q=trace:${trace}.` : "") +
    ` All in one answer: ${path}?limit=2000.`;
}

/** As many as fit; one that alone takes a quarter, without its details. */
function fitting<Item>(
  items: readonly Item[],
  most: number,
  bare: (item: Item) => Item,
): readonly Item[] {
  const kept: Item[] = [];
  let left = most;
  for (const item of items) {
    const isLarge = bytesOf(JSON.stringify(item)) > most / 4, told = isLarge ? bare(item) : item;
    left -= bytesOf(JSON.stringify(told)) + 1;
    if (left < 0) break;
    kept.push(told);
  }
  return kept;
}
