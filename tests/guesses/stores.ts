/** Stores that are posted to: pages, lines and requests of OTLP. */
import { gzipSync } from "node:zlib";
import { until } from "../e2e/wait.ts";
import { Collector, itemsOf } from "../export/collector.ts";
import { PushgatewayServer, withoutPushgateway } from "../peers/pushgateway.ts";
import { VictoriaLogs } from "../peers/victorialogs.ts";
import { VictoriaMetrics } from "../peers/victoriametrics.ts";
import { without } from "../receivers/servers.ts";
import { guessed } from "./guess.ts";

/** A request: method, path behind the address, body, headers. */
type Sent = readonly [
  method: string,
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers?: Readonly<Record<string, string>>,
];

async function send(url: string, [method, path, body, headers = {}]: Sent): Promise<number> {
  const response = await fetch(`${url}${path}`, { method, body, headers });
  await response.body?.cancel();
  return response.status;
}

const GZIP = { "content-encoding": "gzip" } as const;
const gzipped = (text: string) => new Uint8Array(gzipSync(text));

export const PUSHGATEWAY = guessed<Sent>(
  "Pushgateway 1.11",
  withoutPushgateway(),
  [
    [
      "a metric without a type",
      ["PUT", "/metrics/job/x0", "a0 1\n"],
      '200 a0{instance="",job="x0"} 1',
    ],
    ["no last line feed", ["PUT", "/metrics/job/x1", "a1 1"], "400"],
    ["a sample with a time", ["PUT", "/metrics/job/x2", "a2 1 1000\n"], "400"],
    [
      "a job in the body",
      ["PUT", "/metrics/job/x3", 'a3{job="y"} 1\n'],
      '200 a3{instance="",job="x3"} 1',
    ],
    ["a series twice", ["PUT", "/metrics/job/x4", "a4 1\na4 2\n"], "400"],
    ["gzip", ["PUT", "/metrics/job/x5", gzipped("a5 1\n"), GZIP], '200 a5{instance="",job="x5"} 1'],
    [
      "an instance in the path",
      ["PUT", "/metrics/job/x6/instance/i", "a6 1\n"],
      '200 a6{instance="i",job="x6"} 1',
    ],
    [
      "a job in base64",
      ["PUT", "/metrics/job@base64/YS9i", "a7 1\n"],
      '200 a7{instance="",job="a/b"} 1',
    ],
    ["a POST", ["POST", "/metrics/job/x8", "a8 1\n"], '200 a8{instance="",job="x8"} 1'],
    ["an empty body", ["PUT", "/metrics/job/x9", ""], "200"],
  ],
  async (inputs) => {
    const server = await PushgatewayServer.start();
    try {
      const came: string[] = [];
      for (const [i, input] of inputs.entries()) {
        const status = await send(server.url, input);
        came.push([status, ...await server.lines(`a${i}{`)].join(" "));
      }
      return came;
    } finally {
      await server.stop();
    }
  },
);

const NOW = Date.now();
const IMPORT = "/api/v1/import/prometheus";

export const VICTORIAMETRICS = guessed<Sent>(
  "VictoriaMetrics 1.151",
  without("victoriametrics"),
  [
    ["no last line feed", ["POST", IMPORT, "a0 1"], "204 a0{} 1"],
    ["lines that end in CR LF", ["POST", IMPORT, "a1 1\r\n"], "204 a1{} 1"],
    ["a series twice", ["POST", IMPORT, `a2 1 ${NOW}\na2 2 ${NOW}\n`], "204 a2{} 1,2"],
    ["a line that is none before one that is", ["POST", IMPORT, "a3{ 1\na3 2\n"], "204 a3{} 2"],
    ["NaN", ["POST", IMPORT, "a4 NaN\n"], "204"],
    ["an empty label", ["POST", IMPORT, 'a5{b=""} 1\n'], "204 a5{} 1"],
    ["a label twice", ["POST", IMPORT, 'a6{b="1",b="2"} 1\n'], '204 a6{"b":"2"} 1'],
    ["a quoted name", ["POST", IMPORT, '{"a7.b"} 1\n'], "204 a7.b{} 1"],
    ["a time of the year 2200", ["POST", IMPORT, `a8 1 ${Date.UTC(2200, 0)}\n`], "204"],
    ["gzip", ["POST", IMPORT, gzipped("a9 1\n"), GZIP], "204 a9{} 1"],
  ],
  async (inputs) => {
    await using server = await VictoriaMetrics.start();
    const statuses: number[] = [];
    for (const input of inputs) statuses.push(await send(server.url, input));
    // What is of this moment is found a moment later.
    const series = await until("the last series", async () => {
      const found = await server.series(`{__name__=~"a.+"}`);
      return found.some(({ metric }) => metric.__name__ === "a9") ? found : undefined;
    });
    return inputs.map((_, i) => {
      const own = series.filter(({ metric }) => metric.__name__!.startsWith(`a${i}`));
      const texts = own.map(({ metric: { __name__, ...labels }, values }) => {
        const shown = Object.keys(labels).length === 0 ? "{}" : JSON.stringify(labels);
        return `${__name__}${shown} ${values}`;
      });
      return [statuses[i], ...texts].join(" ");
    });
  },
);

const LINES = "/insert/jsonline?_msg_field=msg&_time_field=time&_stream_fields=s";
const line = (i: number, more: string) => `{"msg":"m","case":"${i}"${more}}\n`;

