/** What reads our data, or runs beside us, and no way of the matrix leads to: each with the test that proves it. */

/** A reader or a library. */
export interface Reader {
  /** The program or package, with its version. */
  readonly name: string;
  readonly does: string;
  /** The file of the test, and its title or the beginning of it. */
  readonly proof: readonly [file: string, title: string];
  /** Where the version is set; undefined where the system has the program. */
  readonly pinned?: readonly [file: string, text: string];
}

/** Every one that is tested. */
export const READERS: readonly Reader[] = [
  {
    name: "Alertmanager of Debian 12",
    does: "An objective that burns pages by the generated rules and route, until it is mended.",
    proof: [
      "tests/e2e/slo_test.ts",
      "--fault slo-burn pages through Prometheus and Alertmanager until it is mended",
    ],
  },
  {
    name: "client_python 0.22, strict parser of OpenMetrics",
    does:
      "Reads the page of all metrics below as they were recorded, but for what the first section " +
      "of Prometheus 3.5 names, and underscores for dots.",
    proof: ["tests/receivers/reader_test.ts", "the strict parser of client_python"],
    pinned: ["tests/peers/python/requirements.txt", "prometheus_client==0.22."],
  },
  {
    name: "promtool of Debian 12",
    does:
      "Complains about missing help and `_total` where the application left them out, and of nothing else.",
    proof: ["tests/receivers/reader_test.ts", "promtool complains about a page of every metric"],
  },
  {
    name: "`go tool pprof`",
    does: "Reads profiles whole: stacks, lines, weights, labels.",
    proof: ["tests/profile/format_test.ts", "Profile.pprof() is read whole by `go tool pprof`"],
  },
  {
    name: "@opentelemetry/api 1.9 and SDK 2.12",
    does: "Spans, metrics and log records of libraries are Telltale's, in one trace with its own.",
    proof: ["tests/bridge/otel_trace_test.ts", "a library's span is a child of Telltale's"],
    pinned: ["deno.json", "npm:@opentelemetry/sdk-trace-base@2.12."],
  },
  {
    name: "@opentelemetry/api 1.10 and SDK 3.1",
    does: "The same, with two versions of the API in one process.",
    proof: ["tests/bridge/otel_api_1_10_test.ts", "the bridge with @opentelemetry/api 1.10"],
    pinned: ["tests/bridge/api_1_10/deno.json", "npm:@opentelemetry/api@1.10."],
  },
  {
    name: "@hono/otel 1.1",
    does: "A request through its middleware is one trace with Telltale's span.",
    proof: ["tests/bridge/otel_trace_test.ts", "a request through Hono and its OpenTelemetry"],
    pinned: ["deno.json", "npm:@hono/otel@1.1."],
  },
];
