/** Sends every case of log records by every way, and reads what is stored. */
import { Faults } from "../../src/core/faults.ts";
import type { LogRecord } from "../../src/log/mod.ts";
import { until } from "../e2e/wait.ts";
import { Collector, recordsOf } from "../export/collector.ts";
import type { Decoded } from "../export/decode.ts";
import { VictoriaLogs } from "../peers/victorialogs.ts";
import { type Arrived, type Difference, differenceOf } from "./difference.ts";
import { LOG_CASES, logCases } from "./log_cases.ts";
import type { LogWay } from "./log_ways.ts";
import { flattened, RESOURCE, resourceText } from "./resource.ts";
import { quoted } from "./rows.ts";
import type { ServerName } from "./servers.ts";

function rowsOfRecord(record: Readonly<Record<string, unknown>>): string[] {
  return flattened(record).map(([key, value]) => `${key}=${shown(key, value)}`);
}

function shown(key: string, value: string): string {
  if (key === "@resource") return JSON.stringify(value);
  // A message that is a cut line has the time of the run in it.
  return key === "@message" && value.length > 200 ? `${value.length} characters` : quoted(value);
}

/** A record in rows: `@` is before what is not a field. */
function recordedRows(record: LogRecord, isWhole: boolean): string[] {
  const { message, level, severity, timeMs, category, traceId, spanId, requestId, fields } = record;
  return rowsOfRecord({
    "@message": message.toWellFormed(),
    "@level": level,
    ...(isWhole && { "@severity": severity, "@resource": resourceText(RESOURCE) }),
    "@time": new Date(timeMs).toISOString(),
    ...(category === "" ? {} : { "@logger": category }),
    ...(traceId === "" ? {} : { "@trace_id": traceId, "@span_id": spanId }),
    ...(requestId === "" ? {} : { "@request_id": requestId }),
    ...JSON.parse(
      JSON.stringify(
        fields,
        (_, value) =>
          typeof value === "bigint" || typeof value === "number" && !Number.isFinite(value)
            ? String(value)
            : typeof value === "string"
            ? value.toWellFormed()
            : value,
      ),
    ),
  });
}

/** Where lines are read. */
interface Server {
  readonly url: string;
  lines(service: string): Promise<readonly Decoded[]>;
  stop(): Promise<void>;
}

async function start(name: ServerName): Promise<Server> {
  if (name === "victorialogs") {
    const server = await VictoriaLogs.start();
    return {
      url: server.url,
      lines: (service) =>
        server.lines(
          `service_name:="${service}" or service:="${service}" or "service.name":="${service}"`,
        ),
      stop: () => server[Symbol.asyncDispose](),
    };
  }
  const collector = await Collector.start();
  const isOf = (service: string) => ({ resource }: Decoded) =>
    resource.attributes.some(({ key, value }: Decoded) =>
      key === "service.name" && value.stringValue === service
    );
  return {
    url: collector.url,
    lines: (service) =>
      Promise.resolve(collector.received("logs").filter(isOf(service)).flatMap(recordsOf)),
    stop: () => collector.stop(),
  };
}

/** Runs these ways; what came of them is in their order. */
export async function runLogs(ways: readonly LogWay[]): Promise<Arrived[]> {
  const names = [...new Set(ways.map(({ server }) => server))];
  const servers = new Map<ServerName, Server>();
  try {
    await Promise.all(names.map(async (name) => void servers.set(name, await start(name))));
    return await Promise.all(ways.map((way) => runWay(way, servers.get(way.server)!)));
  } finally {
    await Promise.all([...servers.values()].map((server) => server.stop()));
  }
}

async function runWay(
  { service, open, read, isWhole = false }: LogWay,
  server: Server,
): Promise<Arrived> {
  const faults = new Faults(), { sink, flush, arrived, close } = open(server.url, service, faults);
  const records = await logCases(service, sink);
  await flush();
  const sent = [...records.values()].flat().length;
  // The one of 2200 is not stored everywhere.
  const lines = await until(`the lines of ${service}`, async () => {
    const found = await server.lines(service);
    return found.length >= sent - 1 ? found : undefined;
  });
  const outcome: Record<string, Difference> = {};
  for (const name of Object.keys(LOG_CASES)) {
    const expected = records.get(name)!;
    // A line that was cut has no fields any more.
    const found = lines.map(read).filter((line) =>
      line.case === name || line.case === undefined && name === "long"
    );
    const difference = differenceOf(
      [...expected.flatMap((record) => recordedRows(record, isWhole)), `${expected.length} lines`],
      [...found.flatMap(rowsOfRecord), `${found.length} lines`],
    );
    if (difference !== undefined) outcome[name] = difference;
  }
  await close();
  const counted = arrived() === sent ? [] : [`${arrived()} of ${sent} counted`];
  const reported = [...faults.counts()].map(([part, count]) => `${part} ${count}`);
  return { outcome, faults: [...counted, ...reported] };
}
