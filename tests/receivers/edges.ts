/**
 * The edges that data has, each with what shows that a case is it: `edges_test.ts` holds that none is without
 * a case, and the document lists them. Every case goes to every receiver by every way.
 */
import type {
  HistogramSample,
  NumberSample,
  SummarySample,
} from "../../src/metrics/data/family.ts";
import type { LogRecord } from "../../src/log/record/record.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import type { MetricCase } from "./metric_cases.ts";
import { RESOURCE } from "./resource.ts";

/** Whether one of a case's items is at the edge. */
export type Shows<T> = (item: T) => boolean;

type Sample = NumberSample | HistogramSample | SummarySample;

const samples = ({ families, then = [] }: MetricCase): Sample[] =>
  [families, ...then].flat().flatMap((family) => family.samples as readonly Sample[]);
const histograms = (of: MetricCase): HistogramSample[] =>
  samples(of).filter((sample) => "buckets" in sample);
const values = (of: MetricCase): number[] =>
  samples(of).flatMap((sample) => "value" in sample ? [sample.value] : []);
const exemplars = (of: MetricCase) =>
  samples(of).flatMap((sample) =>
    "value" in sample
      ? sample.exemplar === undefined ? [] : [sample.exemplar]
      : "buckets" in sample
      ? sample.exemplars ?? []
      : []
  );
const isType = (...types: readonly string[]): Shows<MetricCase> => ({ families }) =>
  families.some(({ type }) => types.includes(type));
const hasLabel = (shows: (name: string, value: string) => boolean): Shows<MetricCase> => (of) =>
  samples(of).some(({ labels: { names, values } }) =>
    names.some((name, i) => shows(name, values[i]!))
  );
/** The values of the first series, step by step. */
const steps = ({ families, then = [] }: MetricCase): (number | undefined)[] =>
  [families, ...then].map(([family]) => (family?.samples[0] as { value?: number })?.value);

