/** Sends every case by every way, step by step, and reads what is stored. */
import { Prometheus } from "../e2e/prometheus.ts";
import { until } from "../e2e/wait.ts";
import { Collector } from "../export/collector.ts";
import { PushgatewayServer } from "../peers/pushgateway.ts";
import { VictoriaMetrics } from "../peers/victoriametrics.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { type Arrived, type Difference, differenceOf, type Outcome } from "./difference.ts";
import { BASE_MS, familiesOf, METRIC_CASES, STEPS } from "./metric_cases.ts";
import { collected, type MetricWay, type Push } from "./metric_senders.ts";
import { OTLP, programOf, type ServerKind, type ServerName, SERVERS } from "./servers.ts";
import { RESOURCE } from "./resource.ts";
import { row, rowsOf, summed } from "./rows.ts";
import { otlpRows, prometheusRows, pushgatewayRows, victoriaRows } from "./stored.ts";
import { serveRegistries } from "./target.ts";

/** A started server, as this needs it. */
interface Server {
  readonly url: string;
  rows(job: string): Promise<string[]>;
  /** Whether the series is there now, as a query without a range sees it. */
  shows(job: string, name: string): Promise<boolean>;
  stop(): Promise<unknown>;
}

async function start(name: ServerName, scrapes: readonly object[]): Promise<Server> {
  const program = programOf(name), kind: ServerKind = SERVERS[name];
  if (kind.title.startsWith("Prometheus")) {
    const takesOtlp = kind.flags?.includes(OTLP) === true;
    const server = await Prometheus.start([], {
      ...kind,
      program,
      scrapes,
      config: {
        storage: { exemplars: { max_exemplars: 10_000 } },
        ...(takesOtlp && { otlp: { translation_strategy: "NoTranslation" } }),
      },
    });
    return {
      url: server.url,
      rows: (job) => prometheusRows(server, job, BASE_MS),
      shows: async (job, name) => {
        const query = encodeURIComponent(`${name}{job="${job}"}`);
        return (await server.api(`query?query=${query}`)).result.length > 0;
      },
      stop: () => server.stop(),
    };
  }
  if (name === "victoriametrics") {
    const server = await VictoriaMetrics.start(scrapes);
    return {
      url: server.url,
      rows: (job) => victoriaRows(server, job),
      shows: (job, name) => server.shows(`${name}{job="${job}" or "service.name"="${job}"}`),
      stop: () => server[Symbol.asyncDispose](),
    };
  }
  if (name === "pushgateway") {
    const server = await PushgatewayServer.start(program);
    return {
      url: server.url,
      rows: () => pushgatewayRows(server.url),
      shows: async (_job, name) => (await server.lines(`${name}{`)).length > 0,
      stop: () => server.stop(),
    };
  }
  const collector = await Collector.start();
  const of = (job: string) =>
    collector.received("metrics").filter(({ resource }) =>
      resource.attributes.some(({ key, value }: { key: string; value: { stringValue: string } }) =>
        key === "service.name" && value.stringValue === job
      )
    );
  return {
    url: collector.url,
    rows: (job) => Promise.resolve(otlpRows(of(job), BASE_MS)),
    shows: (job, name) =>
      Promise.resolve(otlpRows(of(job).slice(-1), BASE_MS).some((row) => row.startsWith(name))),
    stop: () => collector.stop(),
  };
}

