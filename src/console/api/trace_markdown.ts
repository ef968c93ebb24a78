/**
 * A trace as a text to read: its request, its spans as a tree, its lines.
 *
 * @module
 */
import type { SpanRecord } from "../../trace/span/record.ts";
import { noteOf, type WholeTrace } from "./cut_trace.ts";
import { cell, code, tableLine, timeText } from "../wire/markdown.ts";
import { bytesOf, MAX_ANSWER_BYTES } from "../wire/reply.ts";

/** Room for what is said at the end. */
const NOTE_BYTES = 1024;
/** Bytes of fields and of spans; the rest is for lines. */
const FIELDS_BYTES = 3072, SPANS_BYTES = 8192;
const MAX_DEPTH = 40;
/** Profiles that are named. */
const MAX_PROFILES = 3;

/** A trace as Markdown of at most 16 KB. */
export function traceMarkdown(whole: WholeTrace, base: string): string {
  const { trace, row, spans, lines, profiles = [] } = whole;
  const startMs = spans[0]?.startTimeMs ?? 0;
  const fields = Object.entries(row?.fields ?? {})
    .map(([name, value]) =>
      `${code(name)} ${name === "time" ? timeText(Number(value)) : cell(value)}`
    );
  const tree = treeOf(spans).map(({ span, depth }) =>
    tableLine([
      `${"· ".repeat(Math.min(depth, MAX_DEPTH))}${cell(span.name)}`,
      cell(span.startTimeMs - startMs),
      cell(span.durationMs),
      span.kind,
      span.status === "error"
        ? cell(span.attributes["error.type"] ?? span.statusMessage) || "error"
        : "",
    ])
  );
  const said = lines.map(({ timeMs, level, message, fields }) =>
    tableLine([cell(timeMs - startMs), cell(level), cell(message), cell(JSON.stringify(fields))])
  );
  const covering = profiles.slice(-MAX_PROFILES).map(({ id, trigger }) =>
    `Covered by a profile (${cell(trigger)}): ${code(`${base}api/profiles?id=${id}`)}\n\n`
  );
  const head = `# Trace ${code(trace)}\n\n${covering.join("")}`;
  const told = within(fields, FIELDS_BYTES), drawn = within(tree, SPANS_BYTES);
  let text = head + (told.length > 0 ? told.join(" · ") + "\n\n" : "") +
    tableLine(["span", "after ms", "ms", "kind", "failed"]) + "\n" +
    tableLine(["---", "---:", "---:", "---", "---"]) + "\n" + drawn.join("\n") + "\n";
  const shown = within(said, MAX_ANSWER_BYTES - NOTE_BYTES - bytesOf(text));
  if (shown.length > 0) {
    text += "\n" + tableLine(["after ms", "level", "message", "fields"]) + "\n" +
      tableLine(["---:", "---", "---", "---"]) + "\n" + shown.join("\n") + "\n";
  }
  const left = { spans: tree.length - drawn.length, lines: said.length - shown.length };
  const isWhole = left.spans === 0 && left.lines === 0 && told.length === fields.length;
  return isWhole ? text : `${text}\n${noteOf(whole, left, base)}\n`;
}

/** As many as fit. */
function within(lines: readonly string[], most: number): readonly string[] {
  let bytes = 0, count = 0;
  for (const line of lines) {
    bytes += bytesOf(line) + 3;
    if (bytes > most) break;
    count++;
  }
  return lines.slice(0, count);
}

/** The spans below their parents, in the order in which they began. A circle is cut where it was entered. */
function treeOf(spans: readonly SpanRecord[]): { span: SpanRecord; depth: number }[] {
  const known = new Set(spans.map(({ spanId }) => spanId)), below = new Map<string, SpanRecord[]>();
  for (const span of spans) {
    const parent = known.has(span.parentSpanId) ? span.parentSpanId : "";
    below.set(parent, [...below.get(parent) ?? [], span]);
  }
  const tree: { span: SpanRecord; depth: number }[] = [], drawn = new Set<string>();
  const draw = (parent: string, depth: number) => {
    for (const span of below.get(parent) ?? []) {
      if (drawn.has(span.spanId)) continue;
      drawn.add(span.spanId);
      tree.push({ span, depth });
      if (depth < 500) draw(span.spanId, depth + 1);
    }
  };
  draw("", 0);
  for (const span of spans) if (!drawn.has(span.spanId)) tree.push({ span, depth: 0 });
  return tree;
}
