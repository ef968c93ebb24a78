import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { whereTo, whyNot } from "../../src/export/otlp/notice.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import { otlpSettings } from "../../src/export/otlp/settings.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

test("whereTo() names signals and receivers, with ports and without secrets of a URL", () => {
  const table: readonly (readonly [OtlpOptions, string])[] = [
    [{ endpoint: "http://collector:4318" }, "exporting traces, metrics, logs to collector:4318"],
    [
      { endpoint: "https://otlp.example/x?key=S" },
      "exporting traces, metrics, logs to otlp.example:443",
    ],
    [
      { endpoint: "http://a", traces: { endpoint: "http://b:1/v1/traces" }, logs: false },
      "exporting traces to b:1; metrics to a:80",
    ],
  ];
  for (const [options, line] of table) {
    const settings = otlpSettings(options, new Faults(), () => undefined, () => true);
    assert.equal(whereTo(settings!), line);
  }
});

test("whyNot() says why nothing is exported, if the code or the environment asks for it", () => {
  type Env = Readonly<Record<string, string>>;
  const off = "nothing is exported: OTEL_SDK_DISABLED is true";
  const DISABLED: Env = { OTEL_SDK_DISABLED: "TRUE" };
  const unset = `nothing is exported: no endpoint is given, and ${ENDPOINT} is not set`;
  const unknown = `nothing is exported: no endpoint is given, and ${ENDPOINT} needs --allow-env`;
  const hint = "OTEL_* variables count as unset without --allow-env";
  const none = { traces: false, metrics: false, logs: false } as const;
  const readable: readonly (readonly [OtlpOptions | undefined, Env, string | undefined])[] = [
    [undefined, {}, undefined],
    [undefined, DISABLED, undefined],
    [undefined, { ...DISABLED, [ENDPOINT]: "http://c" }, off],
    [undefined, { ...DISABLED, OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: "http://c" }, off],
    [{ endpoint: "http://c" }, DISABLED, off],
    [{}, {}, unset],
    [{ logs: false }, {}, unset],
    [none, {}, undefined],
    // A fault of an endpoint was reported, and an exporter that is "none" needs no reason.
    [undefined, { [ENDPOINT]: "no URL" }, undefined],
    [{}, { [ENDPOINT]: "http://c", OTEL_TRACES_EXPORTER: "none" }, undefined],
  ];
  for (const [options, env, line] of readable) {
    const parts = { mayKnow: () => true, isTerminal: () => true };
    assert.equal(whyNot(options, { ...parts, env: (name) => env[name] }), line);
  }
  const hidden: readonly (readonly [OtlpOptions | undefined, boolean, string | undefined])[] = [
    [undefined, false, undefined],
    [undefined, true, hint],
    [{}, false, unknown],
    [none, true, undefined],
    [{ endpoint: "http://c" }, true, undefined],
  ];
  for (const [options, terminal, line] of hidden) {
    const parts = { env: () => undefined, mayKnow: () => false, isTerminal: () => terminal };
    assert.equal(whyNot(options, parts), line);
  }
});

test("telltale() says at start where telemetry is exported to, or why it is not", () => {
  const IS_DENO = "Deno" in globalThis;
  const from = (path: string) => JSON.stringify(new URL(`../../${path}`, import.meta.url));
  // Ends as soon as the sender is loaded: nobody listens at the endpoint.
  const program = (options: object) => `
    import process from "node:process";
    import { setImmediate } from "node:timers/promises";
    import { telltale } from ${from("mod.ts")};
    const t = telltale({ service: "s", log: { sinks: [] }, otlp: ${JSON.stringify(options)} });
    t.tracer.span("a", () => {});
    await import(${from("src/export/otlp/sender.ts")});
    for (let i = 0; i < 3; i++) await setImmediate();
    process.exit(0);
  `;
  const said = (options: object, env: Readonly<Record<string, string>>, ...permissions: string[]) =>
    spawnSync(process.execPath, ["run", ...(IS_DENO ? permissions : []), "-"], {
      input: program(options),
      env,
      encoding: "utf8",
    }).stderr.split("\n").filter((line) => /telltale: otlp: (exporting|nothing)/.test(line));
  const url = "http://127.0.0.1:9";
  const line = "telltale: otlp: exporting traces, metrics, logs to 127.0.0.1:9";
  assert.deepEqual(said({ endpoint: url }, {}, "--allow-net"), [line]);
  assert.deepEqual(said({}, { [ENDPOINT]: url }, "--allow-net", "--allow-env"), [line]);
  assert.deepEqual(said({}, IS_DENO ? { [ENDPOINT]: url } : {}, "--allow-net", "--no-prompt"), [
    `telltale: otlp: nothing is exported: no endpoint is given, and ${ENDPOINT} ${
      IS_DENO ? "needs --allow-env" : "is not set"
    }`,
  ]);
});
