/** Python's strict OpenMetrics parser as the judge of what we write and of what we read. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { encodeOpenMetrics } from "../../src/metrics/mod.ts";
import { parseOpenMetrics } from "../../src/testing/mod.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { arbitraryFamilies } from "../metrics/arbitrary.ts";
import { pages } from "../metrics/pages.ts";
import { HANG_MS } from "../tool.ts";

const PYTHON = "python/bin/python";
const READ = fileURLToPath(new URL("../peers/python/read.py", import.meta.url));
const options = { skip: lackingBuilt(PYTHON), timeout: HANG_MS };

type Reading = { readonly families?: unknown; readonly error?: string };

/** What Python makes of each page. */
function read(pages: readonly string[]): Reading[] {
  const output = execFileSync(built(PYTHON), [READ], {
    input: JSON.stringify(pages),
    encoding: "utf8",
    maxBuffer: 1 << 28,
  });
  return JSON.parse(output);
}

const corpus: {
  good: [what: string, page: string][];
  bad: [what: string, line: number, page: string][];
  "read by Python all the same": [what: string, line: number, page: string][];
} = JSON.parse(readFileSync(new URL("../data/openmetrics_pages.json", import.meta.url), "utf8"));

test("Python's strict parser reads every page of our registries", options, async () => {
  const named = [...await pages()].flatMap(([name, families]) =>
    [false, true].map((created) => ({
      name: created ? `${name}, created` : name,
      page: encodeOpenMetrics(families, { created }),
    }))
  );
  read(named.map(({ page }) => page)).forEach(({ error }, i) => {
    assert.equal(error, undefined, `${named[i]!.name}\n${named[i]!.page}`);
  });
});

test("Python's strict parser reads every page of arbitrary families", options, () => {
  const written = [false, true].flatMap((utf8) => fc.sample(arbitraryFamilies(utf8), 200))
    .map((families) => encodeOpenMetrics(families, { created: true }));
  read(written).forEach(({ error }, i) => assert.equal(error, undefined, written[i]));
});

test(
  "parseOpenMetrics() and Python agree on which pages are good, and what they say",
  options,
  () => {
    const good = corpus.good.map(([, page]) => page);
    const first = read(good);
    const second = read(
      good.map((page) => encodeOpenMetrics(parseOpenMetrics(page), { created: true })),
    );
    corpus.good.forEach(([what], i) => {
      assert.equal(first[i]!.error, undefined, what);
      assert.deepEqual(second[i], first[i], what);
    });
  },
);

test(
  "Python refuses every page that parseOpenMetrics() refuses, but for those we know of",
  options,
  () => {
    const verdicts = (pages: readonly (readonly [string, number, string])[]) =>
      read(pages.map(([, , page]) => page)).flatMap(({ error }, i) =>
        error === undefined ? [pages[i]![0]] : []
      );
    assert.deepEqual(verdicts(corpus.bad), []);
    const lenient = corpus["read by Python all the same"];
    assert.deepEqual(verdicts(lenient), lenient.map(([what]) => what));
  },
);
