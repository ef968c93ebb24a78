/**
 * The linter of what was recorded.
 *
 * @module
 */
import { check, checkChoice, checkFunction, type Known, refuseUnknown } from "../core/check.ts";
import { load } from "../core/context.ts";
import type { Row } from "../events/store/rows.ts";
import type { LogRecord } from "../log/record/record.ts";
import type { Family } from "../metrics/data/family.ts";
import type { SpanRecord } from "../trace/span/record.ts";
import { type Evidence, isEntry } from "./rules/evidence.ts";
import { type LintFinding, type LintRule, RULES } from "./rules/finding.ts";
import { lint as promlint, type LintProblem } from "./exposition/lint.ts";
import { Observed } from "./observed.ts";

/** What can be linted besides what an observer saw: what `telltale()` returns, or some of its parts. */
export interface LintedParts {
  /** A `Tracer`: its finished spans. */
  readonly tracer?: {
    readonly finished: Iterable<SpanRecord> & { readonly first?: number };
    readonly counts?: { readonly started: number; readonly finished: number };
  } | undefined;
  /** A `Logger`: the lines it holds. */
  readonly log?: { readonly ring: Iterable<LogRecord> } | undefined;
  /** A `Registry`: all its families, those of collectors too. */
  readonly metrics?: { collect(): readonly Family[] | Promise<readonly Family[]> } | undefined;
  /** An `EventStore`: the rows it holds. */
  readonly events?: Iterable<Row> | undefined;
}

/** Options of {@linkcode lint}. */
export interface LintOptions {
  /** The rules to apply. @default all */
  readonly rules?: readonly LintRule[] | undefined;
  /** Whether to leave a finding out. @default none is */
  readonly except?: ((finding: LintFinding) => boolean) | undefined;
}

const KNOWN: Known<LintOptions> = { rules: true, except: true };
const WHAT = "lint";
/** Requests by chance: what always is in one, although requests fill this share of the time or more. */
const BY_CHANCE = 0.05;

/**
 * Checks families by the rules of promlint, Prometheus' own linter: help, base units, suffixes by
 * type, reserved characters and labels, snake_case, duplicate series.
 *
 * Infos and state sets count as gauges, as in every format but OpenMetrics.
 *
 * @example
 * ```ts
 * import { numberFamily } from "@telltale/telltale/metrics";
 * import { lint } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * const family = numberFamily("gauge", "wait_milliseconds", "Time in the queue", [[7]]);
 * deepEqual(lint([family]), [
 *   { metric: "wait_milliseconds", text: 'use base unit "seconds" instead of "milliseconds"' },
 * ]);
 * ```
 *
 * @see {@link https://prometheus.io/docs/practices/naming/}
 */
export function lint(families: readonly Family[]): LintProblem[];
/**
 * Applies rules to what was really recorded: by an observer, or by a composition, as far as it still holds
 * it. Call it when no request is in flight: a span that is open is a finding.
 *
 * | rule | what it finds |
 * | --- | --- |
 * | `help`, `naming`, `units` | metrics by the rules of promlint; names of spans with ids in them |
 * | `cardinality` | labels whose values grow with what is counted, or are ids; messages with numbers |
 * | `secret`, `personal-data` | by key and by form, in spans, lines, rows and labels |
 * | `span-not-ended` | spans that were started and did not end |
 * | `span-without-parent` | spans that begin a trace of their own while a request is served |
 * | `error-recorded-twice` | two exception events of a span, or two lines of a request, for one error |
 * | `error-not-recorded` | failed requests without a cause, exceptions without a status |
 * | `line-without-trace` | lines in no trace while a request is served |
 * | `attribute-convention` | attributes that the semantic conventions name differently |
 * | `histogram-bounds` | own bounds that do not fit what was observed |
 * | `exemplars` | histograms without one, although there are traces |
 *
 * What happens while a request is served is known exactly of an observer; of a composition it is told from
 * times, and reported only where chance is unlikely.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { lint } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * t.metrics.counter("orders_total", "Orders placed", ["customer"]).inc({ customer: "ada@example.org" });
 * const [finding] = await lint(t);
 * deepEqual([finding?.rule, finding?.place, finding?.value], [
 *   "personal-data",
 *   "metric orders_total, label customer",
 *   "[REDACTED]",
 * ]);
 * ```
 *
 * @throws {TypeError} for what can't be linted, an unknown option, or one of the wrong kind
 */
