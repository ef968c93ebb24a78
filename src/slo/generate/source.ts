/**
 * Where the numbers of an SLO come from in Prometheus: PromQL for its bad events and for all of them.
 *
 * @module
 */
import { check, checkChoice } from "../../core/check.ts";
import { written } from "../live/decimal.ts";
import { BAD, IGNORED, type SloDefinition } from "../live/definition.ts";

/** What rules are generated from. */
export interface SourceOptions {
  /**
   * The metric that rules read. `events` is `slo_events_total`, which is exact for any SLO and shows
   * failures from the first on. `http` are the metrics of requests, for what has no `slo_events_total`;
   * it knows no custom SLOs.
   *
   * @default "events"
   */
  readonly source?: "events" | "http" | undefined;
  /** The names of the metrics of requests: those of pages, or those that OTLP has. @default "telltale" */
  readonly naming?: "telltale" | "semconv" | undefined;
  /**
   * The form of the histogram that latencies are read from. Of a native one, the share below a bound is
   * estimated.
   *
   * @default "classic"
   */
  readonly histograms?: "classic" | "native" | undefined;
  /** Labels that the series must have, such as `{ job: "orders" }`. @default none */
  readonly matchers?: Readonly<Record<string, string>> | undefined;
}

/** PromQL of an SLO. */
export interface Source {
  /** Bad events per second over a range such as `5m`. */
  bad(range: string): string;
  /** Good and bad events per second. */
  total(range: string): string;
  /** The series that `good` and `bad` events a minute make, for unit tests of rules. */
  series(good: number, bad: number): readonly (readonly [series: string, perMinute: number])[];
}

const NAMES = {
  telltale: {
    requests: "http_requests_total",
    duration: "http_request_duration_seconds",
    method: "method",
    route: "route",
    status: "status",
  },
  semconv: {
    requests: "http_server_request_duration_seconds_count",
    duration: "http_server_request_duration_seconds",
    method: "http_request_method",
    route: "http_route",
    status: "http_response_status_code",
  },
} as const;

/** Checks the options, all of which rules and their tests share. */
export function checkSource(what: string, options: SourceOptions): void {
  const { source = "events", naming = "telltale", histograms = "classic", matchers = {} } = options;
  checkChoice(what, "source", source, ["events", "http"]);
  checkChoice(what, "naming", naming, ["telltale", "semconv"]);
  checkChoice(what, "histograms", histograms, ["classic", "native"]);
  for (const name of Object.keys(matchers)) {
    const isLabel = /^[a-z_]\w*$/i.test(name);
    check(isLabel, what, "matchers must be named as labels are", name, TypeError);
  }
}

/**
 * The PromQL of an SLO.
 *
 * @param hasBound whether the bound of a latency is one of the histogram
 * @throws {TypeError} where the source does not have it
 */
export function sourceOf(
  definition: SloDefinition,
  options: SourceOptions,
  hasBound: boolean,
): Source {
  const { source = "events", histograms = "classic" } = options;
  if (source === "events") return eventSource(definition, options);
  const what = `generate rules of SLO ${JSON.stringify(definition.name)} from requests`;
  const isOfRequests = definition.kind !== "custom";
  check(isOfRequests, what, "it must be one of requests", "custom", TypeError);
  if (definition.kind === "availability") return requestSource(definition, options);
  if (histograms === "native") return nativeSource(definition, options);
  const rule = "it must be defined before t.instrument, so that its bound is one of the histogram";
  check(hasBound, what, rule, `${definition.underMs} ms`, TypeError);
  return classicSource(definition, options);
}

function eventSource({ name }: SloDefinition, { matchers }: SourceOptions): Source {
  const metric = (outcome?: string) =>
    `slo_events_total${selector([...pairs(matchers), ["slo", "=", name], ...outcomeOf(outcome)])}`;
  return {
    bad: (range) => rate(metric("bad"), range),
    total: (range) => rate(metric(), range),
    series: (good, bad) => [[metric("good"), good], [metric("bad"), bad]],
  };
}

function requestSource(definition: SloDefinition, options: SourceOptions): Source {
  const { requests, status } = NAMES[options.naming ?? "telltale"];
  const bad = statusesOf(definition, BAD), ignored = statusesOf(definition, IGNORED);
  const counted = ignored === "" ? [] : [[status, "!~", ignored] as const];
  const common = requestMatchers(definition, options);
  const metric = (more: readonly Matcher[]) => requests + selector([...common, ...more]);
  const total = (range: string) => rate(metric(counted), range);
  const single = (code: number): readonly Matcher[] => [[status, "=", String(code)]];
  return {
    // Without a failure so far, there is no series of one.
    bad: (range) => orZero(rate(metric([[status, "=~", bad]]), range), total(range)),
    total,
    series: (goodCount, badCount) =>
      [
        [metric(single(firstOf(definition, 1))), goodCount],
        [metric(single(firstOf(definition, BAD))), badCount],
      ] as const,
  };
}

