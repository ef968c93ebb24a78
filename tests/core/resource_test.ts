import assert from "node:assert/strict";
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

test("parseResourceAttributes() decodes, and leaves out what it can't read", () => {
  const table: [string, Record<string, string>][] = [
    ["", {}],
    ["a=b", { a: "b" }],
    [" a = b%20c , d=e=f ", { a: "b c", d: "e=f" }],
    ["a=%zz,b=2", { b: "2" }],
    ["=x,,novalue,c=", { c: "" }],
    ["__proto__=x,a=1", { a: "1" }],
  ];
  for (const [text, attributes] of table) {
    assert.deepEqual(parseResourceAttributes(text), attributes);
  }
});
