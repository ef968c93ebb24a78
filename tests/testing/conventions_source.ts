/**
 * Writes the table of attributes of the semantic conventions from the package that OpenTelemetry publishes:
 *
 *     deno run -A tests/testing/conventions_source.ts
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

const PACKAGE = new URL(
  "../../node_modules/@opentelemetry/semantic-conventions/",
  import.meta.url,
);
const TABLE = fileURLToPath(
  new URL("../../src/testing/rules/conventions_table.ts", import.meta.url),
);
const WIDTH = 98;

interface Attribute {
  readonly name: string;
  /** Whether any name may follow: `http.request.header.<key>`. */
  readonly isTemplate: boolean;
  /** Whether all examples are whole numbers. */
  readonly isNumber: boolean;
  /** Undefined for one that is in use; else what to use instead, empty for nothing. */
  readonly replacement: string | undefined;
}

/** The attributes that a file of the package declares. */
function attributesOf(file: string): Attribute[] {
  const text = readFileSync(new URL(`dist/${file}`, PACKAGE), "utf8");
  const code = readFileSync(new URL(`dist/${file.replace(".d.mts", ".mjs")}`, PACKAGE), "utf8");
  const found: Attribute[] = [];
  const declared = /\/\*\*((?:(?!\*\/)[^])*)\*\/\ndeclare const (ATTR_\w+): ([^\n]+);/g;
  for (const [, doc, constant, type] of text.matchAll(declared)) {
    const literal = /^"([^"]+)"$/.exec(type!)?.[1];
    const template = new RegExp("const " + constant + " = \\(key\\) => `([^$]+)\\.\\$\\{key\\}`")
      .exec(code);
    const name = literal ?? template?.[1];
    if (name === undefined) throw new Error(`Cannot read ${constant}`);
    const examples = [...doc!.matchAll(/@example (.*)/g)].map(([, example]) => example!.trim());
    const deprecated = /@deprecated ([^]*)/.exec(doc!)?.[1];
    const replaced = deprecated === undefined
      ? undefined
      : /^(?:Replaced by|Use) `([\w.]+)`/.exec(deprecated)?.[1] ?? "";
    found.push({
      name,
      isTemplate: literal === undefined,
      isNumber: examples.length > 0 && examples.every((example) => /^-?\d+$/.test(example)) &&
        /(?:status_code|port|count|size|line_number|column_number|pid|number)$/.test(name) &&
        name !== "rpc.status_code" && !name.startsWith("db.response"),
      replacement: replaced,
    });
  }
  return found;
}

/** The text of the table. */
export function tableText(): string {
  const { version } = JSON.parse(readFileSync(new URL("package.json", PACKAGE), "utf8"));
  const all = ["stable_attributes.d.mts", "experimental_attributes.d.mts"].flatMap(attributesOf)
    .sort((a, b) => a.name < b.name ? -1 : 1);
  const current = all.filter(({ replacement }) => replacement === undefined);
  const old = all.filter(({ replacement }) => replacement !== undefined);
  const byRoot = Map.groupBy(current, ({ name }) => name.split(".")[0]!);
  const names = wrapped([...byRoot].flatMap(([root, attributes]) => [
    `${root}:`,
    ...attributes.map(({ name, isTemplate, isNumber }) =>
      `${name.slice(root.length + 1)}${isTemplate ? ".*" : ""}${isNumber ? "#" : ""}`
    ),
  ]));
  const replaced = wrapped(old.map(({ name, replacement }) => `${name}>${replacement}`));
  return `/**
 * The attributes of OpenTelemetry's semantic conventions, written by tests/testing/conventions_source.ts.
 *
 * @module
 */

/** The version of the conventions. */
export const VERSION = "${version}";

/** After each first word, the rest of its attributes; \`#\` is a number, \`.*\` stands for any name. */
export const NAMES = \`
${names.join("\n")}
\`;

/** Attributes that were given up, and what replaces them; nothing where several do, or none. */
export const OLD = \`
${replaced.join("\n")}
\`;
`;
}

function wrapped(words: readonly string[]): string[] {
  const lines = [""];
  for (const word of words) {
    const last = lines.at(-1)!;
    if (last.length + 1 + word.length > WIDTH) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(TABLE, tableText());
