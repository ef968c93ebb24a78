/**
 * The lines of the log as JSON Lines, from a number on.
 *
 * @module
 */
import { plain } from "../../core/plain/plain.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { RecordRing } from "../../log/record/ring.ts";
import { Parameters } from "./parameters.ts";
import { reply } from "./reply.ts";
import type { LogLine, LogsHead } from "./shapes.ts";

/** The part of the ring that is read. */
export type Lines = Pick<RecordRing, "first" | "next" | "at">;

/** About how much is encoded at once, in UTF-16 units. */
const CHUNK = 32_768;

/** Answers `api/logs?since=`. */
export function answerLogs(ring: Lines, run: string, request: Request): Response {
  const given = new Parameters(request, ["since"]);
  const since = given.whole("since", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  // A number that has not come yet is of an earlier process: such a reader gets everything.
  const from = since > ring.next ? 0 : since, first = Math.max(from, ring.first);
  const head: LogsHead = { run, first, next: ring.next, lost: first - from };
  const encoder = new TextEncoder();
  let number = first, text = JSON.stringify(head) + "\n";
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    pull(controller) {
      for (; number < head.next && text.length < CHUNK; number++) {
        const record = ring.at(number);
        if (record !== undefined) {
          text += JSON.stringify({ number, fields: lineOf(record) }) + "\n";
        }
      }
      controller.enqueue(encoder.encode(text));
      text = "";
      if (number >= head.next) controller.close();
    },
  }, { highWaterMark: 0 });
  return reply(body, "application/x-ndjson; charset=utf-8");
}

/** A record as the page gets it; what JSON can't hold is text. */
export function lineOf(record: LogRecord): LogLine {
  const { timeMs, level, severity, message, category, traceId, spanId, fields } = record;
  return {
    timeMs,
    level,
    severity,
    message,
    category,
    traceId,
    spanId,
    fields: plain(fields) as LogLine["fields"],
  };
}
