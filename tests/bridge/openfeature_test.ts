import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import * as conventions from "@opentelemetry/semantic-conventions/incubating";
import {
  ErrorCode,
  type EvaluationDetails,
  type Hook,
  InMemoryProvider,
  OpenFeature,
  type Provider,
  ProviderEvents,
  ProviderStatus,
} from "@openfeature/server-sdk";
import { telltale } from "../../mod.ts";
import { TelltaleHook, TelltaleProvider } from "../../src/bridge/openfeature/mod.ts";

const folder = mkdtempSync(join(tmpdir(), "telltale-openfeature-"));
after(() => rmSync(folder, { recursive: true }));
OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} });

/** Each test has a domain of its own: the SDK is global. */
async function setUp(domain: string, provider?: Provider) {
  const t = telltale({ service: "shop", log: { level: "debug", sinks: [] } });
  t.flags.define({
    new_checkout: {
      default: false,
      rules: [{ when: { plan: "pro" }, serve: true }],
      rollout: { percentage: 50 },
    },
    color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
    limit: { default: 5 },
    layout: { default: { columns: 2 } },
    killed: { default: false, enabled: false },
  });
  const ours = new TelltaleProvider(t);
  await OpenFeature.setProviderAndWait(domain, provider ?? ours);
  return { t, ours, client: OpenFeature.getClient(domain) };
}

const seen = ({ value, variant, reason, errorCode }: EvaluationDetails<never>) =>
  [value, variant, reason, errorCode] as unknown[];

test("The SDK gets values, variants, reasons and error codes of the provider", async () => {
  const { t, client } = await setUp("values");
  const table = [
    [client.getBooleanDetails("new_checkout", false, { plan: "pro" }), [
      true,
      "on",
      "TARGETING_MATCH",
      undefined,
    ]],
    [client.getBooleanDetails("new_checkout", true, { targetingKey: "u-1" }), [
      false,
      "off",
      "SPLIT",
      undefined,
    ]],
    [client.getStringDetails("color", "x"), ["#00f", "blue", "STATIC", undefined]],
    [client.getNumberDetails("limit", 1), [5, "default", "STATIC", undefined]],
    [client.getObjectDetails("layout", {}), [{ columns: 2 }, "default", "STATIC", undefined]],
    [client.getBooleanDetails("killed", true), [true, undefined, "DISABLED", undefined]],
    [client.getBooleanDetails("nope", true), [true, undefined, "ERROR", ErrorCode.FLAG_NOT_FOUND]],
    [client.getNumberDetails("color", 7), [7, undefined, "ERROR", ErrorCode.TYPE_MISMATCH]],
    [client.getBooleanDetails("new_checkout", true), [
      true,
      undefined,
      "ERROR",
      ErrorCode.TARGETING_KEY_MISSING,
    ]],
  ] as const;
  for (const [details, expected] of table) {
    assert.deepEqual(seen(await details as EvaluationDetails<never>), expected);
  }
  await t.shutdown();
});

