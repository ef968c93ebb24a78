import { readFileSync } from "node:fs";
import fc from "fast-check";
import type {
  Exemplar,
  Family,
  HistogramFamily,
  HistogramSample,
  NumberFamily,
  NumberSample,
  SummaryFamily,
} from "../../src/metrics/data/family.ts";
import { type LabelSet, labelSet } from "../../src/metrics/data/labels.ts";

/** The big list of naughty strings. */
export const NAUGHTY: readonly string[] = JSON.parse(
  readFileSync(new URL("../data/blns.json", import.meta.url), "utf8"),
);

/** Well-formed text of any code points, and every naughty one. */
const text: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom(...NAUGHTY).map((string) => string.toWellFormed()),
);

/** A part of a name that any reader takes, or any text at all. */
const namePart = (utf8: boolean): fc.Arbitrary<string> =>
  utf8 ? text : fc.stringMatching(/^[a-zA-Z0-9_]{0,8}$/);

const labelNames = (utf8: boolean): fc.Arbitrary<string[]> =>
  fc.uniqueArray(namePart(utf8).map((part) => `x${part}`), { maxLength: 3 });

/** Never negative zero, which the formats do not distinguish. */
const number: fc.Arbitrary<number> = fc.double().map((value) => value + 0);
const positive: fc.Arbitrary<number> = fc.double({ min: 0, noNaN: true }).map(Math.abs);
const count: fc.Arbitrary<number> = fc.nat();
/** A time from 1970 to 2096, to the millisecond. */
const timeMs: fc.Arbitrary<number> = fc.integer({ min: 0, max: 4e12 });

function labelSets(utf8: boolean): fc.Arbitrary<LabelSet[]> {
  return labelNames(utf8).chain((names) =>
    fc.uniqueArray(fc.tuple(...names.map(() => text)), {
      maxLength: names.length === 0 ? 1 : 4,
      selector: (values) => JSON.stringify(values),
    }).map((sets) => sets.map((values) => labelSet(names, values)))
  );
}

function exemplarOf(value: fc.Arbitrary<number>): fc.Arbitrary<Exemplar> {
  const id = fc.stringMatching(/^[0-9a-f]{16}$/);
  return fc.record({
    value,
    labels: id.map((spanId) => labelSet(["span_id"], [spanId])),
    timestampMs: fc.option(timeMs, { nil: undefined }),
  });
}

const times = { timestampMs: fc.option(timeMs, { nil: undefined }) };
const created = { createdMs: fc.option(timeMs, { nil: undefined }) };

type Base = { readonly name: string; readonly help: string; readonly unit: string | undefined };

function series<S extends object>(
  utf8: boolean,
  sample: fc.Arbitrary<S>,
): fc.Arbitrary<(S & { labels: LabelSet })[]> {
  return labelSets(utf8).chain((sets) =>
    fc.tuple(...sets.map((labels) => sample.map((made) => ({ ...made, labels }))))
  );
}

function counters({ name, ...base }: Base, utf8: boolean): fc.Arbitrary<NumberFamily> {
  const value = positive.filter(Number.isFinite);
  const exemplar = fc.option(exemplarOf(value), { nil: undefined });
  const sample = fc.record({ value, exemplar, ...times, ...created });
  return series<Omit<NumberSample, "labels">>(utf8, sample).map((samples) => ({
    type: "counter" as const,
    name: `${name}_total`,
    ...base,
    samples,
  }));
}

function gauges(base: Base, utf8: boolean): fc.Arbitrary<NumberFamily> {
  return fc.tuple(
    fc.constantFrom("gauge" as const, "unknown" as const),
    series(utf8, fc.record({ value: number, ...times })),
  ).map(([type, samples]) => ({ type, ...base, samples }));
}

function infos({ name, help }: Base, utf8: boolean): fc.Arbitrary<NumberFamily> {
  // Without times: the Python parser takes all series of an info for one metric.
  return series(utf8, fc.record({ value: fc.constant(1) })).map((samples) => ({
    type: "info" as const,
    name: `${name}_info`,
    help,
    samples,
  }));
}

