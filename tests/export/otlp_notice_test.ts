import assert from "node:assert/strict";
import { test } from "node:test";
import { Faults } from "../../src/core/faults.ts";
import { whereTo, whyNot } from "../../src/export/otlp_notice.ts";
import type { OtlpOptions } from "../../src/export/otlp_options.ts";
import { otlpSettings } from "../../src/export/otlp_settings.ts";

const ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

test("whereTo() names signals and receivers, with ports and without what a URL may hide", () => {
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

test("whyNot() tells why nothing is exported, where somebody is known to want it", () => {
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
    // What is wrong with an endpoint, and that an exporter is "none", is known or told already.
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
