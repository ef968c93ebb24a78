/** Rules × places: what a rule hides is hidden in everything that leaves, in every output. */
import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, test } from "node:test";
import { current } from "../../src/core/context.ts";
import { healthJson, healthReport } from "../../src/health/mod.ts";
import {
  EcsEncoder,
  EMAILS,
  GelfEncoder,
  JsonEncoder,
  LogfmtEncoder,
  PrettyEncoder,
  type RedactOptions,
} from "../../src/log/mod.ts";
import { labelSet } from "../../src/metrics/data/labels.ts";
import { type Telltale, telltale } from "../../src/telltale.ts";

const PATHS = [
  ...["order.card", "list[*]", "items[*].card", "body", "url", "rawHeaders[1]", "pairs[*].value"],
  ...["error.message", "error.code", "error.cause.message", "error.errors[*].message"],
  ...["url.full", "url.query", "baggage.card", "description", "maintenance", "exception.message"],
  ...["headers.card", "card"],
];
/** A rule's options, and a secret that only this rule hides. */
interface Rule {
  readonly redact: RedactOptions;
  readonly secret: string;
  readonly key: string;
  readonly text: (secret: string) => string;
}
const S = "s3cr3t-0451", MAIL = "ada@example.org";
const pair = (key: string) => (secret: string) => `sign in with ${key}=${secret} failed`;
const RULES: Readonly<Record<string, Rule>> = {
  "usual secret": { redact: {}, secret: S, key: "githubToken", text: pair("githubToken") },
  "own key": { redact: { keys: ["customer"] }, secret: S, key: "customer", text: pair("customer") },
  "further key": {
    redact: { alsoKeys: ["customer"] },
    secret: S,
    key: "Customer",
    text: pair("customer"),
  },
  path: { redact: { keys: [], paths: PATHS }, secret: S, key: "card", text: (text) => text },
  pattern: {
    redact: { keys: [], patterns: [EMAILS] },
    secret: MAIL,
    key: "note",
    text: (text) => `sign in of ${text} failed`,
  },
  "usual secret, removed": {
    redact: { by: "remove" },
    secret: S,
    key: "db_password",
    text: pair("db_password"),
  },
  "usual secret, hashed": {
    redact: { by: { hashKey: "pepper" } },
    secret: S,
    key: "sessionId",
    text: pair("sessionId"),
  },
  "pattern, removed": {
    redact: { keys: [], patterns: [EMAILS], by: "remove" },
    secret: MAIL,
    key: "note",
    text: (text) => `sign in of ${text} failed`,
  },
  "pattern, hashed": {
    redact: { keys: [], patterns: [EMAILS], by: { hashKey: "pepper" } },
    secret: MAIL,
    key: "note",
    text: (text) => `sign in of ${text} failed`,
  },
};

