import { test } from "node:test";
import { doesNotThrow, throws } from "node:assert/strict";
import { refuseMisspelt, refuseUnknown } from "../../src/core/check.ts";

const KNOWN = ["port", "hostname", "signal", "signals", "drainTimeoutMs", "log", "service"];
const ALL = Object.fromEntries(KNOWN.map((name) => [name, true] as const));

test("refuseUnknown() names the option that was likely meant", () => {
  const table: readonly (readonly [given: string, meant: string | undefined])[] = [
    ["prot", "port"],
    ["por", "port"],
    ["pport", "port"],
    ["PORT", "port"],
    ["servce", "service"],
    ["serivce", "service"],
    ["service_", "service"],
    ["drain_timeout_ms", "drainTimeoutMs"],
    ["drainTimeout", "drainTimeoutMs"],
    ["hostName", "hostname"],
    ["signls", "signals"],
    ["lgo", "log"],
    ["host", "hostname"],
    ["drain", "drainTimeoutMs"],
    ["signal_", "signal"],
    ["hos", undefined],
    ["xyz", undefined],
    ["a", undefined],
    ["", undefined],
    ["constructor", undefined],
    ["p".repeat(100_000), undefined],
  ];
  for (const [given, meant] of table) {
    const hint = meant === undefined ? "" : `, did you mean "${meant}"?`;
    throws(() => refuseUnknown("serve", { port: 1, [given]: undefined }, ALL), {
      name: "TypeError",
      message: `Cannot serve: unknown option ${JSON.stringify(given)}${hint}`,
    });
  }
});

test("refuseUnknown() takes what is known, and nothing at all", () => {
  for (const options of [{}, { port: 1, log: undefined }, undefined]) {
    doesNotThrow(() => refuseUnknown("serve", options, ALL));
  }
});

test("refuseUnknown() refuses what is not an object, and does not show a text", () => {
  const table: readonly (readonly [given: unknown, got: string])[] = [
    [null, "null"],
    [5, "5"],
    [true, "true"],
    ["correct-horse-battery", "string"],
    [() => {}, "function"],
    [[], "array"],
  ];
  for (const [given, got] of table) {
    throws(() => refuseUnknown("serve", given, ALL), {
      name: "TypeError",
      message: `Cannot serve: options must be an object, got ${got}`,
    });
    throws(() => refuseUnknown("serve", given, ALL, "admin"), {
      name: "TypeError",
      message: `Cannot serve: admin must be an object, got ${got}`,
    });
  }
  throws(() => refuseUnknown("serve", { prot: 1 }, ALL, "admin"), {
    message: 'Cannot serve: admin: unknown option "prot", did you mean "port"?',
  });
});

test("refuseMisspelt() passes what is like no name of ours, or is another's", () => {
  doesNotThrow(() => refuseMisspelt("serve", { port: 1, websocket: {}, idleTimeout: 1 }, KNOWN));
  doesNotThrow(() => refuseMisspelt("serve", { host: "a", ports: 1 }, KNOWN, ["ports", "host"]));
  throws(() => refuseMisspelt("serve", { websocket: {}, signls: false }, KNOWN, ["ports"]), {
    name: "TypeError",
    message: 'Cannot serve: unknown option "signls", did you mean "signals"?',
  });
});