export const VICTORIALOGS = guessed<Sent>(
  "VictoriaLogs 1.52",
  without("victorialogs"),
  [
    ["no time", ["POST", LINES, line(0, "")], '200 {"_msg":"m"}'],
    ["no last line feed", ["POST", LINES, line(1, "").trim()], '200 {"_msg":"m"}'],
    ["a number", ["POST", LINES, line(2, ',"n":1e3')], '200 {"_msg":"m","n":"1e3"}'],
    ["a map", ["POST", LINES, line(3, ',"m":{"a":{"b":1}}')], '200 {"_msg":"m","m.a.b":"1"}'],
    ["an array", ["POST", LINES, line(4, ',"l":[1,"b"]')], '200 {"_msg":"m","l":"[1,\\"b\\"]"}'],
    [
      "a time in nanoseconds, as a number",
      ["POST", LINES, line(5, `,"time":${NOW}000000`)],
      '200 {"_msg":"m"}',
    ],
    [
      "a line that is none before one that is",
      ["POST", LINES, `no\n${line(6, "")}`],
      "400",
      '200 {"_msg":"m"}',
    ],
    ["an empty line between", ["POST", LINES, `\n\n${line(7, "")}`], '200 {"_msg":"m"}'],
    ["a field twice", ["POST", LINES, line(8, ',"a":1,"a":2')], '200 {"_msg":"m","a":"2"}'],
    ["a member that is null", ["POST", LINES, line(9, ',"a":null')], '200 {"_msg":"m"}'],
  ],
  async (inputs) => {
    await using server = await VictoriaLogs.start();
    const statuses: number[] = [];
    for (const input of inputs) statuses.push(await send(server.url, input));
    // What has come is found a moment later.
    await until("the last line", async () => (await server.lines(`case:="9"`)).length > 0);
    const lines = await server.lines("*");
    return inputs.map((_, i) => {
      const own = lines.filter((found) => found.case === String(i));
      const texts = own.map(({ _time, _stream, _stream_id, case: __, ...fields }) =>
        JSON.stringify(fields)
      );
      return [statuses[i], ...texts].join(" ");
    });
  },
);

const JSON_TYPE = { "content-type": "application/json" };
const spans = (span: string) => `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
const IDS = `"traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"b7ad6b7169203331"`;
const otlp = (
  span: string,
  headers: Readonly<Record<string, string>> = JSON_TYPE,
): Sent => ["POST", "/v1/traces", spans(`{${IDS},${span}}`), headers];

export const COLLECTOR = guessed<Sent>(
  "OpenTelemetry Collector 0.120",
  without("collector"),
  [
    ["a span", otlp(`"name":"c0","kind":2`), '200 {"name":"c0","kind":2}'],
    ["a member that it does not know", otlp(`"name":"c1","other":1`), '200 {"name":"c1"}'],
    ["a kind by name", otlp(`"name":"c2","kind":"SPAN_KIND_SERVER"`), '200 {"name":"c2","kind":2}'],
    [
      "a time as a number",
      otlp(`"name":"c3","startTimeUnixNano":1000`),
      '200 {"name":"c3","startTimeUnixNano":"1000"}',
    ],
    [
      "names with underscores, as protobuf has them",
      otlp(`"name":"c4","trace_state":"a=1"`),
      '200 {"traceState":"a=1","name":"c4"}',
    ],
    ["null members", otlp(`"name":"c5","attributes":null,"kind":null`), '200 {"name":"c5"}', "400"],
    [
      "a charset in the type",
      otlp(`"name":"c6"`, { "content-type": "application/json; charset=utf-8" }),
      '200 {"name":"c6"}',
    ],
    [
      "ids in upper case",
      ["POST", "/v1/traces", spans(`{${IDS.replace("0af7", "0AF7")},"name":"c7"}`), JSON_TYPE],
      '200 {"name":"c7"}',
    ],
    [
      "a span without ids",
      ["POST", "/v1/traces", spans(`{"name":"c8"}`), JSON_TYPE],
      '200 {"name":"c8"}',
    ],
    ["nothing", ["POST", "/v1/traces", "{}", JSON_TYPE], "200"],
    [
      "a truth as a text",
      otlp(`"name":"c10","attributes":[{"key":"a","value":{"boolValue":"true"}}]`),
      "400",
    ],
    [
      "a whole number beyond 2^53, as a text",
      otlp(`"name":"c11","attributes":[{"key":"a","value":{"intValue":"9007199254740993"}}]`),
      '200 {"name":"c11","attributes":[{"key":"a","value":{"intValue":"9007199254740993"}}]}',
    ],
  ],
  async (inputs) => {
    const server = await Collector.start();
    try {
      const statuses: number[] = [];
      for (const input of inputs) statuses.push(await send(server.url, input));
      await until(
        "the last span",
        () => itemsOf(server.received("traces")).some(({ name }) => name === "c11"),
      );
      const found = itemsOf(server.received("traces"));
      return inputs.map((_, i) => {
        const own = found.filter(({ name }) => name === `c${i}`).map((
          { traceId: _, spanId: __, parentSpanId: ___, status: ____, ...span },
        ) => JSON.stringify(span));
        return [statuses[i], ...own].join(" ");
      });
    } finally {
      await server.stop();
    }
  },
);
