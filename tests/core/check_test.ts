import { test } from "node:test";
import { deepEqual, doesNotThrow, equal, throws } from "node:assert/strict";
import {
  check,
  checkChoice,
  checkedHeaders,
  checkedUrl,
  checkFunction,
  checkNumber,
  checkPositive,
  checkWhole,
  refuseMisspelt,
  refuseUnknown,
} from "../../src/core/check.ts";

const KNOWN = ["port", "hostname", "signal", "signals", "drainTimeoutMs", "log", "service"];
const ALL = Object.fromEntries(KNOWN.map((name) => [name, true] as const));

test("checks accept what their rule says", () => {
  check(true, "act", "a must be b", 5);
  for (const value of [1, 1.5, 2]) checkNumber("act", "a", value, 1, 2);
  checkNumber("act", "a", Infinity, 0);
  for (const value of [1, 2, 3]) checkWhole("act", "a", value, 1, 3);
  checkPositive("act", "a", 0.1);
  checkFunction("act", "a", () => {});
  checkChoice("act", "a", "x", ["x", "y"]);
});

test("checks refuse in one form, with the kind of error that the value calls for", () => {
  const table: readonly (readonly [refuse: () => void, name: string, rest: string])[] = [
    [() => check(false, "act", "a must be b", ["c", 1]), "RangeError", 'a must be b, got ["c", 1]'],
    [
      () => check(false, "act", "a must be b", null, TypeError),
      "TypeError",
      "a must be b, got null",
    ],
    [() => checkNumber("act", "a", 0, 1, 2), "RangeError", "a must be 1 to 2, got 0"],
    [() => checkNumber("act", "a", NaN, 1), "RangeError", "a must be at least 1, got NaN"],
    [() => checkNumber("act", "a", "2", 1, 2), "TypeError", 'a must be 1 to 2, got "2"'],
    [() => checkWhole("act", "a", 1.5), "RangeError", "a must be a whole number from 1, got 1.5"],
    [
      () => checkWhole("act", "a", 9, 0, 8),
      "RangeError",
      "a must be a whole number from 0 to 8, got 9",
    ],
    [() => checkWhole("act", "a", 1n), "TypeError", "a must be a whole number from 1, got bigint"],
    [() => checkPositive("act", "a", 0), "RangeError", "a must be positive, got 0"],
    [() => checkPositive("act", "a", null), "TypeError", "a must be positive, got null"],
    [() => checkFunction("act", "a", {}), "TypeError", "a must be a function, got object"],
    [
      () => checkChoice("act", "a", "z", ["x", "y"]),
      "TypeError",
      'a must be one of x, y, got "z"',
    ],
  ];
  for (const [refuse, name, rest] of table) {
    throws(refuse, { name, message: `Cannot act: ${rest}` });
  }
});

test("checkedUrl() takes URLs of HTTP, and shows no credentials of another", () => {
  equal(checkedUrl("send", "url", "https://host/a?b").href, "https://host/a?b");
  equal(checkedUrl("send", "url", new URL("http://host")).href, "http://host/");
  const table = [
    ["host:4318", '"host:4318"'],
    ["/path?key=secret", '"/path"'],
    ["ftp://host", '"ftp://host"'],
    ["http://user:secret@host", "one with them"],
    ["user:secret@host", "one with them"],
  ];
  for (const [given, got] of table) {
    throws(() => checkedUrl("send", "url", given!), {
      name: "TypeError",
      message:
        `Cannot send: url must be an http or https URL without user and password, got ${got}`,
    });
  }
});

test("checkedHeaders() gives names in lower case, and shows no value", () => {
  deepEqual(checkedHeaders("send", { "X-Key": "a" }), { "x-key": "a" });
  for (const [name, value] of [["X-Key", "secret\nb: c"], ["a b", "secret"]] as const) {
    throws(() => checkedHeaders("send", { [name]: value }), {
      name: "TypeError",
      message: `Cannot send: header "${name}" must have a valid name and value`,
    });
  }
});

test("refuseUnknown() names the option that was probably meant", () => {
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

test("refuseUnknown() accepts known options, and undefined", () => {
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

test("refuseMisspelt() accepts names unlike ours, and those of others", () => {
  doesNotThrow(() => refuseMisspelt("serve", { port: 1, websocket: {}, idleTimeout: 1 }, KNOWN));
  doesNotThrow(() => refuseMisspelt("serve", { host: "a", ports: 1 }, KNOWN, ["ports", "host"]));
  throws(() => refuseMisspelt("serve", { websocket: {}, signls: false }, KNOWN, ["ports"]), {
    name: "TypeError",
    message: 'Cannot serve: unknown option "signls", did you mean "signals"?',
  });
});
