/**
 * A long run outside CI: `deno task peers:soak [MINUTES]`, 30 by default.
 *
 * The demo under load exports to a Collector, which keeps everything, sends metrics on to VictoriaMetrics and
 * log records to VictoriaLogs, and is stopped every three minutes: for some seconds, and every third time for
 * longer than anything waits. In the end what the services took in must be what the receivers have and what
 * was dropped with a reason: requests and lines as counted by the application, points as counted by the export.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as delay } from "node:timers/promises";
import { Load } from "../../examples/demo/load.ts";
import { Pair } from "../../examples/demo/pair.ts";
import { parseText } from "../../src/testing/mod.ts";
import { until } from "../e2e/wait.ts";
import { Collector, itemsOf } from "../export/collector.ts";
import type { Decoded } from "../export/decode.ts";
import { SOAKED, type Soaked } from "../receivers/document.ts";
import { VictoriaLogs } from "./victorialogs.ts";
import { VictoriaMetrics } from "./victoriametrics.ts";

const RESTART_MS = 180_000, DOWN_MS = 5_000, LONG_DOWN_MS = 90_000, CUSTOMERS_PER_SECOND = 25;
const SERVICES = ["orders", "payments"] as const;

/** What a service says of one signal. */
interface Told {
  readonly waiting: number;
  readonly exported: number;
  /** Those that were dropped, by reason. */
  readonly dropped: Readonly<Record<string, number>>;
}

/** A number of a service's page. */
interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** The numbers of a service's page. */
async function pageOf(url: string): Promise<Sample[]> {
  const text = await (await fetch(`${url}/metrics`)).text();
  return parseText(text).flatMap((family) =>
    family.type === "histogram" || family.type === "summary" ? [] : family.samples.map((
      { labels: { names, values }, value },
    ): Sample => {
      const labels = Object.fromEntries(names.map((name, i) => [name, values[i]!]));
      return { name: family.name, labels, value };
    })
  );
}

async function told(url: string, item: "span" | "log" | "metric_data_point"): Promise<Told> {
  const dropped: Record<string, number> = {};
  let waiting = 0, exported = 0;
  for (const { name, labels: { error_type: reason = "" }, value } of await pageOf(url)) {
    if (
      name === `otel_sdk_processor_${item}_queue_size` ||
      name === `otel_sdk_exporter_${item}_inflight`
    ) waiting += value;
    const isExporter = name === `otel_sdk_exporter_${item}_exported_total`;
    // What found no room in the queue never came to the exporter.
    const isQueue = name === `otel_sdk_processor_${item}_processed_total`;
    if (isExporter && reason === "") exported += value;
    else if ((isExporter || isQueue && reason !== "") && value > 0) {
      dropped[reason] = (dropped[reason] ?? 0) + value;
    }
  }
  return { waiting, exported, dropped };
}

/** The counters of the application, whose sums a receiver must have: by name. */
async function countersOf(url: string): Promise<Map<string, number>> {
  const sums = new Map<string, number>();
  for (const { name, value } of await pageOf(url)) {
    if (!/^(?:orders|payments|charges|carts)_.*total$/.test(name)) continue;
    sums.set(name, (sums.get(name) ?? 0) + value);
  }
  return sums;
}

function isOf(service: string): (resource: Decoded) => boolean {
  return ({ resource }) =>
    resource.attributes.some(({ key, value }: Decoded) =>
      key === "service.name" && value.stringValue === service
    );
}

/** What a service took in: waiting, exported and dropped. */
function acceptedOf({ waiting, exported, dropped }: Told): number {
  return Object.values(dropped).reduce((sum, count) => sum + count, waiting + exported);
}

/** The requests that a service has answered, its own count. */
async function requestsOf(url: string): Promise<number> {
  return (await pageOf(url)).filter(({ name }) => name === "http_requests_total")
    .reduce((sum, { value }) => sum + value, 0);
}

