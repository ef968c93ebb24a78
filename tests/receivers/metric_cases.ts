/** The metrics that every receiver is sent. */
import type { Exemplar, Family, HistogramFamily, NativeHistogram } from "../../src/metrics/mod.ts";
import { numberFamily } from "../../src/metrics/mod.ts";
import { labelSet } from "../../src/metrics/data/labels.ts";

/** When the run began: times are given relative to it. */
export const BASE_MS = Date.now();

/** The first word of a family's name is that of its case. */
export interface MetricCase {
  /** What it is, for people. */
  readonly what: string;
  readonly families: readonly Family[];
  /** What follows it, for cases that tell a story: one more set of families each. */
  readonly then?: readonly (readonly Family[])[];
}

const labels = (of: Readonly<Record<string, string>>) =>
  labelSet(Object.keys(of), Object.values(of));
const TRACE = { trace_id: "0af7651916cd43dd8448eb211c80319c", span_id: "b7ad6b7169203331" };
const exemplar = (value: number, timestampMs?: number): Exemplar => ({
  value,
  labels: labels(TRACE),
  timestampMs,
});

const NATIVE: NativeHistogram = {
  schema: 3,
  zeroThreshold: 2 ** -128,
  zeroCount: 2,
  positive: [[-31, 1], [0, 2], [1, 3], [8, 1]],
  negative: [[-8, 1], [3, 2]],
};

/** Twelve observations from below zero to 2, in buckets that are on an octave. */
function histogram(name: string, of: Partial<HistogramFamily["samples"][number]>): HistogramFamily {
  return {
    type: "histogram",
    name,
    help: "Waiting",
    samples: [{
      labels: labels({ queue: "mail" }),
      count: 12,
      sum: 5.5,
      bounds: [0.00001, 1, 2, 1e6],
      buckets: [5, 8, 12, 12],
      ...of,
    }],
  };
}

/** A counter and histograms, classic and native, of as many observations, half of them in the lower bucket. */
const growing = (name: string, count: number): readonly Family[] => {
  const low = Math.floor(count / 2);
  const classic = { count, sum: count, bounds: [1], buckets: [low] };
  const positive = ([[0, low], [8, count - low]] as const).filter(([, n]) => n > 0);
  return [
    numberFamily("counter", `${name}_total`, "", [[count]]),
    histogram(`${name}_seconds`, classic),
    histogram(`${name}_native_seconds`, {
      ...classic,
      native: { ...NATIVE, zeroCount: 0, positive, negative: [] },
    }),
  ];
};
const gone = (value: number): readonly Family[] => [
  numberFamily("gauge", "gone", "", [[value]]),
  {
    type: "summary",
    name: "gone_bytes",
    help: "",
    samples: [{ labels: labels({}), count: value, sum: value, quantiles: [[0.5, value]] }],
  },
  ...growing("gone_orders", value),
];

