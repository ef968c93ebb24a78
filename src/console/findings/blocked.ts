/**
 * Requests that block the event loop for all others.
 *
 * @module
 */
import { printName, printValue } from "../../events/question/print.ts";
import type { Steps } from "../../events/store/frame.ts";
import type { Weighed } from "./finding.ts";
import type { RowsNow } from "./rows.ts";
import { duration, named } from "./words.ts";

/** Others notice a block that is longer. */
const LEAST_MS = 50;
/** Blocks of one route that are no accident, and its share of all blocks. */
const LEAST = 3, SHARE = 0.8;

/** The route or job whose synchronous work holds the event loop. */
export function* blocked(rows: RowsNow): Steps<Weighed[]> {
  const sync = rows.numbers("sync.ms"), loop = rows.numbers("loop.ms");
  let blocks = 0;
  for (const ms of sync) if (ms >= LEAST_MS) blocks++;
  if (blocks < LEAST) return [];
  const found: Weighed[] = [];
  for (const field of ["route", "job"]) {
    for (const { value, rows: all } of yield* rows.by(field)) {
      const mine = all.filter((row) => sync[row]! >= LEAST_MS);
      if (mine.length < LEAST || mine.length < SHARE * blocks) continue;
      const longest = mine.reduce((most, row) => sync[row]! > sync[most]! ? row : most, mine[0]!);
      let waited = 0;
      for (let row = 0; row < loop.length; row++) {
        if (loop[row]! >= LEAST_MS && !(sync[row]! >= LEAST_MS)) waited++;
      }
      found.push({
        kind: "blocked",
        severity: "suffering",
        subject: value,
        title: `${named(value)} blocks the event loop for up to ${duration(sync[longest]!)}: ` +
          `${waited} other requests waited`,
        sinceMs: rows.times[mine[0]!]!,
        figures: [
          { name: "sync.ms, longest", value: sync[longest]! },
          { name: "blocks", value: mine.length },
          { name: "requests that waited", value: waited },
        ],
        causes: [`${printName(field)}=${printValue(value)}`],
        evidence: [
          `${mine.length} of the ${blocks} blocks of ${LEAST_MS} ms and more are its own.`,
        ],
        question: `loop.ms>=${LEAST_MS} why sync.ms>=${LEAST_MS}`,
        trace: rows.text("trace", longest),
        share: (mine.length + waited) / rows.frame.count,
      });
    }
  }
  return found;
}