interface Put {
  readonly key: string;
  readonly value: string;
  readonly text: string;
}
type Place = (t: Telltale, put: Put, url: string) => void | Promise<void>;
const thrown = (text: string) => {
  const error = new Error(text);
  error.stack = `Error: ${text}\n    at here (file:///app.ts:1:1)`;
  return error;
};
/** Places that a path can name as well. */
const PLACES: Readonly<Record<string, Place>> = {
  "log field": (t, { key, value }) => t.log.info("x", { order: { [key]: value } }),
  "bound field": (t, { key, value }) => t.log.with({ order: { [key]: value } }).info("x"),
  "field in a list": (t, { key, value }) => t.log.info("x", { items: [{ [key]: value }] }),
  "field of a Map": (t, { key, value }) => t.log.info("x", { order: new Map([[key, value]]) }),
  "text in a field": (t, { text }) => t.log.info("x", { body: text }),
  "URL in a field": (t, { key, value }) =>
    t.log.info("x", { url: new URL(`http://h/a?${key}=${value}&q=1`) }),
  "URL as text in a field": (t, { key, value }) =>
    t.log.info("x", { url: `http://h/a?${key}=${value}&q=1` }),
  "form in a field": (t, { key, value }) => t.log.info("x", { body: `a=1&${key}=${value}` }),
  "JSON in a field": (t, { key, value }) =>
    t.log.info("x", { body: JSON.stringify({ a: 1, [key]: value, b: [] }) }),
  "JSON in JSON in a field": (t, { key, value }) =>
    t.log.info("x", { body: JSON.stringify({ body: JSON.stringify({ [key]: value, c: 1 }) }) }),
  "flat list of headers": (t, { key, value }) => t.log.info("x", { rawHeaders: [key, value] }),
  "list of names and values": (t, { key, value }) =>
    t.log.info("x", { pairs: [{ name: key, value }, { name: "a", value: "b" }] }),
  "Headers in a field": (t, { key, value }) =>
    t.log.info("x", { headers: new Headers([[key, value]]) }),
  "message of an error": (t, { text }) => t.log.error("x", { error: thrown(text) }),
  "an error that is the message": (t, { text }) => t.log.error(thrown(text) as never),
  "cause of an error": (t, { text }) =>
    t.log.error("x", { error: new Error("outer", { cause: thrown(text) }) }),
  "part of an AggregateError": (t, { text }) =>
    t.log.error("x", { error: new AggregateError([new Error("first"), thrown(text)], "outer") }),
  "own field of an error": (t, { key, value, text }) =>
    t.log.error("x", { error: Object.assign(new Error("x"), { code: text, [key]: value }) }),
  "thrown and no error": (t, { key, value }) => {
    t.log.error("x", { error: new Error("outer", { cause: { [key]: value } }) });
  },
  "span attribute": (t, { key, value }) => t.tracer.start("x").set(`order.${key}`, value).end(),
  "list in a span attribute": (t, { key, value, text }) =>
    t.tracer.start("x").set(key, [value]).set("list", ["-", text]).end(),
  "attribute of an event": (t, { key, value }) =>
    t.tracer.start("x").event("e", { [`order.${key}`]: value }).end(),
  "attribute of a link": (t, { key, value }) => {
    const other = t.tracer.start("other");
    t.tracer.start("x").link(other, { [`order.${key}`]: value }).end();
  },
  "failure of a span": (t, { text }) => t.tracer.start("x").fail(thrown(text)).end(),
  "cause of a span's failure": (t, { text }) =>
    t.tracer.start("x").fail(new Error("outer", { cause: thrown(text) })).end(),
  "failure of a handler": async (t, { text }) => {
    const handler = t.instrument(() => {
      throw thrown(text);
    });
    await assert.rejects(async () => await handler(new Request("http://localhost/x")));
  },
  "url.full": async (t, { key, value }, url) => {
    await (await t.fetch(`${url}/a?q=1&${key}=${value}`)).text();
  },
  "url.query": async (t, { key, value }) => {
    const handler = t.instrument(() => new Response());
    await handler(new Request(`http://localhost/a?q=1&${key}=${value}`));
  },
  "label of an exemplar": (t, { key, value }) => {
    t.metrics.collector(() => [{
      type: "counter",
      name: "jobs_total",
      help: "Jobs",
      samples: [{
        labels: labelSet([], []),
        value: 1,
        exemplar: { value: 1, labels: labelSet([key, "more"], [value, "-"]) },
      }],
    }]);
  },
  "baggage that is logged": (t, { key, value }) => {
    t.tracer.span("x", { baggage: new Map([[key, { value }]]) } as never, () => {
      t.log.info("x", { baggage: current()?.baggage ?? new Map([[key, { value }]]) });
    });
  },
  "description of a check": async (t, { text }) => {
    t.health.check("db", () => ({ status: "DOWN" as const, description: text }));
    await t.health.refresh();
  },
  "error of a check": async (t, { text }) => {
    t.health.check("db", () => {
      throw thrown(text);
    });
    await t.health.refresh();
  },
  "cause of a check's error": async (t, { text }) => {
    t.health.check("db", () => {
      throw new TypeError("fetch failed", { cause: thrown(text) });
    });
    await t.health.refresh();
  },
  maintenance: (t, { text }) => t.health.enterMaintenance(text),
  "fault line": (t, { text }) => t.faults.record("place", thrown(text)),
  "fault line of a cause": (t, { text }) =>
    t.faults.record("place", new Error("outer", { cause: thrown(text) })),
};
/** Places without a path: texts that belong to no key. */
const TEXTS: Readonly<Record<string, Place>> = {
  message: (t, { text }) => t.log.info(text),
  "name of a span": (t, { text }) => t.tracer.start(text).end(),
  "name of an event": (t, { text }) => t.tracer.start("x").event(text).end(),
  "status message": (t, { text }) => t.tracer.start("x").setStatus("error", text).end(),
  "name of an error": (t, { text }) => {
    const error = Object.assign(new Error("x"), { name: text });
    t.log.error("x", { error });
    t.tracer.start("x").fail(error).end();
  },
  "key of a field": (t, { text }) => t.log.info("x", { [text]: 1, by: { [text]: 1 } }),
  "user of a URL": (t, { value }) => {
    const url = `postgres://${value.replace("@", "%40")}:${encodeURIComponent(value)}@db:5432/x`;
    t.log.info(`connecting to ${url}`, { url, parsed: new URL(url), order: [url] });
    t.tracer.start(`to ${url}`).set("url.full", url).fail(thrown(`no ${url}`)).end();
  },
};

