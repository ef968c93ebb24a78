import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { labelSet } from "../../src/metrics/data/labels.ts";
import { encodeOpenMetrics, encodeText, type Family } from "../../src/metrics/mod.ts";
import { ParseError, parseOpenMetrics, parsePage, parseText } from "../../src/testing/mod.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { arbitraryFamilies } from "../metrics/arbitrary.ts";
import { pages } from "../metrics/pages.ts";
import { growsLinearly } from "../growth.ts";
import { HANG_MS } from "../tool.ts";

/** Families as plain JSON, without cached line heads and native buckets. */
function plain(families: readonly Family[]): unknown {
  return JSON.parse(JSON.stringify(families, (key, value) => {
    if (key === "head" || key === "heads" || key === "native") return undefined;
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  }));
}

const NONE = labelSet([], []);
const labels = (pairs: Record<string, string>) =>
  labelSet(Object.keys(pairs), Object.values(pairs));

const READ: readonly (readonly [what: string, read: typeof parseText, string, Family[]])[] = [
  ["nothing", parseText, "", []],
  ["a sample without metadata", parseText, "a 1\n", [
    { type: "unknown", name: "a", help: "", samples: [{ labels: NONE, value: 1 }] },
  ]],
  [
    "labels, a timestamp and blanks",
    parseText,
    '# \tHELP a  help \n\n# TYPE\ta gauge\n a { b = "c" , d="e\\"\\\\\\n" , } \t +Inf -5 \n',
    [{
      type: "gauge",
      name: "a",
      help: " help ",
      samples: [{ labels: labels({ b: "c", d: 'e"\\\n' }), value: Infinity, timestampMs: -5 }],
    }],
  ],
  [
    "a histogram",
    parseText,
    `# TYPE a histogram
a_bucket{b="1",le="0.5"} 1
a_bucket{b="2",le="0.5"} 0
a_bucket{b="1",le="1e3"} 2
a_bucket{b="2",le="1000"} 0
a_bucket{b="1",le="+Inf"} 3
a_bucket{b="2",le="+Inf"} 4
a_sum{b="1"} -2
a_count{b="1"} 3
`,
    [{
      type: "histogram",
      name: "a",
      help: "",
      samples: [
        { labels: labels({ b: "1" }), count: 3, sum: -2, bounds: [0.5, 1000], buckets: [1, 2] },
        { labels: labels({ b: "2" }), count: 4, sum: NaN, bounds: [0.5, 1000], buckets: [0, 0] },
      ],
    }],
  ],
  [
    "a summary",
    parseText,
    '# TYPE a summary\na{quantile="0.5"} NaN\na{quantile="1",b="c"} 7\na_sum 8\n',
    [{
      type: "summary",
      name: "a",
      help: "",
      samples: [
        { labels: NONE, count: NaN, sum: 8, quantiles: [[0.5, NaN]] },
        { labels: labels({ b: "c" }), count: NaN, sum: NaN, quantiles: [[1, 7]] },
      ],
    }],
  ],
  [
    "names in quotes",
    parseText,
    '# TYPE "a.b" counter\n{"a.b","c d"="e",f="g"} 1\nh{"i"="j"} 2\n',
    [
      {
        type: "counter",
        name: "a.b",
        help: "",
        samples: [{ labels: labels({ "c d": "e", f: "g" }), value: 1 }],
      },
      { type: "unknown", name: "h", help: "", samples: [{ labels: labels({ i: "j" }), value: 2 }] },
    ],
  ],
  [
    "a counter with everything",
    parseOpenMetrics,
    `# HELP a_seconds x\\"y
# TYPE a_seconds counter
# UNIT a_seconds seconds
a_seconds_total{b="c"} 3 1.5 # {d="e"} 2 1.25
a_seconds_created{b="c"} 0.001 1.5
# EOF
`,
    [{
      type: "counter",
      name: "a_seconds_total",
      help: 'x"y',
      unit: "seconds",
      samples: [{
        labels: labels({ b: "c" }),
        value: 3,
        timestampMs: 1500,
        createdMs: 1,
        exemplar: { labels: labels({ d: "e" }), value: 2, timestampMs: 1250 },
      }],
    }],
  ],
  [
    "a histogram with exemplars",
    parseOpenMetrics,
    `# TYPE a histogram
a_bucket{le="1.0"} 1 # {} 0.5
a_bucket{le="+Inf"} 2 # {b="c"} 4 2
a_count 2
a_sum 4.5
a_created 10
# EOF
`,
    [{
      type: "histogram",
      name: "a",
      help: "",
      samples: [{
        labels: NONE,
        count: 2,
        sum: 4.5,
        bounds: [1],
        buckets: [1],
        createdMs: 10_000,
        exemplars: [
          { labels: NONE, value: 0.5 },
          { labels: labels({ b: "c" }), value: 4, timestampMs: 2000 },
        ],
      }],
    }],
  ],
  [
    "a gauge histogram, an info and a state set",
    parseOpenMetrics,
    `# TYPE a gaugehistogram
a_bucket{le="+Inf"} 2
a_gcount 2
a_gsum 3
# TYPE b info
b_info{c="d"} 1
# TYPE e stateset
e{e="on"} 1
e{e="off"} 0
# EOF
`,
    [
      {
        type: "histogram",
        name: "a",
        help: "",
        gauge: true,
        samples: [{ labels: NONE, count: 2, sum: 3, bounds: [], buckets: [] }],
      },
      {
        type: "info",
        name: "b_info",
        help: "",
        samples: [{ labels: labels({ c: "d" }), value: 1 }],
      },
      {
        type: "stateset",
        name: "e",
        help: "",
        samples: [
          { labels: labels({ e: "on" }), value: 1 },
          { labels: labels({ e: "off" }), value: 0 },
        ],
      },
    ],
  ],
];

