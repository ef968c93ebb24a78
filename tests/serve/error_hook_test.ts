import { test } from "node:test";
import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { telltale } from "../../mod.ts";
import { setRoute } from "../../src/http/server/route.ts";
import { ADAPTERS, serveHere } from "./here.ts";
import { HERE } from "./service.ts";

class NotFound extends Error {}
class Busy extends Error {}

async function served(
  name: string,
  hook: (error: unknown) => unknown,
  fail: (request: Request) => unknown,
) {
  const t = telltale({ service: "orders", log: { sinks: [] }, metrics: { runtime: false } });
  const handler = (request: Request) => {
    setRoute(request, "/it");
    return fail(request) as Response;
  };
  const options = name === "bun" ? { error: hook } : { onError: hook };
  const server = await serveHere(t, options, handler, name);
  const ask = () => fetch(`http://127.0.0.1:${server.port}/`);
  const recorded = async () => {
    await server.stop();
    const [span] = t.tracer.finished.since(0);
    const lines = t.log.ring.since(0).filter(({ message }) => message !== "request started");
    const page = await (await t.metrics.scrape()).text();
    await t.shutdown();
    return {
      counted: [...page.matchAll(/^http_requests_total\{.*status="(\d+)"\} 1$/gm)].map((m) => m[1]),
      span: span?.attributes["http.response.status_code"],
      lines: lines.map(({ severity, message, fields }) =>
        [message, severity, fields.status, (fields.error as Error | undefined)?.message].join(" ")
      ),
    };
  };
  return { t, ask, recorded };
}

/** The answer of the hook is recorded, on each server. */
for (const name of ADAPTERS) {
  test(`A thrown error has the status of the application's hook, with ${name}`, async () => {
    const hook = (error: unknown) =>
      new Response("sorry", { status: error instanceof NotFound ? 404 : 503 });
    const late = (error: unknown) => Promise.resolve(hook(error));
    const table: [fail: () => unknown, status: string, line: string][] = [
      [
        () => {
          throw new NotFound("no order");
        },
        "404",
        "request completed 9 404 ",
      ],
      [() => Promise.reject(new Busy("too much")), "503", "request failed 17 503 too much"],
      [
        () => Response.error(),
        "503",
        "request failed 17 503 Handler must return a Response to send, got Response.error()",
      ],
    ];
    for (const [fail, status, line] of table) {
      for (const answer of [hook, late]) {
        const s = await served(name, answer, fail);
        const response = await s.ask();
        deepEqual([String(response.status), await response.text()], [status, "sorry"]);
        deepEqual(await s.recorded(), { counted: [status], span: Number(status), lines: [line] });
      }
    }
  });

  test(`A line that the hook logs belongs to the request, with ${name}`, async () => {
    const s = await served(name, (error) => {
      s.t.log.error("mine", { error });
      return new Response(null, { status: 500 });
    }, () => {
      throw new Busy("too much");
    });
    await (await s.ask()).text();
    const seen = s.t.log.ring.since(0).map(({ spanId }) => spanId);
    const { spanId } = s.t.tracer.finished.since(0)[0]!;
    deepEqual(seen, [spanId, spanId, spanId]);
    await s.recorded();
  });

  // In a child: Bun's test runner fails a test for what Bun's server prints.
  test(`A hook that fails or returns nothing is called once, with ${name}`, () => {
    const child = fileURLToPath(new URL("./error_hook_child.ts", import.meta.url));
    const { stdout, stderr } = spawnSync(HERE.command, [...HERE.args, child, name], {
      encoding: "utf8",
    });
    const line = (message: string) => ["request failed 500 " + message];
    deepEqual(JSON.parse(stdout || JSON.stringify(stderr)), [
      ["throws an error", 1, 500, line("hook")],
      ["throws a text", 1, 500, line("text")],
      ["throws what it is given", 1, 500, line("too much")],
      ["gives nothing", 1, 500, line("too much")],
    ]);
    equal(stderr.includes("request.signal"), false);
  });
}
