/** Every example, run as a person runs it. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { until } from "../e2e/wait.ts";
import { HANG_MS } from "../tool.ts";

const LIMIT = { timeout: HANG_MS };
const FOLDER = fileURLToPath(new URL("../../examples/", import.meta.url));
const BUN = "Bun" in globalThis;

/** The flags of the command that an example's first lines tell a reader to run. */
function flags(name: string): string[] {
  if (BUN) return ["run"];
  const [, command, words] = /`deno (run|serve) ([^`]*)examples\//
    .exec(readFileSync(FOLDER + name, "utf8").replaceAll("\n * ", " "))!;
  return [command!, ...words!.split(" ").filter((word) => word !== "")];
}

const EXAMPLES = readdirSync(FOLDER).filter((name) => name.endsWith(".ts"));

function run(name: string): string {
  return execFileSync(process.execPath, [...flags(name), FOLDER + name], { encoding: "utf8" });
}

test("every example is tested here, and none has 60 lines", () => {
  assert.deepEqual(EXAMPLES.sort(), [
    "database.ts",
    "flags.ts",
    "hello_bun.ts",
    "hello_deno.ts",
    "hono.ts", // tests/http/hono_test.ts asks more.
    "logger_only.ts",
    "metrics_only.ts",
  ]);
  for (const name of EXAMPLES) {
    assert.ok(readFileSync(FOLDER + name, "utf8").split("\n").length <= 60, name);
    if (name !== "hello_bun.ts") assert.ok(!flags(name).includes("-A"), name);
  }
});

test("metrics_only prints a page", LIMIT, () => {
  assert.equal(
    run("metrics_only.ts"),
    `# HELP jobs_total Jobs that ended
# TYPE jobs_total counter
jobs_total{queue="mail",result="done"} 3
jobs_total{queue="reports",result="failed"} 2
# HELP jobs_waiting Jobs not yet begun
# TYPE jobs_waiting gauge
jobs_waiting{queue="mail"} 0
# HELP job_duration_seconds Time a job took
# TYPE job_duration_seconds histogram
job_duration_seconds_bucket{queue="mail",le="0.01"} 1
job_duration_seconds_bucket{queue="mail",le="0.1"} 1
job_duration_seconds_bucket{queue="mail",le="1"} 2
job_duration_seconds_bucket{queue="mail",le="10"} 2
job_duration_seconds_bucket{queue="mail",le="+Inf"} 3
job_duration_seconds_sum{queue="mail"} 12.254
job_duration_seconds_count{queue="mail"} 3

`,
  );
});

test("flags says what each variant did, and turns one off", LIMIT, () => {
  assert.equal(
    run("flags.ts"),
    `off: 2690 requests, 0 failed
on: 310 requests, 102 failed
on is worse: at least 23.5 % more fail
turned off: on
{"value":false,"variant":"off","reason":"DEFAULT"}
#f00
`,
  );
});

test("database tells what one request repeated, and what failed, without values", LIMIT, () => {
  assert.equal(
    run("database.ts"),
    `repeated query {"db.system.name":"sqlite","db.query.summary":"SELECT orders","db.repeat":10,"http.route":"/orders"}
INSERT orders: UNIQUE constraint failed: orders.id: INSERT INTO orders VALUES (?, ?)
UP
`,
  );
});

test("logger_only prints JSON lines off a terminal", LIMIT, () => {
  const lines = run("logger_only.ts").trimEnd().split("\n").map((line) => {
    const { time, error, ...rest } = JSON.parse(line);
    assert.match(time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    return error === undefined ? rest : { ...rest, error: error.type };
  });
  const service = "nightly-report", job = "totals";
  assert.deepEqual(lines, [
    { level: "info", msg: "started", service, rows: 1200, since: "2026-01-01T00:00:00.000Z" },
    { level: "debug", msg: "reading", service, job, table: "orders" },
    { level: "error", msg: "cannot read settings", service, job, error: "SyntaxError" },
    { level: "warn", msg: "finished with errors", service, failed: 1 },
  ]);
});

/** Runs a service by the command that it names; returns its output and how it ended. */
async function serving(
  name: string,
  args: readonly string[],
  ask: (url: string) => Promise<void>,
): Promise<unknown> {
  const child = spawn(process.execPath, args, {
    env: { ...process.env, PORT: "0" }, // Bun's own, where an example names none.
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise((resolve) => child.once("close", resolve));
  let output = "";
  const read = (text: string): void => void (output += stripVTControlCharacters(text));
  child.stdout!.setEncoding("utf8").on("data", read);
  child.stderr!.setEncoding("utf8").on("data", read);
  try {
    const port = await until(
      `the port of ${name}`,
      () =>
        /[Ll]istening on http:\S+:(\d+)\//.exec(output)?.[1] ?? /localhost:(\d+)/.exec(output)?.[1],
    );
    await ask(`http://127.0.0.1:${port}`);
  } finally {
    process.kill(child.pid!, "SIGTERM");
  }
  return await ended;
}

test("hello greets, counts, and drains at SIGTERM", LIMIT, async () => {
  const name = BUN ? "hello_bun.ts" : "hello_deno.ts";
  const code = await serving(name, [...flags(name), FOLDER + name, "0"], async (url) => {
    assert.equal(await (await fetch(`${url}/hello/sv`)).text(), "Hej\n");
    const unknown = await fetch(`${url}/hello/xx`);
    assert.deepEqual([unknown.status, await unknown.text()], [404, "No such language\n"]);
    const elsewhere = await fetch(`${url}/elsewhere`);
    assert.deepEqual([elsewhere.status, await elsewhere.text()], [404, "Not found\n"]);
    const page = await (await fetch(`${url}/metrics`)).text();
    for (
      const line of [
        `greetings_total{language="sv"} 1`,
        `http_requests_total{method="GET",route="/hello/:language",status="200"} 1`,
        `http_requests_total{method="GET",route="/hello/:language",status="404"} 1`,
        `http_requests_total{method="GET",route="unmatched",status="404"} 1`,
      ]
    ) {
      assert.ok(page.includes(`\n${line}\n`), `${line} in\n${page}`);
    }
    assert.equal((await (await fetch(`${url}/health`)).json()).status, "UP");
  });
  assert.equal(code, 0);
});

test("hono answers by the command it names", LIMIT, async () => {
  const port = BUN ? [] : ["--port=0"];
  const args = [...flags("hono.ts"), ...port, `${FOLDER}hono.ts`];
  await serving("hono.ts", args, async (url) => {
    assert.deepEqual(await (await fetch(`${url}/api/orders/7`)).json(), { id: "7" });
    const page = await (await fetch(`${url}/metrics`)).text();
    assert.match(
      page,
      /http_requests_total\{method="GET",route="\/api\/orders\/:id",status="200"\} 1/,
    );
  });
});
