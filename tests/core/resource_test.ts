import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { runtime } from "../../src/core/platform.ts";
import { parseResourceAttributes, resource } from "../../src/core/resource.ts";

const env = (values: Record<string, string>) => (name: string) => values[name];

test("resource() prefers options to the environment and that to defaults", () => {
  const values = {
    OTEL_SERVICE_NAME: "from-env",
    OTEL_RESOURCE_ATTRIBUTES:
      "service.name=attr,service.version=2,deployment.environment.name=prod,a=b",
  };
  const given = resource({ service: "mine", version: "1", instanceId: "i" }, env(values));
  assert.deepEqual([given.service, given.version, given.environment, given.instanceId], [
    "mine",
    "1",
    "prod",
    "i",
  ]);
  assert.equal(given.attributes.a, "b");
  assert.equal(given.attributes["service.name"], "mine");
  assert.equal(resource({}, env(values)).service, "from-env");
  assert.equal(
    resource({}, env({ OTEL_RESOURCE_ATTRIBUTES: "service.name=attr" })).service,
    "attr",
  );
  const bare = resource({}, env({}));
  assert.equal(bare.service, `unknown_service:${runtime.name}`);
  assert.equal(bare.version, undefined);
  assert.match(bare.instanceId, /^[0-9a-f-]{36}$/);
});

test("parseResourceAttributes() decodes keys and values, and discards all for an invalid member", () => {
  const broken = (where: string) => `Cannot read OTEL_RESOURCE_ATTRIBUTES: ${where}`;
  const table: [string, Record<string, string>, string | undefined][] = [
    ["", {}, undefined],
    ["a=b", { a: "b" }, undefined],
    [" a = b%20c , d=e=f ", { a: "b c", d: "e=f" }, undefined],
    ["team%2Cname=core,a%3Db=1", { "team,name": "core", "a=b": "1" }, undefined],
    ["a=1,,b=,", { a: "1", b: "" }, undefined],
    ["a=1,discount=50%,zone=eu", {}, broken('"discount" has an invalid percent-sequence')],
    ["a%zz=1", {}, broken('"a%zz" has an invalid percent-sequence')],
    ["a=1,novalue", {}, broken("member 2 is not key=value")],
    ["=x,a=1", {}, broken("member 1 is not key=value")],
  ];
  for (const [text, attributes, error] of table) {
    const told: string[] = [];
    const parsed = parseResourceAttributes(text, (error) => told.push((error as Error).message));
    assert.deepEqual(parsed, attributes);
    assert.deepEqual(told, error === undefined ? [] : [error]);
  }
  assert.deepEqual(Object.keys(parseResourceAttributes("__proto__=x")), ["__proto__"]);
});

test("resource() names the version of Telltale that deno.json has", () => {
  const config = readFileSync(new URL("../../deno.json", import.meta.url), "utf8");
  const { attributes } = resource({}, env({}));
  assert.equal(attributes["telemetry.sdk.version"], JSON.parse(config).version);
});