for (const [what, read, page, families] of READ) {
  test(`${read.name}() reads ${what}`, () => assert.deepEqual(read(page), families));
}

interface Corpus {
  readonly good: readonly (readonly [what: string, page: string])[];
  readonly bad: readonly (readonly [what: string, line: number, page: string])[];
}

function corpus(name: string): Corpus & { readonly lenient: Corpus["bad"] } {
  const url = new URL(`../data/${name}`, import.meta.url);
  const { good, bad, ...rest } = JSON.parse(readFileSync(url, "utf8"));
  return { good, bad, lenient: Object.values(rest)[0] as Corpus["bad"] };
}

const OPENMETRICS = corpus("openmetrics_pages.json"), TEXT = corpus("text_pages.json");

for (
  const [read, { good, bad, lenient }] of [[parseOpenMetrics, OPENMETRICS], [
    parseText,
    TEXT,
  ]] as const
) {
  test(`${read.name}() reads every good page of the corpus`, () => {
    assert.ok(good.length > 20);
    for (const [what, page] of good) assert.doesNotThrow(() => read(page), what);
  });

  test(`${read.name}() refuses every bad page of the corpus, and names the line`, () => {
    assert.ok(bad.length > 20 && lenient.length > 4);
    for (const [what, line, page] of [...bad, ...lenient]) {
      assert.throws(() => read(page), (error) => {
        assert.ok(error instanceof ParseError && error instanceof SyntaxError, what);
        assert.equal(error.line, line, `${what}: ${error.message}`);
        assert.equal(error.message, `Cannot read line ${line} of the page: ${error.reason}`);
        return true;
      }, what);
    }
  });
}

