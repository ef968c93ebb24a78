/**
 * Answers as Markdown, for people and agents who read.
 *
 * @module
 */
import type { Answer, BucketsAnswer, NumberedRow } from "../../events/ask/answer.ts";
import type { Value } from "../../events/store/column.ts";
import type { Finding } from "../../events/why/explanation.ts";
import { noteOf } from "./cut.ts";
import { bytesOf, MAX_ANSWER_BYTES } from "../wire/reply.ts";
import { cell, code, tableLine, timeText } from "../wire/markdown.ts";

/** Room for what is said after the table. */
const NOTE_BYTES = 1024;
/** Columns of a table of rows; fields past these are named below it. */
const MAX_COLUMNS = 10;
/** The first columns, in this order, and the last ones. */
const FIRST = [
  ...["time", "level", "message", "category"],
  ...["ms", "status", "error.type", "method", "route", "path", "job"],
];
const LAST = [
  ...["spans", "sync.ms", "inflight", "body.bytes", "bytes.out", "version"],
  ...["trace", "span", "request"],
];

/** An answer as Markdown of at most 16 KB. */
export function askedMarkdown(answer: Answer, all: string): string {
  const lines = new Lines(MAX_ANSWER_BYTES - NOTE_BYTES);
  lines.add(`# ${code(answer.question)}`, "");
  if (answer.kind === "why") explain(answer, lines);
  else lines.add(`${answer.matched} of ${answer.looked} rows match.`, "");
  const kept = answer.kind === "rows"
    ? list(answer.rows, lines)
    : answer.kind === "why"
    ? list(answer.examples, lines, "Some of them, the slowest first:")
    : answer.kind === "table"
    ? groups(answer, lines)
    : buckets(answer, lines);
  const isOfLines = answer.kind === "rows" || answer.kind === "table";
  const note = kept.isCut && !isOfLines
    ? `${kept.left} more lines. An answer has at most 16 KB: narrow the question.`
    : noteOf({ ...answer, more: answer.more + kept.left }, kept.isCut, all);
  return lines.text + (note === undefined ? "" : `\n${note}\n`);
}

interface Kept {
  readonly isCut: boolean;
  readonly left: number;
}

/** Lines up to a number of bytes. */
class Lines {
  text = "";
  isCut = false;
  #left: number;

  constructor(most: number) {
    this.#left = most;
  }

  /** Adds lines, all or none; false when they do not fit, after which nothing does. */
  add(...lines: readonly string[]): boolean {
    const text = lines.join("\n") + "\n", bytes = bytesOf(text);
    if (bytes > this.#left) this.isCut = true;
    if (this.isCut) return false;
    this.#left -= bytes;
    this.text += text;
    return true;
  }

  /** Adds a table; returns how many of its lines did not fit. */
  table(titles: readonly string[], rows: Iterable<readonly unknown[]>): Kept {
    this.add(tableLine(titles), tableLine(titles.map(() => "---")));
    let left = 0;
    for (const row of rows) if (!this.add(tableLine(row.map(cell)))) left++;
    return { isCut: this.isCut, left };
  }
}

function explain(answer: Answer & { kind: "why" }, lines: Lines): void {
  lines.add(answer.summary, "");
  if (answer.onset !== undefined) lines.add(answer.onset.sentence, "");
  findings("Which requests they are:", answer.which, lines);
  findings("What happened in them:", answer.happened, lines);
  const { fields, values, byDefinition, ids } = answer;
  const named = (title: string, names: readonly string[]) =>
    names.length === 0 ? "" : `; ${title}: ${names.slice(0, 20).map(code).join(", ")}`;
  lines.add(
    `Looked at ${fields} fields and ${values} values` + named("by definition", byDefinition) +
      named("only ids", ids) + ".",
    "",
  );
}

function findings(title: string, found: readonly Finding[], lines: Lines): void {
  if (found.length === 0) return;
  lines.add(title, "");
  for (const { sentence, also, follows } of found) {
    const more = (what: string, terms: readonly string[]) =>
      terms.length === 0 ? "" : ` ${what} ${terms.slice(0, 5).map(code).join(", ")}.`;
    lines.add(
      `- ${cell(sentence)}` + more("The same rows:", also) +
        more("Frequent only because of it:", follows),
    );
  }
  lines.add("");
}

function list(rows: readonly NumberedRow[], lines: Lines, title?: string): Kept {
  if (rows.length === 0) return { isCut: lines.isCut, left: 0 };
  const names = inOrder(new Set(rows.flatMap(({ fields }) => Object.keys(fields))));
  const shown = names.slice(0, MAX_COLUMNS), others = names.slice(MAX_COLUMNS);
  if (title !== undefined) lines.add(title, "");
  const kept = lines.table(
    ["row", ...shown.map(cell)],
    rows.map(({ number, fields }) => [number, ...shown.map((name) => valueOf(name, fields[name]))]),
  );
  if (others.length > 0) {
    lines.add("", `Fields not shown: ${others.slice(0, 40).map(code).join(", ")}.`);
  }
  return kept;
}

/** What a reader wants first, then the application's own fields, then what seldom explains anything. */
function inOrder(names: ReadonlySet<string>): string[] {
  const first = FIRST.filter((name) => names.has(name));
  const last = LAST.filter((name) => names.has(name));
  const known = new Set([...first, ...last]);
  return [...first, ...[...names].filter((name) => !known.has(name)), ...last];
}

function groups({ by, show, groups }: Answer & { kind: "table" }, lines: Lines): Kept {
  return lines.table(
    [...by, ...show].map(cell),
    groups.map(({ keys, cells }) => [...keys, ...cells]),
  );
}

/** A line for each bucket of each series, but for empty ones. */
function buckets({ by, show, startMs, everyMs, series }: BucketsAnswer, lines: Lines): Kept {
  const rows = series.flatMap(({ keys, buckets }) =>
    buckets.flatMap((cells, i) =>
      cells.every((number) => number === null || number === 0)
        ? []
        : [[timeText(startMs + i * everyMs), ...keys, ...cells]]
    )
  );
  return lines.table(["time", ...by.map(cell), ...show], rows);
}

function valueOf(name: string, value: Value | undefined): unknown {
  return name === "time" && typeof value === "number" ? timeText(value) : value;
}