function classicSource(definition: SloDefinition, options: SourceOptions): Source {
  const { duration, status } = NAMES[options.naming ?? "telltale"];
  const common = latencyMatchers(definition, options);
  const bound = written(definition.underMs! / 1000);
  // Prometheus 3 writes the bound 1 as 1.0, older servers as it was.
  const pattern = bound.includes(".") ? bound.replace(".", "\\.") : `${bound}(\\.0)?`;
  const total = (range: string) => rate(`${duration}_count${selector(common)}`, range);
  const fast = (range: string) =>
    rate(`${duration}_bucket${selector([...common, ["le", "=~", pattern]])}`, range);
  const example: readonly Matcher[] = [
    ...requestMatchers(definition, options),
    [status, "=", String(firstOf(definition, 1))],
  ];
  return {
    bad: (range) => `(${total(range)} - ${fast(range)})`,
    total,
    series: (good, bad) => [
      [`${duration}_bucket${selector([...example, ["le", "=", bound]])}`, good],
      [`${duration}_count${selector(example)}`, good + bad],
    ],
  };
}

function nativeSource(definition: SloDefinition, options: SourceOptions): Source {
  const metric = NAMES[options.naming ?? "telltale"].duration +
    selector(latencyMatchers(definition, options));
  const bound = written(definition.underMs! / 1000);
  const total = (range: string) => `histogram_count(${rate(metric, range)})`;
  return {
    // The fraction of an empty histogram is NaN, which would be recorded and spoil all longer windows.
    bad: (range) =>
      `((1 - histogram_fraction(0, ${bound}, ${rate(metric, range)})) * (${total(range)} > 0) ` +
      `or 0 * ${total(range)})`,
    total,
    series() {
      throw new TypeError("Cannot generate tests of rules: histograms must be classic, got native");
    },
  };
}

type Matcher = readonly [label: string, operator: "=" | "=~" | "!~", value: string];

function requestMatchers(
  { routes, method }: SloDefinition,
  { naming = "telltale", matchers }: SourceOptions,
): Matcher[] {
  const names = NAMES[naming], all: Matcher[] = pairs(matchers);
  if (method !== undefined) all.push([names.method, "=", method]);
  if (routes?.length === 1) all.push([names.route, "=", routes[0]!]);
  else if (routes !== undefined) all.push([names.route, "=~", routes.map(escaped).join("|")]);
  return all;
}

function latencyMatchers(definition: SloDefinition, options: SourceOptions): Matcher[] {
  const { status } = NAMES[options.naming ?? "telltale"];
  const ignored = statusesOf(definition, IGNORED), common = requestMatchers(definition, options);
  return ignored === "" ? common : [...common, [status, "!~", ignored]];
}

/** A pattern of the statuses with a verdict: `404|499|5..`; empty without one. */
function statusesOf({ verdicts }: SloDefinition, verdict: number): string {
  const groups: string[] = [];
  const isWhole = (from: number, count: number) =>
    verdicts.subarray(from, from + count).every((one) => one === verdict);
  for (let status = 100; status < verdicts.length;) {
    const [count, text] = status % 100 === 0 && isWhole(status, 100)
      ? [100, `${status / 100}..`]
      : status % 10 === 0 && isWhole(status, 10)
      ? [10, `${status / 10}.`]
      : [1, verdicts[status] === verdict ? String(status) : ""];
    if (text !== "") groups.push(text);
    status += count;
  }
  return groups.join("|");
}

/** The usual status with a verdict: 200 and 500 where they have it. */
function firstOf({ verdicts }: SloDefinition, verdict: number): number {
  const usual = [200, 500].find((status) => verdicts[status] === verdict);
  return usual ?? verdicts.indexOf(verdict, 100);
}

function outcomeOf(outcome: string | undefined): Matcher[] {
  return outcome === undefined ? [] : [["outcome", "=", outcome]];
}

function pairs(matchers: SourceOptions["matchers"]): Matcher[] {
  return Object.entries(matchers ?? {}).map(([name, value]) => [name, "=", value] as const);
}

function selector(matchers: readonly Matcher[]): string {
  if (matchers.length === 0) return "";
  // PromQL's strings are Go's, which read JSON's escapes.
  return `{${matchers.map(([name, is, value]) => name + is + JSON.stringify(value)).join(",")}}`;
}

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}

function rate(series: string, range: string): string {
  return `sum(rate(${series}[${range}]))`;
}

function orZero(expression: string, total: string): string {
  return `(${expression} or 0 * ${total})`;
}