/** Every type of metric with its edges. */
export const METRIC_CASES: Readonly<Record<string, MetricCase>> = {
  orders: {
    what: "a counter",
    families: [numberFamily("counter", "orders_total", "Orders", [
      [3, { status: "paid" }],
      [2 ** 53, { status: "many" }],
      [0.1, { status: "part" }],
      [0, { status: "none" }],
    ])],
  },
  bare: {
    what: "a counter without `_total`",
    families: [numberFamily("counter", "bare", "", [[4]])],
  },
  edge: {
    what: "a gauge that is NaN, infinite, tiny, huge or negative",
    families: [numberFamily("gauge", "edge", "", [
      [NaN, { is: "nan" }],
      [Infinity, { is: "inf" }],
      [-Infinity, { is: "-inf" }],
      [5e-324, { is: "tiny" }],
      [-Number.MAX_VALUE, { is: "huge" }],
      [-3.5, { is: "negative" }],
    ])],
  },
  text: {
    what: "labels with quotes, line feeds, emoji, lone surrogates, or nothing",
    families: [numberFamily("gauge", "text", 'Help with "quotes" \\ and\na line feed', [
      [1, { a: 'new "\\\n😀', b: "" }],
      [2, { a: "", b: "half \ud800" }],
      [3, { a: "", b: "" }],
    ])],
  },
  long: {
    what: "a label of 1024 characters",
    families: [numberFamily("gauge", "long", "", [[1, { a: "é".repeat(1024) }]])],
  },
  wide: {
    what: "50 labels",
    families: [
      numberFamily("gauge", "wide", "", [
        [1, Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`label_${i + 10}`, "x"]))],
      ]),
    ],
  },
  dots: {
    what: "names with dots and accents",
    families: [
      numberFamily("counter", "dots.requests", "", [[1, { "http.method": "GET", "señor": "sí" }]]),
    ],
  },
  classic: {
    what: "a histogram with buckets",
    families: [histogram("classic_seconds", { exemplars: [exemplar(0.5, BASE_MS - 30_000)] })],
  },
  native: {
    what: "a native histogram with a zero bucket and negative observations",
    families: [histogram("native_seconds", { native: NATIVE })],
  },
  sparse: {
    what: "a native histogram with exemplars, of which one has no time",
    families: [
      histogram("sparse_seconds", {
        native: NATIVE,
        exemplars: [
          exemplar(0.5),
          exemplar(1.5, BASE_MS - 20_000),
          exemplar(1.9, BASE_MS - 10_000),
        ],
      }),
    ],
  },
  empty: {
    what: "a native histogram without observations",
    families: [
      histogram("empty_seconds", {
        count: 0,
        sum: 0,
        buckets: [0, 0, 0, 0],
        native: { ...NATIVE, zeroCount: 0, positive: [], negative: [] },
      }),
    ],
  },
  narrow: {
    what: "a native histogram with 256 buckets an octave",
    families: [
      histogram("narrow_seconds", {
        count: 3,
        buckets: [0, 0, 3, 3],
        native: {
          ...NATIVE,
          schema: 8,
          zeroCount: 0,
          positive: [[1, 1], [2, 1], [256, 1]],
          negative: [],
        },
      }),
    ],
  },
  coarse: {
    what: "a native histogram whose buckets are four octaves each",
    families: [
      histogram("coarse_seconds", {
        count: 3,
        buckets: [0, 1, 1, 3],
        native: {
          ...NATIVE,
          schema: -2,
          zeroCount: 0,
          positive: [[0, 1], [1, 2]],
          negative: [],
        },
      }),
    ],
  },
  unbounded: {
    what: "a histogram without bounds",
    families: [histogram("unbounded_seconds", { bounds: [], buckets: [] })],
  },
  size: {
    what: "a summary, with a quantile that nothing was observed for",
    families: [{
      type: "summary",
      name: "size_bytes",
      help: "Sizes",
      samples: [{
        labels: labels({ of: "x" }),
        count: 4,
        sum: 20,
        quantiles: [[0.5, 5], [0.99, NaN]],
      }],
    }],
  },
  kind: {
    what: "an info, a state set, an untyped metric",
    families: [
      numberFamily("info", "kind_info", "", [[1, { version: "2" }]]),
      numberFamily("stateset", "kind_state", "", [[1, { kind_state: "on" }], [0, {
        kind_state: "off",
      }]]),
      numberFamily("unknown", "kind_untyped", "", [[7]]),
    ],
  },
  traced: {
    what: "a counter with an exemplar",
    families: [{
      type: "counter",
      name: "traced_total",
      help: "",
      samples: [
        { labels: labels({ time: "with" }), value: 5, exemplar: exemplar(2, BASE_MS - 30_000) },
        { labels: labels({ time: "without" }), value: 6, exemplar: exemplar(2) },
      ],
    }],
  },
  traces: {
    what: "a counter without labels and with an exemplar",
    families: [{
      type: "counter",
      name: "traces_total",
      help: "",
      samples: [{ labels: labels({}), value: 5, exemplar: exemplar(2, BASE_MS - 30_000) }],
    }],
  },
  created: {
    what: "a counter with the time at which it began",
    families: [{
      type: "counter",
      name: "created_total",
      help: "",
      samples: [{ labels: labels({ of: "x" }), value: 7, createdMs: BASE_MS - 40_000 }],
    }],
  },
  born: {
    what: "histograms, native and not, and a summary with the time at which they began",
    families: [
      histogram("born_seconds", { native: NATIVE, createdMs: BASE_MS - 40_000 }),
      histogram("born_classic_seconds", { createdMs: BASE_MS - 40_000 }),
      {
        type: "summary",
        name: "born_bytes",
        help: "",
        samples: [{
          labels: labels({}),
          count: 4,
          sum: 20,
          quantiles: [[0.5, 5]],
          createdMs: BASE_MS - 40_000,
        }],
      },
    ],
  },
  sums: {
    what: "histograms whose sums are NaN, infinite or negative, a summary whose sum is NaN",
    families: [
      ...[NaN, Infinity, -7.5].map((sum, i) =>
        histogram(`sums_${["nan", "infinite", "negative"][i]}_seconds`, { sum, native: NATIVE })
      ),
      {
        type: "summary",
        name: "sums_bytes",
        help: "",
        samples: [{ labels: labels({}), count: 4, sum: NaN, quantiles: [[0.5, -Infinity]] }],
      },
    ],
  },
  reset: {
    what: "a counter and histograms, native and not, that restart",
    families: growing("reset", 5),
    then: [growing("reset", 2), growing("reset", 4)],
  },
  gone: {
    what: "families of each kind that go and come back",
    families: gone(1),
    then: [[], gone(3)],
  },
  resource: { what: "the attributes of the resource", families: [] },
  step: {
    what: "",
    families: step(1),
    then: [step(2), step(3)],
  },
};

/** Which step of the stories has arrived. */
function step(value: number): readonly Family[] {
  return [numberFamily("gauge", "step", "", [[value]])];
}

/** How many steps the longest story has. */
export const STEPS = 3;

/** All families of a step. */
export function familiesOf(step: number): Family[] {
  return Object.values(METRIC_CASES).flatMap(({ families, then = [] }) =>
    // The last step lasts.
    [families, ...then][Math.min(step, then.length)]!
  );
}