const REASONS: readonly (readonly [page: string, message: string])[] = [
  ["a\n", "Cannot read line 1 of the page: it ends where a space is due, before the value"],
  ["a x\n", 'Cannot read line 1 of the page: value must be a number, got "x"'],
  ["ok 1\na{b=c} 1\n", 'Cannot read line 2 of the page: the value of label "b" is not in quotes'],
  ['a{b="1",b="2"} 1\n', 'Cannot read line 1 of the page: label "b" appears twice'],
  ["a 1\nb 1\na 2\n", 'Cannot read line 3 of the page: "a" belongs to another family already'],
  ["a 1\na 2\n", "Cannot read line 2 of the page: the series appears twice"],
  [
    '# TYPE a histogram\na_bucket{le="1"} 2\na_bucket{le="+Inf"} 1\n',
    "Cannot read line 3 of the page: buckets are cumulative, but 1 follows 2",
  ],
  [
    '# TYPE a histogram\na_bucket{le="1"} 2\n',
    "Cannot read line 2 of the page: it has no bucket up to +Inf",
  ],
];

test("parseText() says why it refuses a page", () => {
  for (const [page, message] of REASONS) assert.throws(() => parseText(page), { message });
});

test("parseOpenMetrics() keeps an exemplar at the bucket whose line it was on", () => {
  const page = `# TYPE a histogram
a_bucket{le="1.0"} 1
a_bucket{le="2.0"} 2 # {t="x"} 0.5
a_bucket{le="+Inf"} 3 # {t="y"} 1.5
a_count 3
a_sum 4
# EOF
`;
  assert.equal(encodeOpenMetrics(parseOpenMetrics(page)), page);
});

test("parseOpenMetrics() takes points of one series with the same timestamp, in their order", () => {
  const page = '# TYPE a gauge\na{x="1"} 1 0\na{x="1"} 2 0\na{x="1"} 3 0.0000001\n# EOF\n';
  const [family] = parseOpenMetrics(page);
  assert.deepEqual(family!.samples.map((sample) => "value" in sample ? sample.value : undefined), [
    1,
    2,
    3,
  ]);
  assert.throws(() => parseOpenMetrics("# TYPE a gauge\na 1\na 2\n# EOF\n"), /appears twice/);
});

test("parseText() takes counts with a fraction and gauge histograms, OpenMetrics whole counts only", () => {
  const rows = 'a_bucket{le="1"} 0.5\na_bucket{le="+Inf"} 1.5\na_sum 2\na_count 1.5\n';
  for (const type of ["histogram", "gaugehistogram"]) {
    const [family] = parseText(`# TYPE a ${type}\n${rows}`);
    assert(family?.type === "histogram");
    assert.deepEqual([family.gauge ?? false, family.samples[0]!.count], [
      type !== "histogram",
      1.5,
    ]);
  }
  assert.throws(() => parseOpenMetrics(`# TYPE a histogram\n${rows}# EOF\n`), /got 0\.5/);
});

test("parseText() shows only the beginning of a long text", () => {
  assert.throws(
    () => parseText(`a ${"x".repeat(1e6)}\n`),
    (error: ParseError) => error.message.length < 150,
  );
});

test("the parsers refuse names in quotes when only legacy names are wanted", () => {
  const legacy = { names: "legacy" } as const;
  for (const page of ['{"a"} 1\n', 'a{"b"="c"} 1\n', '# HELP "a" b\n']) {
    assert.doesNotThrow(() => parseText(page));
    assert.throws(() => parseText(page, legacy), ParseError);
    assert.doesNotThrow(() => parseOpenMetrics(`${page}# EOF\n`));
    assert.throws(() => parseOpenMetrics(`${page}# EOF\n`, legacy), ParseError);
  }
  assert.doesNotThrow(() => parseText('a{b="c"} 1\n', legacy));
});

test("parsePage() parses by content type, and refuses what Prometheus would", () => {
  const text = "# comment\na 1\n", openMetrics = "a 1\n# EOF\n";
  parsePage(text, "text/plain");
  parsePage(text, "text/plain; version=0.0.4; charset=utf-8; escaping=underscores");
  parsePage(openMetrics, "Application/OpenMetrics-Text; version=1.0.0; charset=utf-8");
  assert.throws(() => parsePage(text, "application/openmetrics-text"), ParseError);
  for (const type of [null, "", "text/html", "application/vnd.google.protobuf"]) {
    assert.throws(() => parsePage(text, type), TypeError);
  }
});