/** The points of a metric as OTLP has it, and the samples that VictoriaMetrics makes of them. */
function pointsOf(metric: Decoded): { readonly points: number; readonly samples: number } {
  const { sum, gauge, histogram, summary } = metric;
  const points: Decoded[] = (sum ?? gauge ?? histogram ?? summary).dataPoints;
  const samples = points.map((point) => {
    // A histogram's buckets, of which `+Inf` is one, its sum and its count.
    if (histogram !== undefined) return point.count === "0" ? 0 : point.bucketCounts.length + 2;
    return summary === undefined ? 1 : (point.quantileValues?.length ?? 0) + 2;
  });
  return { points: points.length, samples: samples.reduce((total, count) => total + count, 0) };
}

/** How many lines of a service VictoriaLogs has. */
async function storedLines(logs: VictoriaLogs, service: string): Promise<number> {
  const query = `"service.name":=${service} | stats count() n, max(_time) _time`;
  return Number((await logs.lines(query))[0]?.n);
}

async function soak(minutes: number): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-soak-"));
  await using metrics = await VictoriaMetrics.start();
  await using logs = await VictoriaLogs.start();
  const collector = await Collector.start({
    metrics: `${metrics.url}/opentelemetry/v1/metrics`,
    logs: `${logs.url}/insert/opentelemetry/v1/logs`,
  });
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.url;
  process.env.OTEL_METRIC_EXPORT_INTERVAL = "10000";
  const said: string[] = [];
  const pair = await Pair.start({
    port: 0,
    runtime: undefined,
    folder,
    onStderr: (line) => said.push(line),
  });
  const problems: string[] = [];
  const expect = (what: string, found: unknown, wanted: unknown) => {
    const isEqual = JSON.stringify(found) === JSON.stringify(wanted);
    console.log(`${isEqual ? "equal" : "NOT EQUAL"}: ${what}: ${found}, ${wanted}`);
    if (!isEqual) problems.push(what);
  };
  try {
    const load = new Load(pair.orders.url, CUSTOMERS_PER_SECOND), started = performance.now();
    load.start();
    const endMs = started + minutes * 60_000, everyMs = Math.min(RESTART_MS, minutes * 15_000);
    let restarts = 0;
    for (let nextMs = started + everyMs; nextMs < endMs; nextMs += everyMs) {
      await delay(Math.max(0, nextMs - performance.now()));
      await collector.kill("SIGTERM");
      await delay(++restarts % 3 === 0 ? Math.min(LONG_DOWN_MS, everyMs / 2) : DOWN_MS);
      await collector.restart();
      console.log(`${Math.round((performance.now() - started) / 1000)} s: restart ${restarts}`);
    }
    await delay(Math.max(0, endMs - performance.now()));
    await load.stop();
    const idle = async (service: "orders" | "payments", item: "span" | "log") => {
      let last = "";
      return await until(`the ${item}s of ${service} to be sent`, async () => {
        const now = await told(pair[service].url, item), text = JSON.stringify(now);
        const isQuiet = now.waiting === 0 && text === last;
        last = text;
        await delay(2000);
        return isQuiet ? now : undefined;
      });
    };
    const counters = new Map<string, number>(), droppedLines = new Map<string, number>();
    const signals: Soaked["signals"][number][] = [];
    const [orders, payments] = await Promise.all(SERVICES.map(async (service) => {
      const response = await fetch(`${pair[service].url}/telltale/api/overview`);
      return (await response.json()).runtime as string;
    }));
    for (const service of SERVICES) {
      const { url } = pair[service];
      const spans = await idle(service, "span"), lines = await idle(service, "log");
      const stored = itemsOf(collector.received("traces").filter(isOf(service)));
      expect(`spans of ${service}, stored and exported`, stored.length, spans.exported);
      // Which spans were dropped is not known: of the requests at most as many are missing.
      const served = stored.filter(({ kind }) => kind === 2).length, asked = await requestsOf(url);
      const dropped = acceptedOf(spans) - spans.exported;
      console.log(`requests of ${service}: ${asked}, stored as spans: ${served}`);
      expect(`${service} lost no request's span untold`, asked - served <= dropped, true);
      const records = await storedLines(logs, service);
      expect(`log records of ${service}, stored and exported`, records, lines.exported);
      droppedLines.set(service, acceptedOf(lines) - lines.exported);
      // What the receiver has must be what the export says of the same moment: between two collections.
      const points = await until(`the points of ${service} to be sent`, async () => {
        const before = await told(url, "metric_data_point");
        const metric = itemsOf(collector.received("metrics").filter(isOf(service)));
        const after = await told(url, "metric_data_point");
        const found = metric.reduce((sum, one) => sum + pointsOf(one).points, 0);
        const isQuiet = after.waiting === 0 && JSON.stringify(before) === JSON.stringify(after);
        return isQuiet ? { found, told: after } : undefined;
      });
      expect(
        `points of metrics of ${service}, stored and exported`,
        points.found,
        points.told.exported,
      );
      const stores = [
        ["spans", spans, stored.length],
        ["log records", lines, records],
        ["points of metrics", points.told, points.found],
      ] as const;
      for (const [item, of, found] of stores) {
        const taken = acceptedOf(of), { dropped } = of;
        signals.push({ signal: `${item} of ${service}`, taken, stored: found, dropped });
        console.log(`${taken} ${item} of ${service} were taken in`);
        for (const [reason, count] of Object.entries(dropped)) {
          console.log(`  of which ${count} were dropped (${reason})`);
        }
      }
      for (const [name, sum] of await countersOf(url)) counters.set(name, sum);
    }
    await pair.stop();
    for (const [name, sum] of counters) {
      const [found] = await metrics.ask(`sum(last_over_time({__name__="${name}"}[1h]))`);
      expect(`counter ${name}, stored and counted`, Number(found), sum);
    }
    if (counters.size === 0) problems.push("no counter was compared");
    const sent = itemsOf(collector.received("metrics"))
      .reduce((sum, metric) => sum + pointsOf(metric).samples, 0);
    const samplesThere = async () =>
      Number((await metrics.ask(`sum(count_over_time({__name__=~".+"}[2h]))`))[0]);
    // A query of this second does not see the end of it.
    const samples = await until("the last samples", async () => {
      const found = await samplesThere();
      return found >= sent ? found : undefined;
    }, 20_000).catch(samplesThere);
    expect("samples in VictoriaMetrics and in the Collector", samples, sent);
    for (const service of SERVICES) {
      // What a service logs at its end comes with its last export.
      const written = readFileSync(pair.logPath(service), "utf8").trim().split("\n").length;
      const wanted = written - droppedLines.get(service)!;
      const found = await until(`the last lines of ${service}`, async () => {
        const count = await storedLines(logs, service);
        return count >= wanted ? count : undefined;
      }, 20_000).catch(() => storedLines(logs, service));
      expect(`lines of ${service}, stored, and written without those dropped`, found, wanted);
    }
    console.log(`${load.ordersPlaced} orders in ${minutes} minutes with ${restarts} restarts`);
    if (problems.length === 0 && minutes >= 30) {
      const soaked: Soaked = {
        date: new Date().toISOString().slice(0, 10),
        runtimes: `orders on ${orders} and payments on ${payments}`,
        minutes,
        restarts,
        orders: load.ordersPlaced,
        samples,
        signals,
      };
      writeFileSync(SOAKED, `${JSON.stringify(soaked, undefined, 2)}\n`);
      console.log("deno task receivers puts it into docs/receivers.md");
    }
  } catch (error) {
    pair.kill();
    console.error(said.slice(-20).join("\n"));
    throw error;
  } finally {
    await collector.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  return problems.length === 0 ? 0 : 1;
}

if (import.meta.main) process.exit(await soak(Number(process.argv[2] ?? 30)));
