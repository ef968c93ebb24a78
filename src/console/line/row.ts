/**
 * Lines of the log as rows, so that the same questions can be asked of them.
 *
 * @module
 */
/** Fields of a row that are not fields of its line. */
export const OWN_FIELDS: ReadonlySet<string> = new Set(
  ["time", "level", "message", "pattern", "category", "trace", "span"],
);

/** What a line is made a row of; no type of the service, which the page can't have. */
interface Line {
  readonly timeMs: number;
  readonly level: string;
  readonly message: string;
  readonly category: string;
  readonly traceId: string;
  readonly spanId: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A line as a row. A field of the line that has one of our names gets `field.` before it. */
export function rowOfLine(line: Line): Record<string, unknown> {
  const row: Record<string, unknown> = {
    time: line.timeMs,
    level: line.level,
    message: line.message,
    category: line.category || undefined,
    trace: line.traceId || undefined,
    span: line.spanId || undefined,
  };
  for (const [name, value] of Object.entries(line.fields ?? {})) {
    flatten(row, OWN_FIELDS.has(name) ? `field.${name}` : name, value, 0);
  }
  return row;
}

const MAX_DEPTH = 3;

function flatten(row: Record<string, unknown>, name: string, value: unknown, depth: number): void {
  if (value === null || value === undefined) return;
  if (typeof value !== "object") {
    Object.defineProperty(row, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else if (Array.isArray(value) || depth === MAX_DEPTH) row[name] = JSON.stringify(value);
  else {for (const [key, inner] of Object.entries(value)) {
      flatten(row, `${name}.${key}`, inner, depth + 1);
    }}
}
