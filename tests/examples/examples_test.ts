/** Every example, run as a person runs it. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { stripVTControlCharacters } from "node:util";
import { until } from "../e2e/wait.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

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
    "ask.ts",
    "database.ts",
    "flags.ts",
    "health_only.ts",
    "hello_bun.ts",
    "hello_deno.ts",
    "hono.ts", // tests/http/hono_test.ts asks more.
    "logger_only.ts",
    "metrics_only.ts",
    "parallel.ts",
    "profile.ts",
    "slo.ts",
    "streams.ts",
    "testing.ts",
    "traces_only.ts",
    "worker.ts",
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

/** What each prints, word by word. */
const PRINTED: Readonly<Record<string, string>> = {
  "ask.ts": `20 of 401 requests
sku=sku-13: 100 % of them
pro: 266 requests, 4.9 % failed
free: 134 requests, 5.2 % failed
nightly import: 3 files
`,
  "health_only.ts": `database: unknown -> DOWN
stock: unknown -> UP
mail: unknown -> DOWN
database: DOWN -> UP
stock: UP -> DEGRADED
database is UP
stock is DEGRADED: 0 left
mail is DOWN: timed out after 20 ms
the service is DEGRADED
`,
  "slo.ts": `checkout: 25 of 500 failed, burns at 5
imports: 1 of 10 failed, burns at 1
alert: SloErrorBudgetBurn, alert: SloErrorBudgetBurn, alert: SloErrorBudgetBurn, alert: SloErrorBudgetBurn
`,
  "testing.ts": `as expected
orders_total{status="complete"} was changed by 0, not by 1

There was 1 series of orders_total:
  orders_total{status="completed"} +1
personal-data: log line "order placed", field email: leave it out, or hide it: redact: { alsoKeys: […], patterns: […] }
`,
  "traces_only.ts": `nightly import [row skipped]
  read
  store row
  store row: no such customer [exception]
  store row
  send report
`,
  "worker.ts": `jobs_total{result="sent"} 4
jobs_total{result="failed"} 1
eve, attempt 1
`,
};
for (const [name, text] of Object.entries(PRINTED)) {
  test(`${name} prints what its reader is told`, LIMIT, () => assert.equal(run(name), text));
}

test("profile finds both functions, the larger one first", LIMIT, () => {
  const [resize, encode] = [...run("profile.ts").matchAll(/^(?:resize|encode) (\d+) %$/gm)]
    .map(([, share]) => Number(share)) as [number, number];
  // Three to one in work; a machine that is busy takes its part of both.
  assert.ok(resize > encode && encode > 0, `${resize} and ${encode}`);
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

const onDeno = skipWhen(BUN, "it runs on Deno");

test("streams sends events and echoes messages, and both end with the service", {
  ...LIMIT,
  skip: onDeno,
}, async () => {
  const name = "streams.ts";
  let ended: Promise<string> | undefined;
  const code = await serving(name, [...flags(name), FOLDER + name, "0"], async (url) => {
    const reader = (await fetch(`${url}/events`)).body!.pipeThrough(new TextDecoderStream())
      .getReader();
    assert.equal((await reader.read()).value, "data: 1\n\n");
    const socket = new WebSocket(`${url.replace("http", "ws")}/socket`);
    const said = new Promise((resolve) => socket.onmessage = ({ data }) => resolve(data));
    const closed = new Promise((resolve) => socket.onclose = resolve);
    socket.onopen = () => socket.send("hej");
    assert.equal(await said, "echo hej");
    const page = await (await fetch(`${url}/metrics`)).text();
    assert.match(page, /^streams_open\{kind="events"\} 1\nstreams_open\{kind="socket"\} 1$/m);
    ended = (async () => {
      while (!(await reader.read()).done);
      await closed;
      return "both";
    })();
  });
  assert.equal(await ended, "both");
  assert.equal(code, 0);
});

test("parallel counts what all isolates had", { ...LIMIT, skip: onDeno }, async () => {
  const name = "parallel.ts", args = [...flags(name), "--port=0", FOLDER + name];
  await serving(name, args, async (url) => {
    for (let i = 0; i < 20; i++) {
      // A connection of its own each, which any of the isolates may take.
      const response = await fetch(url, { headers: { connection: "close" } });
      assert.equal(await response.text(), "hello\n");
    }
    await until("all greetings", async () => {
      const page = await (await fetch(`${url}/metrics`)).text();
      return page.includes("\ngreetings_total 20\n");
    });
  });
});