test("parseOpenMetrics() reads every page of a registry back equal", async () => {
  for (const [name, families] of await pages()) {
    const page = encodeOpenMetrics(families, { created: true });
    assert.equal(encodeOpenMetrics(parseOpenMetrics(page), { created: true }), page, name);
  }
});

test("parseText() reads every page of a registry back equal", async () => {
  for (const [name, families] of await pages()) {
    const page = encodeText(families);
    assert.equal(encodeText(parseText(page)), page, name);
  }
});

/** What 0.0.4 can say of families: no units, creation times, exemplars, and fewer types. */
function asText(families: readonly Family[]): unknown[] {
  return families.map(({ unit: _, ...family }) => ({
    ...family,
    ...(family.type === "histogram" && { gauge: undefined }),
    type: family.type === "info" || family.type === "stateset" ? "gauge" : family.type,
    samples: family.samples.map((sample) => ({
      ...sample,
      createdMs: undefined,
      exemplar: undefined,
      exemplars: undefined,
    })),
  }));
}

for (const utf8 of [false, true]) {
  const names = utf8 ? "any names" : "legacy names";

  test(`encodeOpenMetrics() and back is equal, with ${names} and any labels`, () => {
    fc.assert(fc.property(arbitraryFamilies(utf8), (families) => {
      const page = encodeOpenMetrics(families, { created: true });
      assert.deepEqual(plain(parseOpenMetrics(page)), plain(families), page);
    }));
  });

  test(`encodeText() and back is equal, with ${names} and any labels`, () => {
    fc.assert(fc.property(arbitraryFamilies(utf8), (families) => {
      const page = encodeText(families);
      assert.deepEqual(plain(parseText(page)), plain(asText(families) as Family[]), page);
    }));
  });
}

/** A page of the corpus, with a piece of it left out or written twice, and a token put in. */
const damaged = (good: Corpus["good"]): fc.Arbitrary<string> =>
  fc.record({
    page: fc.constantFrom(...good.map(([, page]) => page)),
    from: fc.nat(),
    length: fc.nat(20),
    twice: fc.boolean(),
    token: fc.constantFrom("", "", " ", "\n", "{", "}", '"', "\\", ",", "1", "#", "# EOF\n", "é"),
  }).map(({ page, from, length, twice, token }) => {
    const start = from % (page.length + 1), piece = page.slice(start, start + length);
    return page.slice(0, start) + (twice ? piece + token + piece : token) +
      page.slice(start + length);
  });

for (
  const [read, encode, { good }] of [
    [parseOpenMetrics, encodeOpenMetrics, OPENMETRICS],
    [parseText, encodeText, TEXT],
  ] as const
) {
  test(`${read.name}() gives a ParseError, or what can be written and read again`, () => {
    let read1 = 0;
    fc.assert(
      fc.property(damaged(good), (page) => {
        let families: Family[];
        try {
          families = read(page);
        } catch (error) {
          return void assert.ok(error instanceof ParseError, String(error));
        }
        read1++;
        const written = encode(families, { created: true });
        assert.equal(encode(read(written), { created: true }), written);
      }),
      { numRuns: 3000 },
    );
    assert.ok(read1 > 100, "hardly a page was good");
  });
}