test("A caller that gets its own default is given no variant, in row, metric and log neither", async () => {
  const { t, client } = await setUp("own default");
  const handler = t.instrument(async () => {
    assert.equal(await client.getBooleanValue("killed", true), true);
    assert.equal(await client.getBooleanValue("new_checkout", true), true);
    return new Response();
  });
  await handler(new Request("http://localhost/"));
  const [row] = [...t.events!];
  assert.deepEqual([row!["flag.killed"], row!["flag.new_checkout"]], ["DISABLED", "ERROR"]);
  const page = await (await t.metrics.scrape()).text();
  assert.match(page, /evaluations_total\{flag="killed",variant="",reason="disabled"\} 1/);
  assert.match(page, /evaluations_total\{flag="new_checkout",variant="",reason="error"\} 1/);
  assert.doesNotMatch(page, /^feature_flag_exposures_total\{/m);
  // A caller without one gets the flag's.
  assert.equal(t.flags.boolean("killed"), false);
  await t.shutdown();
});

test("OpenFeature's evaluation suite, by way of flags in flagd's format", async () => {
  const { t, client } = await setUp("suite");
  const flag = (variants: object, defaultVariant: string, targeting = {}) => ({
    state: "ENABLED",
    variants,
    defaultVariant,
    targeting,
  });
  const equals = (name: string, value: unknown) => ({ "==": [{ var: name }, value] });
  const who = { fn: "Sulisław", ln: "Świętopełk", age: 29, customer: false };
  const isHim = { and: Object.entries(who).map(([name, value]) => equals(name, value)) };
  const pictures = { showImages: true, title: "Check out these pics!", imagesPerPage: 100 };
  await t.flags.load("suite", {
    flags: {
      "boolean-flag": flag({ on: true, off: false }, "on"),
      "string-flag": flag({ greeting: "hi", parting: "bye" }, "greeting"),
      "integer-flag": flag({ one: 1, ten: 10 }, "ten"),
      "float-flag": flag({ tenth: 0.1, half: 0.5 }, "half"),
      "object-flag": flag({ empty: {}, template: pictures }, "template"),
      "context-aware": flag({ internal: "INTERNAL", external: "EXTERNAL" }, "external", {
        if: [isHim, "internal", "external"],
      }),
      "wrong-flag": flag({ one: "uno", two: "dos" }, "one"),
    },
  }, { format: "flagd" });
  const STATIC = ["STATIC", undefined] as const;
  const table = [
    [client.getBooleanDetails("boolean-flag", false), [true, "on", ...STATIC]],
    [client.getStringDetails("string-flag", "bye"), ["hi", "greeting", ...STATIC]],
    [client.getNumberDetails("integer-flag", 1), [10, "ten", ...STATIC]],
    [client.getNumberDetails("float-flag", 0.1), [0.5, "half", ...STATIC]],
    [client.getObjectDetails("object-flag", {}), [pictures, "template", ...STATIC]],
    [
      client.getStringDetails("context-aware", "EXTERNAL", who),
      ["INTERNAL", "internal", "TARGETING_MATCH", undefined],
    ],
    [
      client.getStringDetails("context-aware", "x"),
      ["EXTERNAL", "external", "TARGETING_MATCH", undefined],
    ],
    [
      client.getStringDetails("missing-flag", "uh-oh"),
      ["uh-oh", undefined, "ERROR", ErrorCode.FLAG_NOT_FOUND],
    ],
    [
      client.getNumberDetails("wrong-flag", 13),
      [13, undefined, "ERROR", ErrorCode.TYPE_MISMATCH],
    ],
  ] as const;
  for (const [details, expected] of table) {
    assert.deepEqual(seen(await details as EvaluationDetails<never>), expected);
  }
  await t.shutdown();
});

test("Contexts of all levels reach the rules, and hooks of all levels run around the provider", async () => {
  const { t, client } = await setUp("hooks");
  const stages: string[] = [];
  const hook = (name: string): Hook => ({
    before: () => void stages.push(`${name} before`),
    after: (_, { value }) => void stages.push(`${name} after ${value}`),
    error: (_, error) => void stages.push(`${name} error ${(error as { code?: string }).code}`),
    finally: () => void stages.push(`${name} finally`),
  });
  client.setContext({ plan: "pro" });
  client.addHooks(hook("client"));
  const options = { hooks: [hook("call")] };
  assert.equal(await client.getBooleanValue("new_checkout", false, {}, options), true);
  await client.getBooleanValue("nope", false, { plan: "free" }, options);
  assert.deepEqual(stages, [
    ...["client before", "call before", "call after true", "client after true"],
    ...["call finally", "client finally"],
    ...["client before", "call before", "call error FLAG_NOT_FOUND", "client error FLAG_NOT_FOUND"],
    ...["call finally", "client finally"],
  ]);
  client.setContext({});
  await t.shutdown();
});

test("Evaluations by way of the SDK are observed once, also with the hook", async () => {
  const { t, client } = await setUp("observed");
  const hooks = [new TelltaleHook(t) as Hook];
  const handler = t.instrument(async () =>
    new Response(await client.getStringValue("color", "x", {}, { hooks }))
  );
  await handler(new Request("http://localhost/"));
  assert.deepEqual([...t.events!].map((row) => row["flag.color"]), ["blue"]);
  const page = await (await t.metrics.scrape()).text();
  assert.match(
    page,
    /feature_flag_evaluations_total\{flag="color",variant="blue",reason="static"\} 1\n/,
  );
  await t.shutdown();
});

test("Changes and bad files are events of the provider, and its status", async () => {
  const { t, client } = await setUp("events"), path = join(folder, "flags.json");
  const events: unknown[] = [];
  for (
    const event of [ProviderEvents.ConfigurationChanged, ProviderEvents.Stale, ProviderEvents.Ready]
  ) {
    client.addHandler(event, (details) => {
      events.push([event, details?.flagsChanged ?? details?.message]);
    });
  }
  const told = () => new Promise((resolve) => setTimeout(resolve));
  await told();
  assert.deepEqual(events.splice(0), [[ProviderEvents.Ready, undefined]], "it is ready already");
  t.flags.set("limit", { default: 6 });
  t.flags.set("color", { default: "red" });
  await told();
  assert.deepEqual(events.splice(0), [[ProviderEvents.ConfigurationChanged, ["limit", "color"]]]);

  writeFileSync(path, '{ "flags": {} }');
  const file = await t.flags.watch(path);
  writeFileSync(path, "{");
  await file.refresh();
  await told();
  assert.equal(client.providerStatus, ProviderStatus.STALE);
  assert.match(String((events.splice(0)[0] as string[])[1]), /JSON/);
  assert.equal(await client.getNumberValue("limit", 1), 6, "a stale provider still answers");
  writeFileSync(path, '{ "flags": { "limit": { "default": 9 } } }');
  await file.refresh();
  await told();
  assert.equal(client.providerStatus, ProviderStatus.READY);
  const why = "what run time has set is above the file: nothing was changed";
  assert.deepEqual(events.splice(0), [[ProviderEvents.Ready, undefined]], why);
  await t.shutdown();
});

test("A provider whose file is bad from the start is stale, and ready once it is good", async () => {
  const { t } = await setUp("early"), path = join(folder, "late.json");
  const file = await t.flags.watch(path, { required: false });
  await OpenFeature.setProviderAndWait("late", new TelltaleProvider(t));
  const client = OpenFeature.getClient("late");
  const reached = (event: ProviderEvents.Stale | ProviderEvents.Ready) =>
    new Promise((resolve) => client.addHandler(event, resolve));
  await reached(ProviderEvents.Stale);
  assert.equal(client.providerStatus, ProviderStatus.STALE);
  assert.equal(await client.getNumberValue("limit", 1), 5, "flags of code are in force");
  writeFileSync(path, '{ "flags": { "limit": { "default": 9 } } }');
  await file.refresh();
  await reached(ProviderEvents.Ready);
  assert.equal(client.providerStatus, ProviderStatus.READY);
  assert.equal(await client.getNumberValue("limit", 1), 9);
  await t.shutdown();
});

test("The provider and Telltale may be closed in any order, and twice", async () => {
  const { t, client, ours } = await setUp("closed");
  await t.shutdown();
  assert.equal(await client.getNumberValue("limit", 1), 5);
  await OpenFeature.setProviderAndWait("closed", new InMemoryProvider({}));
  await ours.onClose();
  assert.equal(ours.events.getHandlers(ProviderEvents.ConfigurationChanged).length, 0);
  const again = await setUp("again");
  await OpenFeature.close();
  assert.equal(await again.client.getNumberValue("limit", 1), 5, "the SDK asks a closed provider");
  again.t.flags.set("limit", { default: 6 });
  await again.t.shutdown();
});

test("track() is a field of the request's row", async () => {
  const { t, client } = await setUp("track");
  await t.event("checkout", () => {
    client.track("paid", {}, { value: 99.5 });
    client.track("seen");
  });
  const [row] = [...t.events!];
  assert.deepEqual([row!["track.paid"], row!["track.seen"]], [99.5, true]);
  await t.shutdown();
});

test("TelltaleHook() observes any provider: what the caller gets, with the conventions' names", async () => {
  const other = new InMemoryProvider({
    beta: {
      variants: { on: true, off: false },
      defaultVariant: "on",
      disabled: false,
      contextEvaluator: () => "on",
    },
    plain: { variants: { only: "text" }, defaultVariant: "only", disabled: false },
  });
  const { t, client } = await setUp("other", other);
  client.addHooks(TelltaleHook(t) as Hook);
  const thrower: Hook = {
    after() {
      throw new Error("mine");
    },
  };
  await t.event("job", async () => {
    await client.getBooleanValue("beta", false, { targetingKey: "u-1" });
    await client.getBooleanValue("beta", false, { targetingKey: "u-1" });
    await client.getStringValue("plain", "x");
  });
  await client.getNumberValue("plain", 1);
  await client.getBooleanValue("beta", false, { targetingKey: "u-1" }, { hooks: [thrower] });
  for (let i = 0; i < 150; i++) await client.getBooleanValue(`nope-${i}`, false);
  const [row] = [...t.events!];
  assert.deepEqual([row!["flag.beta"], row!["flag.plain"]], ["on", "only"]);
  const page = await (await t.metrics.scrape()).text();
  const lines = page.split("\n").filter((line) =>
    line.startsWith("feature_flag_evaluations_total{")
  );
  const of = (flag: string) =>
    lines.filter((line) => line.includes(`flag="${flag}"`)).map((line) => line.replace(/^\w+/, ""));
  assert.deepEqual(of("beta"), [
    '{flag="beta",variant="on",reason="targeting_match"} 2',
    '{flag="beta",variant="",reason="error"} 1',
  ]);
  assert.deepEqual(of("(other)"), ['{flag="(other)",variant="",reason="error"} 50']);
  const [event] = [...t.log.ring].filter(({ message }) => message === "flag evaluated");
  assert.deepEqual({ ...event!.fields }, {
    "event.name": conventions.EVENT_FEATURE_FLAG_EVALUATION,
    [conventions.ATTR_FEATURE_FLAG_KEY]: "beta",
    [conventions.ATTR_FEATURE_FLAG_PROVIDER_NAME]: "in-memory",
    [conventions.ATTR_FEATURE_FLAG_RESULT_REASON]: "targeting_match",
    [conventions.ATTR_FEATURE_FLAG_RESULT_VARIANT]: "on",
    [conventions.ATTR_FEATURE_FLAG_CONTEXT_ID]: "u-1",
  });
  await t.shutdown();
});

test("Provider and hook refuse what holds no flags", () => {
  const message = "Cannot make provider: it must be given telltale(), got object";
  assert.throws(() => new TelltaleProvider({} as never), { name: "TypeError", message });
  assert.throws(() => TelltaleHook(undefined as never), {
    name: "TypeError",
    message: "Cannot make hook: it must be given telltale(), got undefined",
  });
});
