/**
 * The rule about OpenTelemetry's semantic conventions.
 *
 * @module
 */
import { nearest } from "../../core/check.ts";
import type { SpanRecord } from "../../trace/span/record.ts";
import { valueText } from "../capture/words.ts";
import { NAMES, OLD, VERSION } from "./conventions_table.ts";
import type { Evidence } from "./evidence.ts";
import type { LintFinding } from "./finding.ts";

/** First words that are so common that an application may mean its own: `order.id`, `user.plan`. */
const SHARED = new Set(
  "app session user file test state event job queue device host service source peer message thread tag log"
    .split(" "),
);

interface Model {
  /** Attributes, and whether each is a number. */
  readonly known: ReadonlyMap<string, boolean>;
  /** What templates begin with: `http.request.header.`. */
  readonly templates: readonly string[];
  readonly roots: ReadonlySet<string>;
  readonly old: ReadonlyMap<string, string>;
}

let model: Model | undefined;

/** Attributes of spans and their events that the conventions name differently, or do not have. */
export function* conventions({ spans }: Evidence): Generator<LintFinding> {
  const read = model ??= readModel();
  for (const span of spans) {
    for (const [name, value] of attributesOf(span)) {
      const problem = problemOf(read, name, value);
      if (problem === undefined) continue;
      yield {
        rule: "attribute-convention",
        place: `span ${valueText(span.name)}, attribute ${name}`,
        // Its value may be a secret.
        value: name,
        problem: problem[0],
        remedy: problem[1],
      };
    }
  }
}

function* attributesOf({ attributes, events }: SpanRecord): Generator<[string, unknown]> {
  yield* Object.entries(attributes);
  for (const event of events) yield* Object.entries(event.attributes);
}

function problemOf(
  { known, templates, roots, old }: Model,
  name: string,
  value: unknown,
): readonly [problem: string, remedy: string] | undefined {
  const isNumber = known.get(name);
  if (isNumber !== undefined) {
    if (!isNumber || typeof value === "number") return undefined;
    return [`it must be a number, got ${typeof value}`, "set a number"];
  }
  const replacement = old.get(name), model = `semantic conventions ${VERSION}`;
  if (replacement !== undefined) {
    return [
      `it was given up in the ${model}`,
      replacement === "" ? "see the conventions for what replaces it" : `use ${replacement}`,
    ];
  }
  const root = name.split(".")[0]!;
  if (root === name || !roots.has(root) || templates.some((start) => name.startsWith(start))) {
    return undefined;
  }
  const like = nearest(name, [...known.keys()].filter((one) => one.startsWith(`${root}.`)));
  if (SHARED.has(root) && like === undefined) return undefined;
  const remedy = like === undefined
    ? `choose a first word of your own: ${root}.* belongs to the conventions`
    : `use ${like}, or a first word of your own`;
  return [`it is not in the ${model}`, remedy];
}

function readModel(): Model {
  const known = new Map<string, boolean>(), templates: string[] = [], roots = new Set<string>();
  let root = "";
  for (const word of NAMES.trim().split(/\s+/)) {
    if (word.endsWith(":")) roots.add(root = word.slice(0, -1));
    else if (word.endsWith(".*")) templates.push(`${root}.${word.slice(0, -1)}`);
    else known.set(`${root}.${word.replace("#", "")}`, word.endsWith("#"));
  }
  const old = new Map(OLD.trim().split(/\s+/).map((pair) => pair.split(">") as [string, string]));
  return { known, templates, roots, old };
}
