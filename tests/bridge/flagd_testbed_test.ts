import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { AstBuilder, compile, GherkinClassicTokenMatcher, Parser } from "@cucumber/gherkin";
import { IdGenerator, type Pickle } from "@cucumber/messages";
import {
  type Client,
  type EvaluationContext,
  type EvaluationDetails,
  type FlagValue,
  OpenFeature,
  ProviderEvents,
} from "@openfeature/server-sdk";
import { telltale } from "../../mod.ts";
import { TelltaleProvider } from "../../src/bridge/openfeature/mod.ts";
import type { FlagdHash, FlagFile } from "../../src/flags/mod.ts";
import { built, lackingBuilt } from "../peers/built.ts";
import { HANG_MS, skipWhen } from "../tool.ts";

// OpenFeature's scenarios for providers that evaluate flagd's files, as they are published, through its SDK:
// tests/peers/flagd_testbed fetches them.

const home = built("flagd-testbed");
const folder = mkdtempSync(join(tmpdir(), "telltale-testbed-"));
after(() => rmSync(folder, { recursive: true }));
OpenFeature.setLogger({ error() {}, warn() {}, info() {}, debug() {} });

type Config = { flags: Record<string, Record<string, unknown>>; [part: string]: unknown };
const KINDS = ["Boolean", "String", "Integer", "Float", "Object"] as const;
type Kind = (typeof KINDS)[number];
const EVENTS = {
  ready: ProviderEvents.Ready,
  stale: ProviderEvents.Stale,
  error: ProviderEvents.Error,
  change: ProviderEvents.ConfigurationChanged,
} as const;

/** What one scenario works on. */
interface World {
  hash: FlagdHash;
  selector: string;
  config: Config;
  path: string;
  file: FlagFile;
  client: Client;
  flag: { kind: Kind; key: string; fallback: string };
  context: Record<string, unknown>;
  details: EvaluationDetails<FlagValue>;
  events: { name: string; changed: readonly string[] }[];
  close: () => Promise<void>;
}

function scenariosOf(path: string): readonly Pickle[] {
  const newId = IdGenerator.incrementing();
  const parser = new Parser(new AstBuilder(newId), new GherkinClassicTokenMatcher());
  return compile(parser.parse(readFileSync(path, "utf8")), path, newId);
}

/** All files of a folder in one, or one of them, as the testbed serves them. */
function configOf(selector: string): Config {
  const read = (path: string): Config => JSON.parse(readFileSync(join(home, path), "utf8"));
  if (selector.startsWith("rawflags/")) return read(selector.replace("raw", ""));
  if (selector === "evaluator") return read("evaluator/flags/testkit-flags.json");
  const all: Config = { flags: {} }, $evaluators = {};
  for (const name of readdirSync(join(home, "flags"))) {
    if (name.startsWith("selector")) continue;
    const one = read(`flags/${name}`);
    Object.assign(all.flags, one.flags);
    Object.assign($evaluators, one.$evaluators);
  }
  return { ...all, $evaluators };
}

let domains = 0;

async function serve(world: World, selector: string): Promise<void> {
  const t = telltale({ service: "testbed", log: { sinks: [] } }), domain = `testbed ${++domains}`;
  world.config = configOf(selector);
  world.path = join(folder, "flags.json");
  writeFileSync(world.path, JSON.stringify(world.config));
  world.file = await t.flags.watch(world.path, { format: "flagd", hash: world.hash });
  await OpenFeature.setProviderAndWait(domain, new TelltaleProvider(t));
  world.client = OpenFeature.getClient(domain);
  // What the testbed's server sends for providers to add to every context.
  world.client.setContext({ injectedmetadata: "set" });
  world.close = () => t.shutdown();
}

function valueOf(kind: string, text: string): FlagValue {
  if (kind === "Boolean") return text === "true";
  if (kind === "Object") return JSON.parse(text.replaceAll('\\"', '"'));
  return kind === "String" ? text : Number(text);
}

