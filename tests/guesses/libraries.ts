/** Libraries beside us in one process. */
import * as api from "@opentelemetry/api";
import { httpInstrumentationMiddleware } from "@hono/otel";
import * as sdk from "@opentelemetry/sdk-trace-base";
import { Hono } from "hono";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { OtelBridge } from "../../src/bridge/otel/mod.ts";
import { runtime } from "../../src/core/platform.ts";
import { Logger } from "../../src/log/logger.ts";
import { Registry } from "../../src/metrics/registry.ts";
import { Tracer } from "../../src/trace/tracer.ts";
import { skipWhen } from "../tool.ts";
import { type Guessed, guessed, otherwise, outcome } from "./guess.ts";
import { API_GUESSES, askApi, askSdk, type Copies, SDK_GUESSES } from "./otel.ts";

/** A folder with packages of its own. */
const NEWER = fileURLToPath(new URL("../bridge/api_1_10/", import.meta.url));
const withoutNewer = skipWhen(runtime.name === "node", "its program runs on Deno and Bun") ||
  skipWhen(
    runtime.name === "bun" && !existsSync(`${NEWER}node_modules`),
    "`deno install` in tests/bridge/api_1_10 has not been run",
  );

/** What the newer copies say: a process of their own, as two copies of the API share what is global. */
let newer: Promise<Record<"api" | "sdk", string[]>> | undefined;
function askNewer(): Promise<Record<"api" | "sdk", string[]>> {
  const args = runtime.name === "bun" ? ["guesses.ts"] : ["run", "-A", "--no-check", "guesses.ts"];
  return newer ??= promisify(execFile)(process.execPath, args, { cwd: NEWER })
    .then(({ stdout }) => JSON.parse(stdout));
}

function open(): ReturnType<Copies["open"]> {
  const exporter = new sdk.InMemorySpanExporter();
  const spanProcessors = [new sdk.SimpleSpanProcessor(exporter)];
  const tracer = new sdk.BasicTracerProvider({ spanProcessors }).getTracer("guess");
  return { tracer, spans: () => exporter.getFinishedSpans() };
}

export const OTEL: readonly Guessed[] = [
  {
    program: "@opentelemetry/api 1.9",
    skip: false,
    guesses: API_GUESSES,
    ask: () => Promise.resolve(askApi({ api })),
  },
  {
    program: "@opentelemetry/api 1.10",
    skip: withoutNewer,
    guesses: API_GUESSES,
    ask: async () => (await askNewer()).api,
  },
  {
    program: "OpenTelemetry SDK 2.12",
    skip: false,
    guesses: SDK_GUESSES,
    ask: () => Promise.resolve(askSdk({ api, open })),
  },
  {
    program: "OpenTelemetry SDK 3.1",
    skip: withoutNewer,
    guesses: otherwise(SDK_GUESSES, { 4: "1" }),
    ask: async () => (await askNewer()).sdk,
  },
];

function hono(): Hono {
  const app = new Hono();
  app.use("*", httpInstrumentationMiddleware({ serviceName: "shop" }));
  app.get("/orders/:id", (c) => c.text("an order"));
  app.post("/orders", (c) => c.text("made", 201));
  app.get("/files/*", (c) => c.text("a file"));
  app.get("/bad", (c) => c.text("bad", 400));
  app.get("/late", () => Promise.reject(new TypeError("late")));
  const admin = new Hono();
  admin.get("/users/:name", (c) => c.text("a user"));
  app.route("/admin", admin);
  app.onError((_error, c) => c.text("sorry", 500));
  return app;
}

export const HONO = guessed<readonly [path: string, init?: RequestInit]>(
  "@hono/otel 1.1, over the bridge",
  false,
  [
    ["a path with a parameter", ["/orders/7"], "200 GET /orders/:id unset root"],
    ["a query", ["/orders/7?a=b"], "200 GET /orders/:id unset root"],
    ["HEAD", ["/orders/7", { method: "HEAD" }], "200 HEAD /orders/:id unset root"],
    ["POST", ["/orders", { method: "POST" }], "201 POST /orders unset root"],
    ["a path of no route", ["/none"], "404 GET unset root", "404 GET /* unset root"],
    ["a wildcard", ["/files/a/b"], "200 GET /files/* unset root"],
    ["an answer of 400", ["/bad"], "400 GET /bad unset root"],
    ["a rejection", ["/late"], "500 GET /late error root"],
    ["an application that is mounted", ["/admin/users/a"], "200 GET /admin/users/:name unset root"],
    [
      "a traceparent",
      ["/orders/7", { headers: { traceparent: `00-${"a".repeat(32)}-${"b".repeat(16)}-01` } }],
      `200 GET /orders/:id unset ${"b".repeat(16)}`,
    ],
    [
      "a traceparent of zeros",
      ["/orders/7", { headers: { traceparent: `00-${"0".repeat(32)}-${"b".repeat(16)}-01` } }],
      "200 GET /orders/:id unset root",
    ],
  ],
  async (inputs) => {
    const tracer = new Tracer();
    const bridge = new OtelBridge({
      tracer,
      metrics: new Registry(),
      log: new Logger({ sinks: [] }),
    });
    bridge.register(api);
    try {
      const app = hono(), came: string[] = [];
      for (const [path, init] of inputs) {
        came.push(
          await outcome(async () => {
            const from = tracer.finished.next;
            const { status } = await app.request(path, init);
            const spans = tracer.finished.since(from).map((span) =>
              `${span.name} ${span.status} ${span.parentSpanId || "root"}`
            );
            return [status, ...spans].join(" ");
          }),
        );
      }
      return came;
    } finally {
      bridge.unregister();
    }
  },
);