/** Edges of metrics. */
export const METRIC_EDGES: Readonly<Record<string, Shows<MetricCase>>> = {
  "a counter": isType("counter"),
  "a gauge": isType("gauge"),
  "a summary": isType("summary"),
  "an info": isType("info"),
  "a state set": isType("stateset"),
  "an untyped metric": isType("unknown"),
  "a classic histogram": (of) => histograms(of).some(({ native }) => native === undefined),
  "a histogram that is native and classic": (of) =>
    histograms(of).some(({ native, bounds }) => native !== undefined && bounds.length > 0),
  "a zero bucket": (of) => histograms(of).some(({ native }) => (native?.zeroCount ?? 0) > 0),
  "an empty native histogram": (of) =>
    histograms(of).some(({ native, count }) => native !== undefined && count === 0),
  "negative buckets": (of) => histograms(of).some(({ native }) => native?.negative.length),
  "the narrowest buckets": (of) => histograms(of).some(({ native }) => native?.schema === 8),
  "buckets of several octaves": (of) =>
    histograms(of).some(({ native }) => native !== undefined && native.schema < 0),
  "a histogram without bounds": (of) => histograms(of).some(({ bounds }) => bounds.length === 0),
  "a negative number": (of) => values(of).some((value) => value < 0 && value > -1e9),
  "NaN": (of) => values(of).some(Number.isNaN),
  "infinities": (of) => [Infinity, -Infinity].every((value) => values(of).includes(value)),
  "the ends of the range of numbers": (of) =>
    values(of).includes(5e-324) && values(of).includes(-Number.MAX_VALUE),
  "a sum that is NaN": (of) => histograms(of).some(({ sum }) => Number.isNaN(sum)),
  "a sum that is infinite": (of) => histograms(of).some(({ sum }) => sum === Infinity),
  "a sum that is negative": (of) => histograms(of).some(({ sum }) => sum < 0),
  "a quantile that is NaN": (of) =>
    samples(of).some((sample) =>
      "quantiles" in sample && sample.quantiles.some(([, value]) => Number.isNaN(value))
    ),
  "an exemplar with a time": (of) =>
    exemplars(of).some(({ timestampMs }) => timestampMs !== undefined),
  "an exemplar without a time": (of) =>
    exemplars(of).some(({ timestampMs }) => timestampMs === undefined),
  "an exemplar of a native histogram": (of) =>
    histograms(of).some(({ native, exemplars }) => native !== undefined && exemplars?.length),
  "an exemplar of a series without labels": (of) =>
    samples(of).some((sample) =>
      sample.labels.names.length === 0 && "exemplar" in sample && sample.exemplar !== undefined
    ),
  "a counter's time of creation": (of) =>
    samples(of).some((sample) => "value" in sample && sample.createdMs !== undefined),
  "a native histogram's time of creation": (of) =>
    histograms(of).some(({ native, createdMs }) => native !== undefined && createdMs !== undefined),
  "a classic histogram's time of creation": (of) =>
    histograms(of).some(({ native, createdMs }) => native === undefined && createdMs !== undefined),
  "a summary's time of creation": (of) =>
    samples(of).some((sample) => "quantiles" in sample && sample.createdMs !== undefined),
  "a UTF-8 name of a metric": ({ families }) =>
    families.some(({ name }) => !/^[a-zA-Z_:][\w:]*$/.test(name)),
  "a UTF-8 name of a label": hasLabel((name) => !/^\w+$/.test(name)),
  "an empty label": hasLabel((_, value) => value === ""),
  "a long label": hasLabel((_, value) => value.length >= 1024),
  "quotes, line feeds and backslashes in a label": hasLabel((_, value) =>
    ['"', "\n", "\\"].every((text) => value.includes(text))
  ),
  "a lone surrogate in a label": hasLabel((_, value) => !value.isWellFormed()),
  "many labels": (of) => samples(of).some(({ labels: { names } }) => names.length >= 50),
  "a counter that restarts": (of) =>
    steps(of).some((value, i, all) => i > 0 && value! < all[i - 1]!),
  "a histogram that restarts": (of) => {
    const counts = [of.families, ...of.then ?? []].map((families) =>
      families.flatMap((family) => family.type === "histogram" ? family.samples : [])[0]?.count
    );
    return counts.some((count, i) => i > 0 && count! < counts[i - 1]!);
  },
  "a family that vanishes and comes back": (of) =>
    steps(of).some((value, i, all) => value === undefined && all[i + 1] !== undefined),
  "a counter, a histogram and a summary that vanish": ({ families, then = [] }) =>
    then.some((step) => step.length === 0) &&
    ["counter", "histogram", "summary"].every((type) => families.some((one) => one.type === type)),
};

const field = (shows: (value: unknown, key: string) => boolean): Shows<LogRecord> => ({ fields }) =>
  Object.entries(fields).some(([key, value]) => shows(value, key));
const isText = (text: unknown): text is string => typeof text === "string";

