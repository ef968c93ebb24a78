/**
 * Everything that is kept, as one file that the page opens again.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import { lineOf } from "./logs.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import type { ConsoleParts } from "./parts.ts";
import { reply } from "../wire/reply.ts";
import type { OverviewReply, SessionLine } from "./shapes.ts";

/** About how much is encoded at once, in UTF-16 units. */
const CHUNK = 32_768;
/** How long encoding may hold the event loop. */
const HOLD_MS = 3;

/** Answers `api/session?format=`: with `spans` the spans alone, as text. */
export function answerSession(
  parts: ConsoleParts,
  state: OverviewReply,
  request: Request,
): Response {
  const format = new Parameters(request, ["format"]).text("format");
  if (format !== undefined && format !== "spans") throw new BadRequest("format must be spans");
  const lines = format === "spans"
    ? spansOf(parts)
    : linesOf(parts, state, parts.others?.spans ?? []);
  const encoder = new TextEncoder();
  const pause = new Pause(undefined, undefined, HOLD_MS);
  // Lines are made when they are read: a reader that stalls keeps nothing but its place.
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      if (pause.isDue) await pause.take();
      let text = "";
      while (text.length < CHUNK) {
        const { done, value } = lines.next();
        if (done) break;
        text += (typeof value === "string" ? value : JSON.stringify(value)) + "\n";
      }
      if (text === "") controller.close();
      else controller.enqueue(encoder.encode(text));
    },
  }, { highWaterMark: 0 });
  if (format === "spans") return reply(body, "application/x-ndjson; charset=utf-8");
  const time = new Date(state.timeMs).toISOString().slice(0, 19).replaceAll(":", "");
  return reply(body.pipeThrough(new CompressionStream("gzip")), "application/gzip", {
    headers: { "content-disposition": `attachment; filename="session-${time}.jsonl.gz"` },
  });
}

/** What comes after the request is left out, and what leaves the stores before it is read. */
function* linesOf(
  parts: ConsoleParts,
  state: OverviewReply,
  others: readonly string[],
): Generator<SessionLine | string, undefined> {
  const { events, ring } = parts;
  const lastRow = events?.next ?? 0, lastLine = ring.next;
  yield { kind: "head", format: "telltale-session", version: 1, state };
  for (let i = events?.first ?? 0; i < lastRow; i++) {
    const fields = events!.row(i);
    if (fields !== undefined) yield { kind: "row", fields };
  }
  for (let i = ring.first; i < lastLine; i++) {
    const record = ring.at(i);
    if (record !== undefined) yield { kind: "log", line: lineOf(record) };
  }
  yield* spansOf(parts);
  yield* others;
}

function* spansOf({ finished }: ConsoleParts): Generator<SessionLine, undefined> {
  for (const span of finished) yield { kind: "span", span };
}