export function lint(
  source: Observed | LintedParts,
  options?: LintOptions,
): Promise<LintFinding[]>;
export function lint(
  source: readonly Family[] | Observed | LintedParts,
  options: LintOptions = {},
): LintProblem[] | Promise<LintFinding[]> {
  if (Array.isArray(source)) return promlint(source);
  refuseUnknown(WHAT, options, KNOWN);
  for (const rule of options.rules ?? []) checkChoice(WHAT, "each of rules", rule, RULES);
  if (options.except !== undefined) checkFunction(WHAT, "except", options.except);
  const given = source as Observed | LintedParts;
  const isParts = given instanceof Observed || typeof given === "object" && given !== null &&
      (given.tracer ?? given.log ?? given.metrics ?? given.events) !== undefined;
  const rule = "it must be an observer or have one of tracer, log, metrics, events";
  check(isParts, WHAT, rule, given, TypeError);
  return applied(given, options);
}

async function applied(
  source: Observed | LintedParts,
  { rules = RULES, except = () => false }: LintOptions,
): Promise<LintFinding[]> {
  const all = source instanceof Observed
    ? await evidenceOfObserver(source)
    : await evidenceOfParts(source);
  const { findings } = await load(() => import("./rules/all.ts"));
  const found = new Map<string, LintFinding>();
  for (const finding of findings(all)) {
    const key = `${finding.rule}\n${finding.place}\n${finding.problem.replace(/\d+/g, "#")}`;
    if (rules.includes(finding.rule) && !found.has(key) && !except(finding)) {
      found.set(key, finding);
    }
  }
  return [...found.values()];
}

async function evidenceOfObserver(observed: Observed): Promise<Evidence> {
  const scope = Observed.scopeOf(observed), { spans, lines, rows, order } = scope;
  const begun = new Map(scope.started.map((one) => [one.span.spanId, order.get(one)!]));
  const requests = spans.filter(isEntry).map((span) =>
    [begun.get(span.spanId) ?? Infinity, order.get(span)!] as const
  );
  const touched = new Set(scope.changes.all.map(({ name }) => name));
  const families = await (scope.parts as LintedParts | undefined)?.metrics?.collect() ?? [];
  return {
    spans,
    lines,
    rows,
    // What other tests did to the same registry is not this one's.
    families: families.filter(({ name }) => touched.has(name)),
    open: scope.started.filter(({ span }) => span.recording).map(({ name }) => name),
    isWhole: observed.dropped === 0 && observed.unclear === 0,
    inRequest: (item) =>
      requests.some(([from, to]) => from < order.get(item)! && order.get(item)! < to),
  };
}

async function evidenceOfParts({ tracer, log, metrics, events }: LintedParts): Promise<Evidence> {
  const spans = [...tracer?.finished ?? []], lines = [...log?.ring ?? []];
  const { started = 0, finished = 0 } = tracer?.counts ?? {};
  return {
    spans,
    lines,
    rows: [...events ?? []],
    families: await metrics?.collect() ?? [],
    open: started > finished ? [`(${started - finished} unnamed)`] : [],
    isWhole: (tracer?.finished.first ?? 0) === 0,
    inRequest: insideOf(spans, lines),
  };
}

/** By time: inside of a request, unless requests fill so much of the time that it would be so by chance. */
function insideOf(
  spans: readonly SpanRecord[],
  lines: readonly LogRecord[],
): (item: SpanRecord | LogRecord) => boolean {
  const timeOf = (item: SpanRecord | LogRecord) =>
    "timeMs" in item ? item.timeMs : item.startTimeMs;
  const times = [...spans, ...lines].map(timeOf);
  const first = times.reduce((a, b) => Math.min(a, b), Infinity);
  const last = times.reduce((a, b) => Math.max(a, b), -Infinity);
  const requests = spans.filter(isEntry)
    .map(({ startTimeMs, durationMs }) => [startTimeMs, startTimeMs + durationMs] as const)
    .sort(([a], [b]) => a - b);
  let covered = 0, until = -Infinity;
  for (const [from, to] of requests) {
    covered += Math.max(0, to - Math.max(from, until));
    until = Math.max(until, to);
  }
  const isLikely = covered / (last - first) > BY_CHANCE;
  return (item) => {
    const time = timeOf(item);
    return !isLikely && requests.some(([from, to]) => from < time && time < to);
  };
}
