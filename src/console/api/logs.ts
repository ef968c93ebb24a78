/**
 * The lines of the log: as JSON Lines from a number on, or what a question finds among them.
 *
 * @module
 */
import { Pause } from "../../core/pause.ts";
import { plain } from "../../core/plain/plain.ts";
import type { Clock } from "../../core/clock.ts";
import { match } from "../../events/ask/match.ts";
import { parse } from "../../events/question/parse.ts";
import type { Question } from "../../events/question/question.ts";
import { askInSlices } from "../../events/slices.ts";
import { Frame, type Steps } from "../../events/store/frame.ts";
import { Rows } from "../../events/store/rows.ts";
import { inSlices } from "../../events/turns.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { RecordRing } from "../../log/record/ring.ts";
import { asked } from "./ask.ts";
import { Drain, type Pattern } from "../line/drain.ts";
import { rowOfLine } from "../line/row.ts";
import { BadRequest, Parameters } from "../wire/parameters.ts";
import { reply } from "../wire/reply.ts";
import type { LogLine, LogsHead } from "./shapes.ts";

/** The part of the ring that is read. */
export type Lines = Pick<RecordRing, "first" | "next" | "at">;

/** About how much is encoded at once, in UTF-16 units. */
const CHUNK = 32_768;
/** How long encoding may hold the event loop. */
const HOLD_MS = 3;
/** Lines of which rows are made at once, and lines that one question is about: the newest. */
const PART = 512, MAX_LINES = 65_536;
/** What rows of lines may occupy while a question is answered. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What answers are made of. */
export interface LogsSource {
  readonly ring: Lines;
  readonly clock: Clock;
  /** A name of this process. */
  readonly run: string;
  /** The path of the console. */
  readonly base: string;
}

/** Answers `api/logs?q=&limit=` about all lines, and `api/logs?since=&limit=&q=` from a number on. */
export class Logs {
  readonly #source: LogsSource;
  /** Questions are answered one by one: each has rows of all lines. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(source: LogsSource) {
    this.#source = source;
  }

  answer(request: Request): Response | Promise<Response> {
    const given = new Parameters(request, ["q", "since", "limit"]);
    const question = given.question(), since = given.whole("since", 0, Number.MAX_SAFE_INTEGER);
    if (question === undefined || since !== undefined) {
      const limit = given.whole("limit", 1, Number.MAX_SAFE_INTEGER) ?? Infinity;
      return this.#lines(since ?? 0, limit, question === undefined ? undefined : terms(question));
    }
    const parsed = parse(question), limit = given.whole("limit", 1, 1000);
    const { ring, clock, base } = this.#source;
    const answer = this.#last.then(async () => {
      const frame = await inSlices(frameOf(ring, ring.next - MAX_LINES, ring.next));
      const found = await askInSlices(frame, parsed, { limit, now: clock.now() });
      return asked(found, `${base}api/logs?since=0`, request);
    });
    this.#last = answer.catch(() => {});
    return answer;
  }

  #lines(since: number, limit: number, question: Question | undefined): Response {
    const { ring, run, clock } = this.#source;
    // A number that has not come yet is of an earlier process: such a reader gets everything.
    const from = since > ring.next ? 0 : since, first = Math.max(from, ring.first);
    const next = Math.min(first + limit, ring.next);
    const head: LogsHead = { run, first, next, lost: first - from };
    const encoder = new TextEncoder(), pause = new Pause(undefined, undefined, HOLD_MS);
    const oldestMs = question?.lastMs === undefined ? -Infinity : clock.now() - question.lastMs;
    let number = first, text = JSON.stringify(head) + "\n";
    const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
      async pull(controller) {
        while (number < next && text.length < CHUNK) {
          if (pause.isDue) await pause.take();
          const end = Math.min(number + PART, next);
          const frame = question && await inSlices(frameOf(ring, number, end));
          const mask = frame && await inSlices(match(frame, question!.where));
          const chosen = new Set<number>();
          for (let i = 0; i < (mask?.length ?? 0); i++) {
            if (mask![i] === 1) chosen.add(frame!.numberOf(i));
          }
          for (; number < end && text.length < CHUNK; number++) {
            const record = ring.at(number);
            if (record === undefined || record.timeMs < oldestMs) continue;
            if (mask !== undefined && !chosen.has(number)) continue;
            text += JSON.stringify({ number, fields: lineOf(record) }) + "\n";
          }
        }
        controller.enqueue(encoder.encode(text));
        text = "";
        if (number >= next) controller.close();
      },
    }, { highWaterMark: 0 });
    return reply(body, "application/x-ndjson; charset=utf-8");
  }
}

/** A question that chooses lines, and nothing else. */
function terms(text: string): Question {
  const question = parse(text), { by, show, everyMs, why, sort, top } = question;
  const isMore = by.length > 0 || show.length > 0 ||
    [everyMs, why, sort, top].some((clause) => clause !== undefined);
  if (!isMore) return question;
  throw new BadRequest("q must have terms and last alone where since is given");
}

/** Lines as rows, under their numbers. */
function* frameOf(ring: Lines, from: number, to: number): Steps<Frame> {
  const first = Math.max(from, ring.first), numbers: number[] = [];
  const rows = new Rows(
    { maxRows: Math.max(1, Math.min(MAX_LINES, to - first)), maxBytes: MAX_BYTES, maxFields: 1024 },
    () => 0,
  );
  const patterns = yield* patternsOf(ring, to);
  for (let number = first; number < to; number++) {
    const record = ring.at(number);
    if (record === undefined) continue;
    rows.add({ ...rowOfLine(lineOf(record)), pattern: patterns.get(number)?.text });
    numbers.push(number);
    if (numbers.length % PART === 0) yield;
  }
  // Rows of large texts may have driven out the oldest.
  return Frame.of(rows).renumbered(numbers.slice(numbers.length - (rows.next - rows.first)));
}

/** The patterns of lines as the page has them: a line is one of its pattern by all lines that are held. */
function* patternsOf(ring: Lines, to: number): Steps<ReadonlyMap<number, Pattern>> {
  const drain = new Drain(), found = new Map<number, Pattern>();
  for (let number = Math.max(ring.first, to - MAX_LINES); number < to; number++) {
    const record = ring.at(number);
    if (record !== undefined) found.set(number, drain.add(record.message));
    if (found.size % PART === 0) yield;
  }
  return found;
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
