import { deepEqual, throws } from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { telltale, type TelltaleOptions } from "../../mod.ts";

const VARIABLE = "OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS";

/** The names of these methods in server and client spans, and on the wire. */
async function methodsOf(options: TelltaleOptions, variable?: string) {
  if (variable === undefined) delete process.env[VARIABLE];
  else process.env[VARIABLE] = variable;
  const t = telltale({ ...options, log: { sinks: [] }, metrics: { runtime: false } });
  const handler = t.instrument(() => new Response());
  delete process.env[VARIABLE];
  const fetch = t.fetch;
  for (const method of ["POST", "PROPFIND", "patch"]) {
    await handler({ method, url: "http://a/", headers: new Headers() } as Request);
    // Nobody listens there: the span is made all the same.
    await fetch("http://127.0.0.1:1/", { method }).catch(() => {});
  }
  await t.shutdown();
  const names = (kind: string) =>
    t.tracer.finished.since(0).filter((span) => span.kind === kind).map(({ attributes }) => [
      attributes["http.request.method"],
      attributes["http.request.method_original"],
    ]);
  return { server: names("server"), client: names("client") };
}

/** What `fetch` of this runtime sends for `patch`. */
const SENT = runtime.name === "bun" ? "PATCH" : "patch";
const PATCH = ["PATCH", SENT === "PATCH" ? undefined : SENT];
const POST = ["POST", undefined], PROPFIND = ["PROPFIND", undefined];

test("Methods are those of the semantic conventions; the original is recorded where it differs", async () => {
  deepEqual(await methodsOf({}), {
    server: [POST, ["_OTHER", "PROPFIND"], ["_OTHER", "patch"]],
    client: [POST, ["_OTHER", "PROPFIND"], PATCH],
  });
});

test("The environment replaces the known methods, of server and client", async () => {
  const other = [["_OTHER", "POST"], PROPFIND];
  deepEqual(await methodsOf({}, "PROPFIND,patch"), {
    server: [...other, ["patch", undefined]],
    client: [...other, SENT === "patch" ? ["patch", undefined] : ["_OTHER", "PATCH"]],
  });
});

test("knownMethods of http is for both, that of client for outgoing requests; options override", async () => {
  const http = { knownMethods: ["POST", "PROPFIND"] };
  const both = [POST, PROPFIND, ["_OTHER", "patch"]];
  deepEqual(await methodsOf({ http }, "GET"), {
    server: both,
    client: [POST, PROPFIND, ["_OTHER", SENT]],
  });
  const client = { knownMethods: ["PATCH"] };
  deepEqual(await methodsOf({ http, client }), {
    server: both,
    client: [["_OTHER", "POST"], ["_OTHER", "PROPFIND"], PATCH],
  });
  for (const options of [{ http: { knownMethods: [] } }, { client: { knownMethods: ["a b"] } }]) {
    throws(() => telltale(options), { name: "TypeError" });
  }
});