/** Edges of log records. */
export const LOG_EDGES: Readonly<Record<string, Shows<LogRecord>>> = {
  "an empty message": ({ message }) => message === "",
  "a message that is JSON": ({ message }) => message.startsWith("{"),
  "a message with line feeds and controls": ({ message }) => message.includes("\n"),
  "a lone surrogate in a message": ({ message }) => !message.isWellFormed(),
  "a lone surrogate in a field": field((value) => isText(value) && !value.isWellFormed()),
  "a logger's name": ({ category }) => category !== "",
  "a trace, a span and a request": ({ traceId, spanId, requestId }) =>
    traceId !== "" && spanId !== "" && requestId !== "",
  "the highest level": ({ level }) => level === "fatal",
  "the lowest level": ({ level }) => level === "trace",
  "an event": field((_, key) => key === "event.name"),
  "a text": field(isText),
  "an empty text": field((value) => value === ""),
  "a whole number": field(Number.isInteger),
  "a number with a fraction": field((value) => value === 0.5),
  "NaN": field(Number.isNaN),
  "an infinite number": field((value) => value === Infinity),
  "a number beyond 2^53": field((value) => value === "9007199254740993"),
  "a truth": field((value) => value === true),
  "null": field((value) => value === null),
  "a time": field((value) => isText(value) && value.startsWith("2026-01-02T")),
  "an error with a cause": field((value) =>
    typeof value === "object" && value !== null && "cause" in value
  ),
  "an array": field(Array.isArray),
  "an empty array": field((value) => Array.isArray(value) && value.length === 0),
  "an array of maps": field((value) => Array.isArray(value) && typeof value[0] === "object"),
  "a map": field((value) => typeof value === "object" && value !== null && "a" in value),
  "an empty map": field((value) =>
    typeof value === "object" && value !== null && JSON.stringify(value) === "{}"
  ),
  "bytes, a URL, a set, a symbol": field((_, key) => key === "bytes"),
  "a field without a name": field((_, key) => key === ""),
  "a field that is named like one of the line": field((_, key) => key === "msg"),
  "a field that the resource has": field((_, key) => key in RESOURCE),
  "a name with quotes and blanks": field((_, key) => key.includes('"')),
  "200 fields": ({ fields }) => Object.keys(fields).length >= 200,
  "a line of 300 KB": field((_, key) => key === "…"),
  "the time 1970": ({ timeMs }) => timeMs < 1000,
  "the time tomorrow": ({ timeMs }) => timeMs > Date.now() + 80_000_000,
  "the time 2200": ({ timeMs }) => timeMs >= Date.UTC(2200, 0),
};

const attribute = (shows: (value: unknown) => boolean): Shows<SpanRecord> => ({ attributes }) =>
  Object.values(attributes).some(shows);

/** Edges of spans; that every part of one is set in some case, a test holds besides. */
export const SPAN_EDGES: Readonly<Record<string, Shows<SpanRecord>>> = {
  "a text that is not well-formed": attribute((value) => isText(value) && !value.isWellFormed()),
  "a text of 80 KB": attribute((value) => isText(value) && value.length >= 40_000),
  "an empty text": attribute((value) => value === ""),
  "a whole number": attribute((value) => value === 7),
  "a number beyond 2^53": attribute((value) => value === 2 ** 60),
  "NaN": attribute(Number.isNaN),
  "an infinite number": attribute((value) => value === -Infinity),
  "a truth": attribute((value) => value === false),
  "arrays of texts": attribute((value) => Array.isArray(value) && isText(value[0])),
  "arrays of numbers": attribute((value) => Array.isArray(value) && value[0] === 1),
  "arrays of truths": attribute((value) => Array.isArray(value) && value[0] === true),
  "an empty array": attribute((value) => Array.isArray(value) && value.length === 0),
  "a remote parent": ({ parentRemote }) => parentRemote,
  "a local parent": ({ parentRemote, parentSpanId }) => !parentRemote && parentSpanId !== "",
  "an event without a name": ({ events }) => events.some(({ name }) => name === ""),
  "a remote link": ({ links }) => links.some(({ remote }) => remote),
  "the time 1970": ({ startTimeMs }) => startTimeMs === 0,
  "the time 2200": ({ startTimeMs }) => startTimeMs >= Date.UTC(2200, 0),
  "no duration": ({ durationMs }) => durationMs === 0,
};

/** The cases that are at each edge. */
export function edgeCases<T>(
  edges: Readonly<Record<string, Shows<T>>>,
  items: ReadonlyMap<string, readonly T[]>,
): Map<string, string[]> {
  return new Map(
    Object.entries(edges).map(([edge, shows]) => [
      edge,
      [...items].filter(([, of]) => of.some(shows)).map(([name]) => name),
    ]),
  );
}