function evaluate({ client, flag, context }: World): Promise<EvaluationDetails<FlagValue>> {
  const { kind, key } = flag, given = context as EvaluationContext;
  const fallback = valueOf(kind, flag.fallback);
  if (kind === "Boolean") return client.getBooleanDetails(key, fallback as boolean, given);
  if (kind === "String") return client.getStringDetails(key, fallback as string, given);
  if (kind === "Object") return client.getObjectDetails(key, fallback, given);
  return client.getNumberDetails(key, fallback as number, given);
}

/** Handlers of the SDK run after the provider's. */
const told = () => new Promise((resolve) => setTimeout(resolve));

async function fired(world: World, name: string): Promise<World["events"][number]> {
  await told();
  const at = world.events.findIndex((event) => event.name === name);
  assert.notEqual(at, -1, `a ${name} event`);
  const event = world.events[at]!;
  // What came before it is past.
  world.events.splice(0, at + 1);
  return event;
}

async function change(world: World, text: string): Promise<void> {
  writeFileSync(world.path, text);
  await world.file.refresh();
}

type Step = (world: World, groups: readonly string[], table: string[][]) => unknown;

const STEPS: readonly [RegExp, Step][] = [
  [/^an option "cache" of type "CacheType" with value "disabled"$/, () => {}],
  [/^an option "selector" of type "String" with value "(.*)"$/, (world, [selector]) => {
    world.selector = selector!;
  }],
  [/^a (stable|metadata) flagd provider$/, (world) => serve(world, world.selector)],
  [/^an evaluator$/, (world) => serve(world, "evaluator")],
  [
    /^a (\w+)-flag with key "(.*)" and a (?:default|fallback) value "(.*)"$/,
    (world, [kind, key, fallback]) => {
      assert.ok(KINDS.includes(kind as Kind), kind);
      world.flag = { kind: kind as Kind, key: key!, fallback: fallback! };
    },
  ],
  [
    /^a context containing a key "(.*)", with type "(\w+)" and with value "(.*)"$/,
    ({ context }, [key, kind, value]) => {
      context[key!] = valueOf(kind!, value!);
    },
  ],
  [/^a context containing a targeting key with value "(.*)"$/, ({ context }, [value]) => {
    context.targetingKey = value;
  }],
  [
    /^a context containing a nested property with outer key "(.*)" and inner key "(.*)", with value "(.*)"$/,
    ({ context }, [outer, inner, value]) => {
      context[outer!] = { [inner!]: value };
    },
  ],
  [/^the flag was evaluated with details$/, async (world) => {
    world.details = await evaluate(world);
  }],
  [/^the resolved details value should be "(.*)"$/, ({ details, flag }, [value]) => {
    assert.deepEqual(details.value, valueOf(flag.kind, value!));
  }],
  [/^the reason should be "(.*)"$/, ({ details }, [reason]) => {
    assert.equal(details.reason, reason);
  }],
  [/^the error-code should be "(.*)"$/, ({ details }, [code]) => {
    assert.equal(details.errorCode ?? "", code);
  }],
  [/^the resolved metadata should contain$/, ({ details }, _, [, ...rows]) => {
    const expected = rows.map(([key, kind, value]) => [key, valueOf(kind!, value!)]);
    assert.deepEqual({ ...details.flagMetadata }, Object.fromEntries(expected));
  }],
  [/^the resolved metadata is empty$/, ({ details }) => {
    assert.deepEqual({ ...details.flagMetadata }, {});
  }],
  [/^a (ready|stale|error|change) event handler$/, (world, [name]) => {
    world.client.addHandler(EVENTS[name as keyof typeof EVENTS], (details) => {
      world.events.push({
        name: name!,
        changed: (details as { flagsChanged?: string[] })?.flagsChanged ?? [],
      });
    });
  }],
  [/^the flag was modified$/, (world) => {
    const flag = world.config.flags[world.flag.key]!;
    flag.defaultVariant = flag.defaultVariant === "foo" ? "bar" : "foo";
    return change(world, JSON.stringify(world.config));
  }],
  // A file that can't be read is to a file what a lost connection is to a server.
  [/^the connection is lost for \d+s$/, async (world) => {
    await change(world, "{");
    await told();
    await change(world, JSON.stringify(world.config));
  }],
  [
    /^the (ready|stale) event handler should have been executed$/,
    (world, [name]) => fired(world, name!),
  ],
  [/^a (ready|stale) event was fired$/, (world, [name]) => fired(world, name!)],
  [/^a change event was fired$/, async (world) => {
    world.context.changed = (await fired(world, "change")).changed;
  }],
  [/^the flag should be part of the event payload$/, ({ context, flag }) => {
    assert.deepEqual(context.changed, [flag.key]);
  }],
  [/^the error event handler should not have been executed$/, async ({ events }) => {
    await told();
    assert.deepEqual(events.filter(({ name }) => name === "error"), []);
  }],
];

