/**
 * What may come next in a question: fields and values that rows have, with their counts, and words.
 *
 * @module
 */
import { printName, printValue } from "../../src/events/question/print.ts";
import type { Frame } from "../../src/events/store/frame.ts";
import { isPresent } from "../../src/events/store/column.ts";
import { quantile } from "../picture/scale.ts";
import { count, shown, value as valueText } from "../text/format.ts";

/** One way to go on. */
export interface Suggestion {
  /** What replaces the text from `from` to `to`. */
  readonly text: string;
  /** What is shown for it. */
  readonly label: string;
  /** How frequent, or what it does. */
  readonly hint: string;
  readonly kind: "field" | "value" | "word";
  readonly from: number;
  readonly to: number;
}

const MOST = 9;

const WORDS: readonly (readonly [string, string])[] = [
  ["by", "a table by fields"],
  ["why", "what distinguishes these"],
  ["show", "which figures"],
  ["every", "over time"],
  ["last", "only the newest"],
  ["sort", "in this order"],
  ["top", "at most so many"],
  ["vs", "compared with these"],
  ["or", "either"],
  ["not", "the opposite"],
];
const MEASURES = [
  "count",
  "rate",
  "errors",
  "share",
  "p50(ms)",
  "p95(ms)",
  "p99(ms)",
  "avg(ms)",
  "max(ms)",
  "sum(ms)",
];
const DURATIONS = ["10s", "30s", "1m", "5m", "15m", "1h"], TOPS = ["5", "10", "20", "100"];

const NAME = String.raw`(?:"(?:[^"\\]|\\.)*"|[^\s:=<>~?!(),"]+)`;
const VALUE = new RegExp(
  String.raw`(${NAME})(!=|>=|<=|[:=<>~])((?:[^\s(),"]+,)*)("[^"]*|[^\s(),"]*)$`,
);
const LIST = new RegExp(String.raw`(?:^|\s)(by|show)\s+(?:[^\s]+\s*,\s*)*([^\s,]*)$`);
const ARGUMENT = /\((\S*)$/, CLAUSE = /(?:^|\s)(sort|every|last|top)\s+-?(\S*)$/;

/** What may stand at the caret. */
export function suggest(frame: Frame, text: string, caret: number): Suggestion[] {
  const head = text.slice(0, caret);
  const value = VALUE.exec(head);
  if (value !== null) {
    const [, name, op, , part] = value as unknown as string[];
    return valuesOf(frame, unquoted(name!), op!, part!, caret);
  }
  const list = LIST.exec(head);
  if (list !== null) {
    const [, clause, part] = list as unknown as string[];
    if (clause === "by") return fieldsOf(frame, part!, caret);
    const argument = ARGUMENT.exec(part!);
    return argument === null
      ? plain(MEASURES, part!, caret)
      : fieldsOf(frame, argument[1]!, caret, (isNumeric) => isNumeric).map((each) => ({
        ...each,
        text: `${each.text})`,
      }));
  }
  const clause = CLAUSE.exec(head);
  if (clause !== null) {
    const [, word, part] = clause as unknown as string[];
    if (word === "top") return plain(TOPS, part!, caret);
    if (word !== "sort") return plain(DURATIONS, part!, caret);
    return [...fieldsOf(frame, part!, caret), ...plain(MEASURES, part!, caret)].slice(0, MOST);
  }
  const part = /[^\s(),"-][^\s(),"]*$/.exec(head)?.[0] ?? "";
  const words = WORDS.filter(([word]) => word.startsWith(part) && word !== part).map((
    [word, hint],
  ) => ({
    text: `${word} `,
    label: word,
    hint,
    kind: "word" as const,
    from: caret - part.length,
    to: caret,
  }));
  const fields = fieldsOf(frame, part, caret);
  // A word that is begun is wanted before a field that has it in its middle.
  return part === ""
    ? [...fields.slice(0, 6), ...words.slice(0, 3)]
    : [...words, ...fields].slice(0, MOST);
}

function unquoted(name: string): string {
  if (!name.startsWith('"')) return name;
  try {
    return JSON.parse(name);
  } catch {
    return name;
  }
}

function plain(texts: readonly string[], part: string, caret: number): Suggestion[] {
  return texts.filter((text) => text.startsWith(part) && text !== part).slice(0, MOST).map((
    text,
  ) => ({
    text,
    label: text,
    hint: "",
    kind: "word",
    from: caret - part.length,
    to: caret,
  }));
}

function fieldsOf(
  frame: Frame,
  part: string,
  caret: number,
  isWanted: (isNumeric: boolean) => boolean = () => true,
): Suggestion[] {
  const wanted = part.toLowerCase(), found: (Suggestion & { rank: number; present: number })[] = [];
  for (const { name, numbers, codes, texts } of frame.columns.values()) {
    const rank = name.toLowerCase().indexOf(wanted), isNumeric = numbers !== undefined;
    if (rank < 0 || name === part || !isWanted(isNumeric)) continue;
    let present = 0;
    for (let i = 0; i < frame.count; i++) {
      if (
        numbers !== undefined && isPresent(numbers[i]!) || codes?.[i] || texts?.[i] !== undefined
      ) {
        present++;
      }
    }
    if (present === 0) continue;
    const hint = present === frame.count ? "" : count(present);
    const [from, to] = [caret - part.length, caret];
    found.push({
      text: printName(name),
      label: shown(name),
      hint,
      kind: "field",
      from,
      to,
      rank,
      present,
    });
  }
  return found.sort((a, b) =>
    Math.min(1, a.rank) - Math.min(1, b.rank) || b.present - a.present || (a.text < b.text ? -1 : 1)
  ).slice(0, MOST);
}

/** The most frequent values; for a number that is compared, its quantiles. */
function valuesOf(
  frame: Frame,
  name: string,
  op: string,
  part: string,
  caret: number,
): Suggestion[] {
  const column = frame.column(name), [from, to] = [caret - part.length, caret];
  if (column === undefined) return [];
  const wanted = part.replace(/^"/, "").toLowerCase();
  if (/[<>]/.test(op)) {
    const sorted = (column.numbers ?? new Float64Array()).filter(isPresent).sort();
    if (sorted.length === 0) return [];
    const quantiles = [0.5, 0.9, 0.95, 0.99].map((share) => {
      const value = Number(quantile(sorted, share).toPrecision(3)), text = String(value);
      return {
        text,
        label: valueText(name, value),
        hint: `p${share * 100}`,
        kind: "value" as const,
        from,
        to,
      };
    });
    return quantiles.filter(({ text }, i) =>
      text.startsWith(wanted) && quantiles.findIndex((each) => each.text === text) === i
    );
  }
  const steps = frame.keys(name);
  let step = steps.next();
  while (step.done !== true) step = steps.next();
  const { keys, values } = step.value, counts = new Uint32Array(values.length);
  for (let i = 0; i < frame.count; i++) counts[keys[i]!]!++;
  return values.map((value, key) => ({ value, count: counts[key]! }))
    .filter(({ value, count }) =>
      value !== undefined && count > 0 && String(value).toLowerCase().includes(wanted)
    )
    .sort((a, b) => b.count - a.count).slice(0, MOST).map(({ value, count: many }) => ({
      text: printValue(value!),
      label: shown(String(value)),
      hint: count(many),
      kind: "value",
      from,
      to,
    }));
}
