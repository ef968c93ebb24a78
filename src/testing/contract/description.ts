/**
 * What a service emits, for review.
 *
 * @module
 */
import type { Row } from "../../events/store/rows.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import { isNoted, shapeOf } from "./shape.ts";

/** A metric of a contract. */
export interface DescribedMetric {
  /** The name as registered. */
  readonly name: string;
  /** Its type. */
  readonly type: string;
  /** Its base unit; empty without one. */
  readonly unit: string;
  /** Its label names, sorted; those of series that were seen. */
  readonly labels: readonly string[];
  /** Its help text. */
  readonly help: string;
}

/** Spans of one name and kind. */
export interface DescribedSpan {
  /** The name; numbers in it are `#`. */
  readonly name: string;
  /** The role of the operation. */
  readonly kind: string;
  /** The names of the spans they were seen under; empty for roots alone. */
  readonly under: readonly string[];
  /** The attributes that were seen, sorted. */
  readonly attributes: readonly string[];
  /** The events that were seen, sorted. */
  readonly events: readonly string[];
}

/** Rows of one kind. */
export interface DescribedEvent {
  /** `POST /orders` for requests, the name of a job for jobs. */
  readonly name: string;
  /** The application's own fields that were seen, sorted. */
  readonly fields: readonly string[];
}

/** Log lines of one message. */
export interface DescribedLine {
  /** The message; numbers in it are `#`. */
  readonly message: string;
  /** The levels that were seen, sorted. */
  readonly levels: readonly string[];
  /** The fields that were seen, sorted. */
  readonly fields: readonly string[];
}

/** What was recorded. */
export interface Recorded {
  readonly title: string;
  readonly families: readonly Family[];
  readonly spans: readonly SpanRecord[];
  readonly rows: readonly Row[];
  readonly lines: readonly LogRecord[];
}

/** The telemetry of a service: the same for the same work, on any runtime. `JSON.stringify` takes it as it is. */
export class TelemetryContract {
  /** The title of the document. */
  readonly title: string;
  /** Metrics of instruments, sorted by name. */
  readonly metrics: readonly DescribedMetric[];
  /** Spans by name and kind, sorted. */
  readonly spans: readonly DescribedSpan[];
  /** Rows by route or job, sorted. */
  readonly events: readonly DescribedEvent[];
  /** Log lines by message, sorted. */
  readonly lines: readonly DescribedLine[];

  /** Prefer `describe`. */
  constructor({ title, families, spans, rows, lines }: Recorded) {
    this.title = title;
    this.metrics = families.map(metricOf).sort(byName);
    this.spans = spansOf(spans);
    this.events = grouped(rows, nameOfRow, (name, group) => ({
      name,
      fields: namesOf(group).filter(isNoted),
    }));
    this.lines = grouped(lines, ({ message }) => shapeOf(message), (message, group) => ({
      message,
      levels: sorted(group.map(({ level }) => level)),
      fields: namesOf(group.map(({ fields }) => fields)),
    }));
  }

  /** The contract as a document: a table for each kind of telemetry. */
  markdown(): string {
    const { metrics, spans, events, lines } = this;
    return [
      `# Telemetry of ${this.title}\n`,
      "## Metrics\n",
      table(
        ["metric", "type", "labels", "help"],
        metrics.map(({ name, type, labels, help }) => [
          code(name),
          type,
          codes(labels),
          help,
        ]),
      ),
      "## Spans\n",
      table(
        ["span", "kind", "under", "attributes", "events"],
        spans.map((span) => [
          code(span.name),
          span.kind,
          codes(span.under),
          codes(span.attributes),
          codes(span.events),
        ]),
      ),
      "## Events\n",
      table(["event", "fields"], events.map(({ name, fields }) => [code(name), codes(fields)])),
      "## Log lines\n",
      table(
        ["message", "level", "fields"],
        lines.map(({ message, levels, fields }) => [
          code(message),
          levels.join(", "),
          codes(fields),
        ]),
      ),
    ].join("\n");
  }
}

function metricOf({ name, type, unit = "", help, samples }: Family): DescribedMetric {
  const labels = sorted(samples.flatMap((sample) => [...sample.labels.names]));
  return { name, type, unit, labels, help };
}

function spansOf(spans: readonly SpanRecord[]): DescribedSpan[] {
  const names = new Map(spans.map(({ spanId, name }) => [spanId, shapeOf(name)]));
  return grouped(spans, ({ name, kind }) => `${shapeOf(name)}\n${kind}`, (key, group) => {
    const [name, kind] = key.split("\n") as [string, string];
    return {
      name,
      kind,
      under: sorted(group.flatMap(({ parentSpanId }) => names.get(parentSpanId) ?? [])),
      attributes: namesOf(group.map(({ attributes }) => attributes)),
      events: sorted(group.flatMap(({ events }) => events.map((event) => shapeOf(event.name)))),
    };
  });
}

function nameOfRow({ job, method, route }: Row): string {
  return shapeOf(String(job ?? `${method} ${route}`));
}

function grouped<T, G>(
  items: readonly T[],
  keyOf: (item: T) => string,
  make: (key: string, group: readonly T[]) => G,
): G[] {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const key = keyOf(item), group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return sorted([...groups.keys()]).map((key) => make(key, groups.get(key)!));
}

function namesOf(items: readonly object[]): string[] {
  return sorted(items.flatMap((item) => Object.keys(item)));
}

/** By code unit, each once: by locale, it would differ between machines. */
function sorted(names: readonly string[]): string[] {
  return [...new Set(names)].sort();
}

function byName(a: { readonly name: string }, b: { readonly name: string }): number {
  return a.name < b.name ? -1 : 1;
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  if (rows.length === 0) return "None.\n";
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|").replace(/\s+/g, " ")).join(" | ")} |\n`;
  return line(head) + line(head.map(() => "---")) + rows.map(line).join("");
}

function code(text: string): string {
  return text.includes("`") ? text : `\`${text}\``;
}

function codes(texts: readonly string[]): string {
  return texts.map(code).join(" ");
}
