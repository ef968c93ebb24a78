/**
 * Rules about metrics.
 *
 * @module
 */
import type { Family, HistogramFamily } from "../../metrics/data/family.ts";
import { OVERFLOW } from "../../metrics/data/labels.ts";
import { lint as promlint } from "../exposition/lint.ts";
import { valueText } from "../capture/words.ts";
import { type Evidence, isOfApplication } from "./evidence.ts";
import type { LintFinding, LintRule } from "./finding.ts";

/** Distinct values below which a label is small, however few samples there were. */
const MIN_VALUES = 10;
/** Observations from which bounds are judged. */
const MIN_OBSERVATIONS = 20;
/** The share of observations in one bucket, and above the last bound, from which bounds do not fit. */
const MAX_SHARE = 0.95, MAX_ABOVE = 0.1;
const ID =
  /^(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}|[0-9a-f]{16,}|\d{6,})$/i;

/** Names, units and help by promlint; and names of spans with ids in them. */
export function* naming({ families, spans }: Evidence): Generator<LintFinding> {
  for (const { metric, text } of promlint(families)) {
    const [rule, remedy] = remedyOf(text);
    yield { rule, place: `metric ${metric}`, value: metric, problem: text, remedy };
  }
  for (const { name } of spans) {
    const id = name.split(/[\s/:?&=,()]+/).find((word) => ID.test(word));
    if (id === undefined) continue;
    yield {
      rule: "naming",
      place: `span ${valueText(name.replace(id, "…"))}`,
      value: id,
      problem: "the name of a span has an id in it, so that spans can't be grouped",
      remedy: "name the operation, and set the id as an attribute",
    };
  }
}

function remedyOf(text: string): [LintRule, string] {
  if (text === "no help text") return ["help", "say in the second argument what is counted"];
  if (text.includes("unit")) {
    return ["units", "measure in the base unit, and end the name in it: _seconds, _bytes"];
  }
  return ["naming", "rename the metric or label: https://prometheus.io/docs/practices/naming/"];
}

/** Labels whose values are as many as what was counted, or look like ids. */
export function* cardinality({ families, lines }: Evidence): Generator<LintFinding> {
  for (const family of families) {
    const values = valuesByLabel(family), samples = amountOf(family);
    for (const [label, distinct] of values) {
      const all = [...distinct], place = `metric ${family.name}, label ${label}`;
      const remedy =
        "take the label away; put the value on the span or the log line, or in t.note()";
      const ids = all.filter((value) => ID.test(value));
      if (all.includes(OVERFLOW)) {
        const problem = "the metric reached its cap of series";
        yield { rule: "cardinality", place, value: `${all.length - 1} values`, problem, remedy };
      } else if (all.length >= MIN_VALUES && isOfApplication(family) && all.length > samples / 2) {
        const problem =
          `its values grow with what is counted: ${all.length} for ${samples} samples`;
        yield { rule: "cardinality", place, value: valueText(all[0]), problem, remedy };
      } else if (ids.length > 1 && isOfApplication(family)) {
        const problem = "its values are ids";
        yield { rule: "cardinality", place, value: valueText(ids[0]), problem, remedy };
      }
    }
  }
  yield* messages(lines.map(({ message }) => message));
}

/** Messages that differ in nothing but numbers and ids. */
function* messages(all: readonly string[]): Generator<LintFinding> {
  const byShape = new Map<string, Set<string>>();
  for (const message of all) {
    const shape = message.replace(/[0-9a-f-]*\d[0-9a-f-]*/gi, "#");
    let found = byShape.get(shape);
    if (found === undefined) byShape.set(shape, found = new Set());
    found.add(message);
  }
  for (const [shape, found] of byShape) {
    if (found.size < MIN_VALUES) continue;
    yield {
      rule: "cardinality",
      place: `log line ${valueText(shape)}`,
      value: valueText([...found][0]),
      problem:
        `${found.size} messages differ in a number or id only, so that lines can't be grouped`,
      remedy: "keep the message constant, and give the value as a field",
    };
  }
}

function valuesByLabel({ samples }: Family): Map<string, Set<string>> {
  const values = new Map<string, Set<string>>();
  for (const { labels } of samples) {
    labels.names.forEach((name, i) => {
      let found = values.get(name);
      if (found === undefined) values.set(name, found = new Set());
      found.add(labels.values[i]!);
    });
  }
  return values;
}

/** How much was counted; of a gauge, how many series there are. */
function amountOf(family: Family): number {
  if (family.type === "histogram" || family.type === "summary") {
    return family.samples.reduce((sum, { count }) => sum + count, 0);
  }
  if (family.type !== "counter") return family.samples.length;
  return family.samples.reduce((sum, { value }) => sum + value, 0);
}

/** Histograms whose own bounds tell nothing about what they saw. */
export function* bounds({ families }: Evidence): Generator<LintFinding> {
  for (const family of families) {
    if (family.type !== "histogram" || !isOfApplication(family)) continue;
    const { limits, counts, total } = addedUp(family);
    if (total < MIN_OBSERVATIONS || limits.length < 2 || isLadder(limits)) continue;
    const above = total - counts.reduce((sum, count) => sum + count, 0);
    const place = `metric ${family.name}`;
    const remedy =
      "choose bounds around what you saw, or leave `buckets` out: the default fits anything";
    if (above / total > MAX_ABOVE) {
      const problem = `${percent(above, total)} of ${total} observations exceed the last bound`;
      yield { rule: "histogram-bounds", place, value: `${limits.at(-1)}`, problem, remedy };
      continue;
    }
    const most = Math.max(...counts), at = counts.indexOf(most);
    if (most / total < MAX_SHARE) continue;
    const problem = `${percent(most, total)} of ${total} observations are in one bucket`;
    const value = `${at === 0 ? "" : `${limits[at - 1]} < `}value <= ${limits[at]}`;
    yield { rule: "histogram-bounds", place, value, problem, remedy };
  }
}

/** The observations in each bucket, of all series. */
function addedUp({ samples }: HistogramFamily) {
  const limits = samples[0]?.bounds ?? [], counts = limits.map(() => 0);
  let total = 0;
  for (const { buckets, count } of samples) {
    total += count;
    buckets.forEach((upTo, i) => counts[i]! += upTo - (buckets[i - 1] ?? 0));
  }
  return { limits, counts, total };
}

/** The bounds of a histogram without any of its own: one an octave. */
function isLadder(limits: readonly number[]): boolean {
  return limits.length >= 8 &&
    limits.slice(1).every((limit, i) => Math.abs(limit / limits[i]! - 2) < 1e-9);
}

/** Histograms that lead to no trace, although there are traces. */
export function* exemplars({ families, spans }: Evidence): Generator<LintFinding> {
  if (!spans.some((span) => (span.flags & 1) === 1)) return;
  for (const family of families) {
    if (family.type !== "histogram" || !isOfApplication(family)) continue;
    const { total } = addedUp(family);
    if (total === 0 || family.samples.some(({ exemplars }) => (exemplars?.length ?? 0) > 0)) {
      continue;
    }
    yield {
      rule: "exemplars",
      place: `metric ${family.name}`,
      value: `${total} observations`,
      problem: "no observation links to a trace",
      remedy: "observe while the span is active, and do not set `exemplars: false`",
    };
  }
}

function percent(part: number, all: number): string {
  return `${Math.round(part / all * 100)} %`;
}