async function play({ steps }: Pickle, hash: FlagdHash): Promise<void> {
  const world = {
    hash,
    selector: "flags/allFlags.json",
    context: {},
    events: [],
  } as unknown as World;
  try {
    for (const { text, argument } of steps) {
      const step = STEPS.find(([pattern]) => pattern.test(text));
      assert.ok(step, `no step for: ${text}`);
      const table = argument?.dataTable?.rows.map(({ cells }) => cells.map(({ value }) => value));
      await step[1](world, step[0].exec(text)!.slice(1), table ?? []);
    }
  } finally {
    await world.close?.();
  }
}

/** Why a scenario says nothing about us. */
function reasonAgainst(feature: string, { tags, steps }: Pickle): string | undefined {
  const has = (name: string) => tags.some((tag) => tag.name === name);
  if (feature === "gherkin/config.feature") return "options of flagd's providers";
  if (feature === "gherkin/connection.feature") return "connections to flagd's server";
  if (feature === "gherkin/sync-payload.feature") return "the stream of flagd's server";
  if (has("@rpc") && !has("@in-process")) return "evaluated by flagd's server";
  if (has("@deprecated")) return "replaced by @no-default-variant";
  if (has("@fractional-v1")) return "the hash of flagd before both of ours";
  const wantsError = steps.some(({ text }) =>
    text === "the error event handler should have been executed"
  );
  return wantsError ? "the last good flags stay in force: stale, never an error" : undefined;
}

function hashesOf({ tags }: Pickle): readonly FlagdHash[] {
  if (tags.some(({ name }) => name === "@fractional-v2")) return ["text", "utf-16"];
  if (tags.some(({ name }) => name === "@fractional-v3")) return ["cbor"];
  return ["text", "utf-16", "cbor"];
}

const isMissing = lackingBuilt("flagd-testbed");
const features = isMissing !== false
  ? []
  : ["gherkin", "evaluator/gherkin"].flatMap((part) =>
    readdirSync(join(home, part)).sort().map((name) => `${part}/${name}`)
  );

for (const feature of features) {
  const all = scenariosOf(join(home, feature));
  const ours = all.filter((scenario) => reasonAgainst(feature, scenario) === undefined);
  if (ours.length === 0) continue;
  test(`OpenFeature's scenarios hold: ${feature}`, { timeout: HANG_MS }, async () => {
    const failed: string[] = [];
    for (const scenario of ours) {
      for (const hash of hashesOf(scenario)) {
        try {
          await play(scenario, hash);
        } catch (error) {
          const steps = scenario.steps.map(({ text }) => text).join("; ");
          failed.push(`${scenario.name} by ${hash}: ${(error as Error).message}: ${steps}`);
        }
      }
    }
    assert.deepEqual(failed, []);
  });
}

test("All scenarios of OpenFeature's testbed are run but for those that are named", {
  skip: skipWhen(isMissing !== false, String(isMissing)),
}, () => {
  const counts: Record<string, number> = {};
  for (const feature of features) {
    for (const scenario of scenariosOf(join(home, feature))) {
      const reason = reasonAgainst(feature, scenario) ?? "run";
      counts[reason] = (counts[reason] ?? 0) + 1;
    }
  }
  assert.deepEqual(counts, {
    run: 398,
    "connections to flagd's server": 11,
    "evaluated by flagd's server": 9,
    "options of flagd's providers": 96,
    "the stream of flagd's server": 3,
    "replaced by @no-default-variant": 7,
    "the hash of flagd before both of ours": 30,
    "the last good flags stay in force: stale, never an error": 2,
  });
});