/** Pages of about this many characters. */
const HOSTILE = (size: number): readonly (readonly [what: string, page: string])[] => [
  ["backslashes in a label", `a{b="${"\\".repeat(size)}"} 1\n`],
  ["quotes", `a{b="${'\\"'.repeat(size / 2)}"} 1\n`],
  ["a quote that is not closed on each line", '# HELP "a\n'.repeat(size / 10)],
  ["braces", `a${"{".repeat(size)}\n`],
  ["digits and no number", `a ${"1".repeat(size)}x\n`],
  ["blanks", `a${" ".repeat(size)}1${" ".repeat(size)}x\n`],
  ["blanks after a type", `# TYPE a gauge${" ".repeat(size)}x\n`],
  ["labels", `a{${Array.from({ length: size / 10 }, (_, i) => `l${i}="",`).join("")}} 1\n`],
  ["series", Array.from({ length: size / 10 }, (_, i) => `a{b="${i}"} 1\n`).join("")],
  ["families", Array.from({ length: size / 10 }, (_, i) => `a${i} 1\n`).join("")],
  [
    "buckets",
    `# TYPE a histogram\n${
      Array.from({ length: size / 20 }, (_, i) => `a_bucket{le="${i}"} 1\n`).join("")
    }a_bucket{le="+Inf"} 1\n`,
  ],
  [
    "quantiles",
    `# TYPE a summary\n${
      Array.from({ length: size / 20 }, (_, i) => `a{quantile="${i / size}"} 1\n`).join("")
    }`,
  ],
  [
    "points at one time",
    "# TYPE a gauge\n" + "a 1 0\n".repeat(size / 10) + "# EOF\n",
  ],
  ["a long name", `${"a".repeat(size)} 1\n`],
  ["blank lines", "\n".repeat(size)],
];

test(
  "the parsers take no more than linear time, whatever is in a page",
  { timeout: HANG_MS },
  () => {
    const sizes = new Map([30_000, 240_000].map((size) => [size, HOSTILE(size)]));
    for (const [i, [what]] of HOSTILE(100).entries()) {
      for (const read of [parseText, parseOpenMetrics]) {
        growsLinearly(`${read.name}: ${what}`, (size) => {
          try {
            read(sizes.get(size)![i]![1]);
          } catch (error) {
            assert.ok(error instanceof ParseError, `${what}: ${error}`);
          }
        }, 30_000);
      }
    }
  },
);

const PROMTOOL = "peers/promtool";

test(
  "promtool reads the good text pages, and refuses the bad ones but for those we know of",
  { skip: lackingBuilt(PROMTOOL), timeout: HANG_MS },
  () => {
    const refuses = (page: string) => {
      // Given an empty input by Bun, promtool now and then exits 1; an empty line says the same to it.
      const input = page === "" ? "\n" : page;
      const { status, error } = spawnSync(built(PROMTOOL), ["check", "metrics"], { input });
      if (error !== undefined) throw error;
      // 3 is what it says to pages it reads, but finds fault with.
      return status === 1;
    };
    const wrong = [
      ...TEXT.good.filter(([, page]) => refuses(page)),
      ...TEXT.bad.filter(([, , page]) => !refuses(page)),
      ...TEXT.lenient.filter(([, , page]) => refuses(page)),
    ];
    assert.deepEqual(wrong, []);
  },
);

test("parseOpenMetrics() takes any time, and writes it again as exactly as a double can", () => {
  const page = (seconds: string) => `# TYPE a gauge\na 1 ${seconds}\n# EOF\n`;
  for (const seconds of ["12345678901234567890.1234567890", "-1e13", "1e300", "1e308"]) {
    const [again] = parseOpenMetrics(encodeOpenMetrics(parseOpenMetrics(page(seconds))));
    const ms = again!.samples[0]!.timestampMs!;
    assert.ok(Math.abs(ms / 1e3 / Number(seconds) - 1) < 1e-15 || seconds === "1e308", seconds);
    assert.ok(Number.isFinite(ms), seconds);
  }
  assert.throws(() => parseOpenMetrics(page("+Inf")), /is not finite/);
  for (const seconds of ["999999999999.123", "-999999999999.999", "4102444800.001"]) {
    assert.equal(encodeOpenMetrics(parseOpenMetrics(page(seconds))), page(seconds));
  }
});