/** Runs these ways; the outcomes are in their order. */
export async function runMetrics(ways: readonly MetricWay[]): Promise<Arrived[]> {
  let step = 0;
  const registries: Record<string, Registry> = {};
  for (const { job, scraped } of ways) {
    if (scraped === undefined) continue;
    const registry = registries[`/${job}`] = new Registry(scraped.options);
    registry.collector(() => familiesOf(step));
  }
  const target = await serveRegistries(registries);
  const names = [...new Set(ways.map(({ server }) => server))];
  const servers = new Map<ServerName, Server>();
  try {
    await Promise.all(names.map(async (name) => {
      const scrapes = ways.filter(({ server, scraped }) =>
        server === name && scraped !== undefined
      );
      const configs = scrapes.map(({ job, scraped }) => ({
        job_name: job,
        // A scrape that is too late for a busy machine leaves a gap, which no receiver is to blame for.
        scrape_interval: "3s",
        scrape_timeout: "3s",
        metrics_path: `/${job}`,
        ...scraped!.config,
        static_configs: [{ targets: [target.host] }],
      }));
      servers.set(name, await start(name, configs));
    }));
    const pushes = ways.map(({ job, server, push }) => push?.(servers.get(server)!.url, job));
    const gone: string[][] = ways.map(() => []);
    for (; step < STEPS; step++) {
      await Promise.all(ways.map(async (way, i) => {
        const { job, server, shape } = way, receiver = servers.get(server)!;
        await pushes[i]?.send(await collected(step, shape !== "classic"));
        if (pushes[i] === undefined || server !== "pushgateway") {
          await until(`${job} to have step ${step}`, async () => {
            const found = (await receiver.rows(job)).find((row) => row.startsWith("step{} "));
            return found?.endsWith(String(step + 1));
          });
        }
        const look = () => receiver.shows(job, "gone");
        // What has just come, some show a moment later.
        if (step !== 1) await until(`${job} to show a family`, look);
        gone[i]!.push(await look() ? "there" : "away");
      }));
    }
    const outcomes: Arrived[] = [];
    for (const [i, way] of ways.entries()) {
      const rows = await servers.get(way.server)!.rows(way.job);
      rows.push(`gone ${gone[i]!.join(", ")}`);
      outcomes.push({
        outcome: differences(await expectedRows(way), rows),
        faults: faultsOf(pushes[i]),
      });
      await pushes[i]?.close();
    }
    return outcomes;
  } finally {
    target.close();
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

function faultsOf(push: Push | undefined): string[] {
  return [...push?.faults.counts() ?? []].map(([part, count]) => `${part} ${count}`);
}

/** The rows that the recorded values are to be, of stories what they were one after the other. */
async function expectedRows({ shape, how, isDelta = false }: MetricWay): Promise<string[]> {
  const stories = new Map<string, string[]>();
  for (let step = 0; step < STEPS; step++) {
    const families = await collected(step, true);
    for (const row of families.flatMap((family) => rowsOf(family, shape, BASE_MS))) {
      const end = row.lastIndexOf("} ") + 1, series = row.slice(0, end);
      // Rows of exemplars have no end of their own; all stand for themselves.
      const isStory = /^(?:reset|gone|step)/.test(row);
      const values = stories.get(isStory ? series : row) ?? [];
      values.push(isStory ? row.slice(end + 1) : "");
      stories.set(isStory ? series : row, values);
    }
  }
  const told = [...stories].map(([series, values]) => {
    if (values[0] === "") return series;
    // Who adds deltas up never goes back.
    const isSum = isDelta && !/^(?:step|gone\{|gone_bytes)/.test(series);
    const all = isSum ? values.reduce(added, []) : values;
    return `${series} ${all.filter((value, i) => value !== all[i - 1]).join(" → ")}`;
  });
  const resource = how.startsWith("OTLP") ? [expectedResource()] : [];
  return [...told, "gone there, away, there", ...resource];
}

/** With what a value is above the one before, or all of it after a restart. */
function added(sums: readonly string[], text: string, i: number, values: readonly string[]) {
  const before = values[i - 1] ?? "0", countOf = (value: string) => Number(/[\d.]+/.exec(value));
  const delta = countOf(text) < countOf(before) ? text : summed(text, before, -1);
  return [...sums, summed(sums.at(-1) ?? "0", delta)];
}

function expectedResource(): string {
  const text = (value: unknown) =>
    typeof value === "object" ? JSON.stringify(value) : String(value);
  const texts = Object.entries(RESOURCE).map(([key, value]) => [key, text(value)]);
  return row("resource", Object.fromEntries(texts), "");
}

function differences(expected: readonly string[], found: readonly string[]): Outcome {
  const outcome: Record<string, Difference> = {};
  for (const name of Object.keys(METRIC_CASES)) {
    const of = (rows: readonly string[]) => rows.filter((row) => wordOf(row) === name);
    const difference = differenceOf(of(expected), of(found));
    if (difference !== undefined) outcome[name] = difference;
  }
  return outcome;
}

/** The first word of a row, which is the name of its case. */
function wordOf(row: string): string {
  return /^[a-z]+/.exec(row)?.[0] ?? "";
}
