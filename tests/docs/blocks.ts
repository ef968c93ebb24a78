/**
 * The code blocks of a Markdown file, and how each is meant to be run: by the words after its language.
 *
 * @module
 */

/** A fenced block. */
export interface Block {
  /** The line of its fence, from 1. */
  readonly line: number;
  readonly language: string;
  /** `deno`, `bun` or `node` where only that runtime runs it; `serve` where it goes on. */
  readonly words: readonly string[];
  readonly code: string;
  /** What it prints: the block of text that follows it, if one does. */
  prints: string | undefined;
  /** The commands for a shell that follow a block that serves. */
  commands: string | undefined;
}

/** What may stand between a block and what it prints: nothing, or a line that leads over to it. */
const BETWEEN = /^(?:[^#|>-].*:)?$/;

/** All blocks of a text, in its order. */
export function blocks(text: string): Block[] {
  const found: Block[] = [], lines = text.split("\n");
  let lead = false;
  for (let n = 0; n < lines.length; n++) {
    const fence = /^```(\w*)(.*)$/.exec(lines[n]!);
    if (fence === null) {
      lead &&= BETWEEN.test(lines[n]!);
      continue;
    }
    const end = lines.indexOf("```", n + 1);
    if (end < 0) throw new Error(`The block of line ${n + 1} has no end`);
    const [, language = "", rest = ""] = fence, code = lines.slice(n + 1, end).join("\n");
    const last = lead ? found.at(-1) : undefined;
    if (language === "text" && last !== undefined) last.prints ??= code;
    else {
      if (language === "sh" && last?.words.includes("serve")) last.commands ??= code;
      const words = rest.trim().split(/\s+/).filter((word) => word !== "");
      const [prints, commands] = [undefined, undefined];
      found.push({ line: n + 1, language, words, code, prints, commands });
    }
    lead = true;
    n = end;
  }
  return found;
}

/** The rows of the table under a heading, as the cells of each without what surrounds them. */
export function tableUnder(text: string, heading: string): string[][] {
  const from = text.indexOf(`\n${heading}\n`);
  if (from < 0) throw new Error(`There is no heading "${heading}"`);
  const lines = text.slice(from).split("\n");
  const start = lines.findIndex((line) => line.startsWith("|"));
  const rows: string[][] = [];
  for (const line of lines.slice(start + 2)) {
    if (!line.startsWith("|")) break;
    const cells = line.slice(1, line.lastIndexOf("|")).split(/(?<!\\)\|/);
    rows.push(cells.map((cell) => cell.trim().replaceAll("\\|", "|")));
  }
  return rows;
}

/** The code in a cell: what stands between its backticks. */
export function codeOf(cell: string): string {
  return [.../* all of them */ cell.matchAll(/`([^`]+)`/g)].map(([, code]) => code).join("; ");
}
