/**
 * A long run outside CI: `deno task peers:soak [MINUTES]`, 30 by default.
 *
 * The demo under load exports to a Collector, which sends metrics on to VictoriaMetrics and log records to
 * VictoriaLogs, keeps spans, and is stopped every three minutes for some seconds. In the end what the services
 * counted as accepted must be what the receivers have, and what was dropped must have a reason.
 *
 * @module
 */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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
import { VictoriaLogs } from "./victorialogs.ts";
import { VictoriaMetrics } from "./victoriametrics.ts";

const RESTART_MS = 180_000, DOWN_MS = 5_000, CUSTOMERS_PER_SECOND = 25;
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

async function told(url: string, item: "span" | "log"): Promise<Told> {
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
    else if ((isExporter || isQueue && reason !== "") && value > 0) dropped[reason] = value;
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
    console.log(`${isEqual ? "equal" : "NOT EQUAL"}: ${what}: ${found} stored, ${wanted} exported`);
    if (!isEqual) problems.push(what);
  };
  try {
    const load = new Load(pair.orders.url, CUSTOMERS_PER_SECOND), started = performance.now();
    load.start();
    const endMs = started + minutes * 60_000;
    let restarts = 0;
    while (performance.now() < endMs) {
      const waitMs = Math.min(RESTART_MS, minutes * 60_000 / 3, endMs - performance.now());
      await delay(Math.max(0, waitMs));
      if (performance.now() >= endMs) break;
      await collector.kill("SIGTERM");
      await delay(DOWN_MS);
      await collector.restart();
      console.log(`${Math.round((performance.now() - started) / 1000)} s: restart ${++restarts}`);
    }
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
    const counters = new Map<string, number>();
    for (const service of SERVICES) {
      const spans = await idle(service, "span"), lines = await idle(service, "log");
      const stored = collector.received("traces").filter(isOf(service));
      expect(`spans of ${service}`, itemsOf(stored).length, spans.exported);
      const [row] = await logs.lines(
        `"service.name":=${service} | stats count() n, max(_time) _time`,
      );
      expect(`log records of ${service}`, Number(row?.n), lines.exported);
      for (const [item, { dropped }] of [["spans", spans], ["log records", lines]] as const) {
        for (const [reason, count] of Object.entries(dropped)) {
          console.log(`dropped: ${count} ${item} of ${service} (${reason})`);
        }
      }
      for (const [name, sum] of await countersOf(pair[service].url)) counters.set(name, sum);
    }
    await pair.stop();
    for (const [name, sum] of counters) {
      const [found] = await metrics.ask(`sum(last_over_time({__name__="${name}"}[1h]))`);
      expect(`counter ${name}`, Number(found), sum);
    }
    if (counters.size === 0) problems.push("no counter was compared");
    for (const service of SERVICES) {
      // What a service logs at its end comes with its last export.
      const written = readFileSync(pair.logPath(service), "utf8").trim().split("\n").length;
      const [row] = await until(`the last lines of ${service}`, async () => {
        const query = `"service.name":=${service} | stats count() n, max(_time) _time`;
        const found = await logs.lines(query);
        return Number(found[0]?.n) >= written ? found : undefined;
      }, 20_000).catch(() => [undefined]);
      expect(`lines that ${service} wrote to its file`, Number(row?.n), written);
    }
    console.log(`${load.ordersPlaced} orders in ${minutes} minutes with ${restarts} restarts`);
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
