/**
 * The spans of a trace as a tree, in the order in which they are drawn.
 *
 * @module
 */
import type { WireSpan } from "./wire.ts";

/** A line of the waterfall: a span, or equal spans one after the other. */
export interface Bar {
  /** The span; of equal ones, the first. */
  readonly span: WireSpan;
  /** All that this line stands for. */
  readonly spans: readonly WireSpan[];
  readonly depth: number;
  /** Spans below it. */
  readonly below: number;
  readonly isFolded: boolean;
  /** The line that it hangs below; -1 for none. */
  readonly parent: number;
}

/** Equal leaves beside each other become one line from so many on. */
const FOLD = 4;
/** A trace may hold a circle, from a service that is wrong. */
const MAX_DEPTH = 100;

/** The lines that are drawn. `folded` are spans whose children are not shown; `opened` are runs that are. */
export function barsOf(
  spans: readonly WireSpan[],
  folded: ReadonlySet<string>,
  opened: ReadonlySet<string>,
): Bar[] {
  const known = new Set(spans.map(({ spanId }) => spanId)),
    children = new Map<string, WireSpan[]>();
  for (const span of [...spans].sort((a, b) => a.startTimeMs - b.startTimeMs)) {
    const { parentSpanId: parent, spanId } = span;
    const under = known.has(parent) && parent !== spanId ? parent : "";
    const list = children.get(under);
    if (list === undefined) children.set(under, [span]);
    else list.push(span);
  }
  const bars: Bar[] = [];
  const draw = (list: readonly WireSpan[], depth: number, parent: number): void => {
    let openedTo = 0;
    for (let i = 0; i < list.length; i++) {
      const span = list[i]!, run = i < openedTo ? [] : runFrom(list, i, children);
      if (run.length >= FOLD && opened.has(span.spanId)) openedTo = i + run.length;
      else if (run.length >= FOLD) {
        bars.push({ span, spans: run, depth, below: run.length, isFolded: true, parent });
        i += run.length - 1;
        continue;
      }
      const below = children.get(span.spanId) ?? [], isFolded = folded.has(span.spanId);
      bars.push({ span, spans: [span], depth, below: below.length, isFolded, parent });
      if (!isFolded && depth < MAX_DEPTH) draw(below, depth + 1, bars.length - 1);
    }
  };
  draw(children.get("") ?? [], 0, -1);
  // In a circle nobody is below a root: what was not reached is shown beside the rest.
  if (bars.length === 0) { for (const span of spans) draw([span], 0, -1); }
  return bars;
}

/** Equal leaves from here on. */
function runFrom(
  list: readonly WireSpan[],
  from: number,
  children: ReadonlyMap<string, readonly WireSpan[]>,
): readonly WireSpan[] {
  const first = list[from]!;
  let end = from;
  while (
    end < list.length && list[end]!.name === first.name && list[end]!.kind === first.kind &&
    !children.has(list[end]!.spanId)
  ) end++;
  return list.slice(from, end);
}

/** What a span does, for its colour. */
export function roleOf({ kind, attributes }: WireSpan): "db" | "client" | "server" | "internal" {
  if (attributes["db.system.name"] !== undefined || attributes["db.system"] !== undefined) {
    return "db";
  }
  if (kind === "client" || kind === "producer") return "client";
  return kind === "server" || kind === "consumer" ? "server" : "internal";
}

/** A few words more than the name. */
export function detailOf(span: WireSpan): string {
  const of = (name: string) => {
    const value = span.attributes[name];
    return value === undefined ? "" : String(value);
  };
  if (span.status === "error") return of("error.type") || span.statusMessage;
  return of("db.namespace") || of("http.response.status_code") || of("server.address");
}