function stateSets({ name, help }: Base): fc.Arbitrary<NumberFamily> {
  return fc.uniqueArray(text, { maxLength: 4 }).chain((states) =>
    fc.tuple(...states.map(() => fc.constantFrom(0, 1))).map((values) => ({
      type: "stateset" as const,
      name,
      help,
      samples: states.map((state, i) => ({
        labels: labelSet([name], [state]),
        value: values[i]!,
      })),
    }))
  );
}

function summaries(base: Base, utf8: boolean): fc.Arbitrary<SummaryFamily> {
  const quantile = fc.double({ min: 0, max: 1, noNaN: true }).map(Math.abs);
  const sample = fc.record({
    count,
    sum: positive,
    quantiles: fc.uniqueArray(
      fc.tuple(quantile, fc.oneof(positive, fc.constant(NaN))),
      { maxLength: 3, selector: ([q]) => q },
    ),
    ...times,
    ...created,
  });
  return series(utf8, sample).map((samples) => ({ type: "summary" as const, ...base, samples }));
}

function histograms(base: Base, utf8: boolean): fc.Arbitrary<HistogramFamily> {
  return fc.tuple(
    fc.boolean(),
    fc.uniqueArray(fc.double({ noNaN: true, noDefaultInfinity: true }).map((b) => b + 0), {
      maxLength: 5,
    }).map((bounds) => bounds.sort((a, b) => a - b)),
  ).chain(([gauge, bounds]) =>
    series<Omit<HistogramSample, "labels">>(utf8, histogram(bounds, gauge)).map((samples) => ({
      type: "histogram" as const,
      ...base,
      ...(gauge && { gauge }),
      samples: samples.map((sample) => gauge ? { ...sample, createdMs: undefined } : sample),
    }))
  );
}

function histogram(
  bounds: readonly number[],
  gauge: boolean,
): fc.Arbitrary<Omit<HistogramSample, "labels">> {
  const isNegative = (bounds[0] ?? 0) < 0;
  // OpenMetrics has no sum where observations may be negative.
  const sum = !isNegative
    ? positive
    : gauge
    ? number.filter((n) => !Number.isNaN(n))
    : fc.constant(NaN);
  return fc.record({
    counts: fc.tuple(...bounds.map(() => count), count),
    // One bucket shows one exemplar, which lies in it.
    exemplars: fc.option(
      fc.subarray([...bounds]).chain((at) =>
        fc.tuple(...at.map((bound) => exemplarOf(fc.constant(bound))))
      ),
      { nil: undefined },
    ),
    sum,
    ...times,
    ...created,
  }).map(({ counts, exemplars, ...rest }) => {
    let total = 0;
    const cumulative = counts.map((n) => total += n);
    return {
      ...rest,
      bounds,
      buckets: cumulative.slice(0, -1),
      count: total,
      exemplars: exemplars?.length === 0 ? undefined : exemplars,
    };
  });
}

/** Families that OpenMetrics represents completely: a page of them reads back equal. */
export function arbitraryFamilies(utf8: boolean): fc.Arbitrary<Family[]> {
  const base = (index: number): fc.Arbitrary<Base> =>
    fc.tuple(namePart(utf8), text, fc.constantFrom(undefined, "seconds", "bytes")).map((
      [part, help, unit],
    ) => ({
      // The text after the index can't make the names of two families equal.
      name: `m${index}x${part}_n${unit === undefined ? "" : `_${unit}`}`,
      help,
      unit,
    }));
  const family = (index: number): fc.Arbitrary<Family> =>
    base(index).chain((base): fc.Arbitrary<Family> =>
      fc.oneof<fc.Arbitrary<Family>[]>(
        counters(base, utf8),
        gauges(base, utf8),
        infos({ ...base, unit: undefined }, utf8),
        stateSets({ ...base, unit: undefined }),
        summaries(base, utf8),
        histograms(base, utf8),
      )
    );
  return fc.nat(4).chain((length) =>
    fc.tuple(...Array.from({ length }, (_, index) => family(index)))
  );
}