const bodies: string[] = [];
let server: Server, url = "";
before(async () => {
  server = createServer((request, response) => {
    let text = "";
    request.on("data", (chunk) => text += chunk);
    request.on("end", () => {
      if (request.method === "POST") bodies.push(`${request.url} ${text}`);
      response.setHeader("content-type", "application/json").end("{}");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
after(() => {
  server.close();
  server.closeAllConnections();
});

/** Everything that leaves from one place, by the name of the output. */
async function outputs(rule: Rule, place: Place): Promise<Map<string, string>> {
  const out = new Map<string, string>(), said: string[] = [], warn = console.warn;
  console.warn = (...words) => said.push(words.join(" "));
  bodies.length = 0;
  try {
    const t = telltale({
      redact: rule.redact,
      log: { sinks: [], level: "trace" },
      metrics: { runtime: false },
      otlp: { endpoint: url, protocol: "http/json" },
    });
    const { secret, key, text } = rule;
    await place(t, { key, value: secret, text: text(secret) }, url);
    const records = t.log.ring.since(0);
    out.set("ring", JSON.stringify(records));
    const encoders = {
      json: new JsonEncoder(),
      ecs: new EcsEncoder(),
      gelf: new GelfEncoder(),
      logfmt: new LogfmtEncoder(),
      pretty: new PrettyEncoder({ stacks: true }),
    };
    for (const [name, encoder] of Object.entries(encoders)) {
      out.set(name, records.map((record) => encoder.encode(record)).join("\n"));
    }
    out.set("spans", JSON.stringify(t.tracer.finished.since(0)));
    const snapshot = t.health.snapshot();
    out.set("health", JSON.stringify([snapshot, healthReport(snapshot), healthJson(snapshot)]));
    const admin = t.instrument(() => new Response());
    const peer = { remoteAddr: { transport: "tcp", hostname: "127.0.0.1", port: 1 } };
    for (const path of ["/health", "/metrics"]) {
      const headers = { accept: "application/openmetrics-text" };
      const request = new Request(`http://localhost${path}`, { headers });
      const answer = await (admin as (...given: unknown[]) => Promise<Response>)(request, peer);
      out.set(path, await answer.text());
    }
    await t.shutdown();
    out.set("otlp", bodies.join("\n"));
    out.set("stderr", said.join("\n"));
    return out;
  } finally {
    console.warn = warn;
  }
}

const STAND_IN = /\[REDACTED\]|REDACTED:REDACTED|%5BREDACTED%5D|\[HMAC |%5BHMAC/;

for (const [ruleName, rule] of Object.entries(RULES)) {
  for (const [placeName, place] of Object.entries({ ...PLACES, ...TEXTS })) {
    if (ruleName === "path" && placeName in TEXTS) continue;
    test(`redact: ${ruleName} × ${placeName}`, async () => {
      const out = await outputs(rule, place);
      const forms = [rule.secret, encodeURIComponent(rule.secret)];
      for (const [name, text] of out) {
        for (const form of forms) assert.ok(!text.includes(form), `${name}: ${text}`);
      }
      const isRemoved = rule.redact.by === "remove";
      const shown = [...out].filter(([, text]) => STAND_IN.test(text)).map(([name]) => name);
      if (!isRemoved) assert.notDeepEqual(shown, [], JSON.stringify([...out]));
    });
  }
}

test("redact: without the rule each place shows the secret", async () => {
  for (const [name, place] of Object.entries({ ...PLACES, ...TEXTS })) {
    if (name === "user of a URL") continue;
    const rule = { redact: { keys: [] }, secret: S, key: "card", text: (text: string) => text };
    const texts = [...(await outputs(rule, place)).values()];
    assert.ok(texts.some((text) => text.includes(S)), name);
  }
});
