/**
 * Traces as trees of text.
 *
 * @module
 */
import type { LogRecord } from "../../log/record/record.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import type { Scope } from "./scope.ts";
import { fieldsText, lineText, valueText } from "./words.ts";

/**
 * Lines have another clock than spans, in whole milliseconds: by so much they may seem to be later than what
 * came after them.
 */
const OTHER_CLOCK_MS = 2;

/** A span, what is beneath it, and the lines that were written in it. */
export interface SpanNode {
  readonly span: SpanRecord;
  readonly children: readonly SpanNode[];
  readonly lines: readonly LogRecord[];
}

/** The spans of a scope as trees: a span whose parent is not there is a root. In order of their start. */
export function spanForest(
  { spans, lines }: Pick<Scope, "spans" | "lines">,
  traces?: ReadonlySet<string>,
): SpanNode[] {
  const wanted = spans.filter(({ traceId }) => traces?.has(traceId) ?? true);
  const ids = new Set(wanted.map(({ spanId }) => spanId));
  const under = (span: SpanRecord, depth: number): SpanNode => ({
    span,
    children: depth > 200
      ? []
      : ordered(wanted.filter(({ parentSpanId }) => parentSpanId === span.spanId))
        .map((child) => under(child, depth + 1)),
    lines: lines.filter(({ spanId }) => spanId === span.spanId),
  });
  return ordered(wanted.filter(({ parentSpanId }) => !ids.has(parentSpanId)))
    .map((root) => under(root, 0));
}

/** By start; spans that start in the same instant stay in the order in which they ended. */
function ordered(spans: readonly SpanRecord[]): SpanRecord[] {
  return [...spans].sort((a, b) => a.startTimeMs - b.startTimeMs);
}

/** Trees of spans, with their log lines and events. */
export function traceTree(scope: Scope, traces?: ReadonlySet<string>): string {
  const roots = spanForest(scope, traces);
  if (roots.length === 0) return "(no spans)";
  return roots.map((root) => treeLines(root, scope.order).join("\n")).join("\n\n");
}

/** What stands under a span. */
interface Part {
  readonly timeMs: number;
  /** When it was kept, in the order of all that was; undefined for events, which their span keeps. */
  readonly ended: number | undefined;
}

/** Whether a part comes after a line that was written at this place of the order, and seems this late at least. */
function isAfter({ timeMs, ended = Infinity }: Part, written: number, seemsMs: number): boolean {
  return ended > written && timeMs >= seemsMs;
}

function treeLines({ span, children, lines }: SpanNode, order: Scope["order"]): string[] {
  const inner = [
    ...span.events.map(({ name, attributes, timeMs }) => ({
      timeMs,
      ended: undefined,
      texts: [`* ${name}  ${fieldsText(withoutStack(attributes))}`.trimEnd()],
    })),
    ...children.map((child) => ({
      timeMs: child.span.startTimeMs,
      ended: order.get(child.span),
      texts: treeLines(child, order),
    })),
  ].sort((a, b) => a.timeMs - b.timeMs);
  let from = 0;
  for (const line of lines) {
    const written = order.get(line) ?? Infinity, seemsMs = line.timeMs - OTHER_CLOCK_MS;
    while (from < inner.length && !isAfter(inner[from]!, written, seemsMs)) from++;
    inner.splice(from++, 0, {
      timeMs: line.timeMs,
      ended: written,
      texts: [`- ${lineText(line)}`],
    });
  }
  const texts = inner.flatMap(({ texts }, i) => {
    const [first, rest] = i === inner.length - 1 ? ["└─ ", "   "] : ["├─ ", "│  "];
    return texts.map((text, at) => (at === 0 ? first : rest) + text);
  });
  return [headOf(span), ...texts];
}

function headOf({ name, kind, status, statusMessage, durationMs }: SpanRecord): string {
  const role = kind === "internal" ? "" : `  ${kind}`;
  const outcome = status === "unset" ? "" : `  ${status}`;
  const why = statusMessage === "" ? "" : `: ${valueText(statusMessage)}`;
  return `${name}${role}  ${Math.round(durationMs * 100) / 100} ms${outcome}${why}`;
}

/** A stack has many lines, and says where the test stands. */
function withoutStack(attributes: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { "exception.stacktrace": _, ...rest } = attributes;
  return rest;
}
