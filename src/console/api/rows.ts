/**
 * The rows as JSON Lines, from a number on.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import type { Rows } from "../../events/store/rows.ts";
import { acceptsGzip } from "../../metrics/page/negotiate.ts";
import { Parameters } from "../wire/parameters.ts";
import { reply } from "../wire/reply.ts";
import type { RowLine, RowsHead } from "./shapes.ts";

/** About how much is encoded at once, in UTF-16 units. */
const CHUNK = 32_768;
/** How long encoding may hold the event loop. */
const HOLD_MS = 3;
/** As many as a store can hold. */
const MAX_ROWS = 65_536;

/**
 * Answers `api/rows?since=&limit=`.
 *
 * @param missing in a cluster, who did not answer: the first line says it
 */
export function answerRows(
  events: Rows,
  run: string,
  request: Request,
  missing?: readonly string[],
): Response {
  const parameters = new Parameters(request, ["since", "limit"]);
  const since = parameters.whole("since", 0, Number.MAX_SAFE_INTEGER) ?? 0;
  const limit = parameters.whole("limit", 1, MAX_ROWS) ?? MAX_ROWS;
  const head = { ...headOf(events, run, since, limit), missing };
  const body = linesOf(events, head);
  const type = "application/x-ndjson; charset=utf-8", headers = { vary: "accept-encoding" };
  if (!acceptsGzip(request.headers.get("accept-encoding"))) return reply(body, type, { headers });
  const packed = body.pipeThrough(new CompressionStream("gzip"));
  return reply(packed, type, { headers: { ...headers, "content-encoding": "gzip" } });
}

/** A number that has not come yet is of an earlier process: such a reader gets everything. */
function headOf(events: Rows, run: string, since: number, limit: number): RowsHead {
  const from = since > events.next ? 0 : since;
  const first = Math.max(from, events.first);
  return { run, first, next: Math.min(first + limit, events.next), lost: first - from };
}

/**
 * The lines, made when they are read: a reader that stalls keeps nothing but its place. Rows that leave
 * the store meanwhile are counted in a line.
 */
function linesOf(events: Rows, head: RowsHead): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder(), pause = new Pause(undefined, undefined, HOLD_MS);
  let number = head.first, text = JSON.stringify(head) + "\n";
  return new ReadableStream({
    async pull(controller) {
      if (pause.isDue) await pause.take();
      while (number < head.next && text.length < CHUNK) {
        if (number < events.first) {
          const first = Math.min(events.first, head.next);
          text += JSON.stringify({ lost: first - number } satisfies RowLine) + "\n";
          number = first;
          continue;
        }
        const fields = events.row(number)!;
        text += JSON.stringify({ number: number++, fields } satisfies RowLine) + "\n";
      }
      controller.enqueue(encoder.encode(text));
      text = "";
      if (number >= head.next) controller.close();
    },
  }, { highWaterMark: 0 });
}
