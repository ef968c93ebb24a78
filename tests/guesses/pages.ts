/** Pages of metrics, as scrapers and parsers read them. */
import { spawnSync } from "node:child_process";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { programOf, without } from "../receivers/servers.ts";
import { lacking } from "../tool.ts";
import { type Guess, guessed, otherwise } from "./guess.ts";

const OPENMETRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8";
const TEXT = "text/plain; version=0.0.4; charset=utf-8";
/** Its labels are longer than 128 characters together. */
const LONG_EXEMPLAR = `# TYPE a counter\na_total 1 # {trace_id="${"f".repeat(130)}"} 1\n# EOF\n`;
const LADDER =
  '# TYPE a histogram\na_bucket{le="1"} 1\na_bucket{le="+Inf"} 2\na_sum 3\na_count 2\n';

/** Serves each page at a path of its own, scrapes them once, and gives the series of each. */
async function scraped(
  program: string,
  pages: readonly (readonly [type: string, text: string])[],
): Promise<string[]> {
  const server = createServer((request, response) => {
    const [type, text] = pages[Number(request.url!.slice(1))]!;
    response.setHeader("content-type", type);
    response.end(text);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const target = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  const scrapes = pages.map((_, i) => ({
    job_name: String(i),
    metrics_path: `/${i}`,
    static_configs: [{ targets: [target] }],
  }));
  const prometheus = await Prometheus.start([], { program, scrapes });
  try {
    const ask = async (query: string) =>
      (await prometheus.api(`query?query=${encodeURIComponent(query)}`)).result as {
        metric: Record<string, string>;
        value: [number, string];
      }[];
    await until("a scrape of each", async () => (await ask("up")).length === pages.length);
    const ups = await ask("up"), all = await ask(`{__name__=~"a.*|up"}`);
    return pages.map((_, i) => {
      const isUp = ups.find(({ metric }) => metric.job === String(i))!.value[1] === "1";
      const series = all.filter(({ metric }) =>
        metric.job === String(i) && metric.__name__ !== "up"
      ).map(({ metric: { __name__, job: _, instance: __, ...labels }, value }) => {
        const text = Object.entries(labels).map(([key, value]) => `${key}=${value}`).join();
        return `${__name__}{${text}} ${value[1]}`;
      });
      return isUp ? series.sort().join("; ") || "nothing" : "refused";
    });
  } finally {
    await prometheus.stop();
    server.close();
  }
}

type Page = readonly [type: string, text: string];

/** Written before the first was run, and the same for both versions but for the bounds. */
const SCRAPES: readonly Guess<Page>[] = [
  ["a counter without _total", [TEXT, "# TYPE a counter\na 1\n"], "a{} 1"],
  ["a page without the last line feed", [TEXT, "a 1"], "refused"],
  ["a series twice on a page", [TEXT, "a 1\na 2\n"], "a{} 1"],
  ["a sample of an hour ago", [TEXT, `a 1 ${Date.now() - 3_600_000}\n`], "nothing"],
  ["an empty label", [TEXT, 'a{b=""} 1\n'], "a{} 1"],
  [
    "whole bounds of buckets",
    [TEXT, LADDER],
    "a_bucket{le=+Inf} 2; a_bucket{le=1.0} 1; a_count{} 2; a_sum{} 3",
  ],
  ["a type behind its samples", [TEXT, "a 1\n# TYPE a gauge\n"], "a{} 1"],
  ["lines that end in CR LF", [TEXT, "a 1\r\n"], "refused"],
  ["OpenMetrics without an end", [OPENMETRICS, "# TYPE a gauge\na 1\n"], "refused"],
  ["an exemplar of 138 characters", [OPENMETRICS, LONG_EXEMPLAR], "a_total{} 1"],
];

export const PROMETHEUS_3 = guessed(
  "Prometheus 3.5",
  without("prometheus"),
  otherwise(SCRAPES, { 1: "a{} 1" }),
  (pages) => scraped(programOf("prometheus"), pages),
);

export const PROMETHEUS_2 = guessed(
  "Prometheus 2.42",
  without("prometheus2"),
  otherwise(SCRAPES, {
    1: "a{} 1",
    5: "a_bucket{le=+Inf} 2; a_bucket{le=1} 1; a_count{} 2; a_sum{} 3",
  }),
  (pages) => scraped(programOf("prometheus2"), pages),
);

export const PROMTOOL = guessed(
  "promtool 2.42, check metrics",
  lacking("promtool"),
  [
    ["nothing", "", "fine"],
    ["a gauge with help", "# HELP a A.\n# TYPE a gauge\na 1\n", "fine"],
    ["a counter without _total", "# HELP a A.\n# TYPE a counter\na 1\n", "complains"],
    ["no help", "# TYPE a gauge\na 1\n", "complains"],
    ["a unit that is not a base unit", "# HELP a_ms A.\n# TYPE a_ms gauge\na_ms 1\n", "complains"],
    ["a name in camel case", "# HELP aB A.\n# TYPE aB gauge\naB 1\n", "complains"],
    ["no last line feed", "# HELP a A.\n# TYPE a gauge\na 1", "refused"],
    ["a series twice", "# HELP a A.\n# TYPE a gauge\na 1\na 2\n", "refused", "fine"],
    ["buckets that fall", "# HELP a A.\n" + LADDER.replace('1"} 1', '1"} 5'), "refused", "fine"],
    ["a type behind its samples", "a 1\n# TYPE a gauge\n", "refused"],
  ],
  (pages) =>
    Promise.resolve(pages.map((input) => {
      const { status } = spawnSync("promtool", ["check", "metrics"], { input });
      return status === 0 ? "fine" : status === 3 ? "complains" : "refused";
    })),
);

export const CLIENT_PYTHON = guessed(
  "prometheus_client 0.22.1, its strict parser",
  lackingBuilt("python/bin/python"),
  [
    ["an end alone", "# EOF\n", "read"],
    ["no last line feed", "# EOF", "read"],
    ["a counter at 0 with an exemplar", "# TYPE a counter\na_total 0 # {} 0\n# EOF\n", "read"],
    ["an exemplar of 138 characters", LONG_EXEMPLAR, "refused"],
    ["a quoted name of a metric", '# TYPE "a.b" gauge\n{"a.b"} 1\n# EOF\n', "read"],
    ["a sum below zero", LADDER.replace("a_sum 3", "a_sum -3") + "# EOF\n", "refused"],
    ["a bound 1 without a point", LADDER + "# EOF\n", "refused", "read"],
    ["an info with a value of 2", '# TYPE a info\na_info{b="c"} 2\n# EOF\n', "refused"],
    ["times that fall", "# TYPE a gauge\na 1 2\na 1 1\n# EOF\n", "refused"],
    ["a unit that is no suffix", "# TYPE a gauge\n# UNIT a seconds\na 1\n# EOF\n", "refused"],
  ],
  (pages) => {
    const script = fileURLToPath(new URL("../peers/python/read.py", import.meta.url));
    const { stdout } = spawnSync(built("python/bin/python"), [script], {
      input: JSON.stringify(pages),
      encoding: "utf8",
    });
    const read: { readonly error?: string }[] = JSON.parse(stdout);
    return Promise.resolve(read.map(({ error }) => error === undefined ? "read" : "refused"));
  },
);
