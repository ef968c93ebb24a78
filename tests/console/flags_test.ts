import { test } from "node:test";
import { deepEqual, equal, match, ok } from "node:assert/strict";
import { Buffer } from "node:buffer";
import { telltale, type TelltaleOptions } from "../../mod.ts";
import { ADAPTERS, serveHere } from "../serve/here.ts";

const TOKEN = "correct-horse-battery";
const JSON_TYPE = { "content-type": "application/json" };

/** A service whose console is asked over the wire. */
async function served(
  options: TelltaleOptions,
  name: string,
  use: (
    t: ReturnType<typeof telltale>,
    post: (body: BodyInit, headers?: Record<string, string>) => Promise<[number, string]>,
    get: (query?: string) => Promise<{ status: number; body: string }>,
  ) => Promise<void>,
) {
  await using t = telltale({ service: "shop", log: { sinks: [] }, otlp: false, ...options });
  t.flags.define({
    new_checkout: { default: false },
    color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
  });
  const server = await serveHere(t, {}, () => new Response("own"), name);
  const url = `http://localhost:${server.port}/telltale/api/flags`;
  try {
    await use(
      t,
      async (body, headers = JSON_TYPE) => {
        const response = await fetch(url, { method: "POST", body, headers });
        return [response.status, await response.text()];
      },
      async (query = "") => {
        const response = await fetch(url + query), body = await response.text();
        return { status: response.status, body };
      },
    );
  } finally {
    await server.stop();
  }
}

for (const name of ADAPTERS) {
  test(`a flag is listed, changed and changed back over the console, with ${name}`, async () => {
    await served({}, name, async (t, post, get) => {
      const { flags, more } = JSON.parse((await get()).body);
      deepEqual(flags.map(({ key }: { key: string }) => key), ["new_checkout", "color"]);
      equal(more, 0);
      const listed = t.flags.list().map((flag) => ({ ...flag, effect: [] }));
      deepEqual(flags, JSON.parse(JSON.stringify(listed)));

      const [status, body] = await post('{"key":"color","patch":{"default":"red"}}');
      equal(status, 200);
      equal(JSON.parse(body).flag.default, "red");
      equal(t.flags.string("color"), "#f00");
      equal((await post('{"key":"color","patch":null}'))[0], 200);
      equal(t.flags.string("color"), "#00f");
    });
  });

  test(`who may not control can't change a flag, with ${name}`, async () => {
    await served({ access: { token: TOKEN } }, name, async (t, post) => {
      const body = '{"key":"new_checkout","patch":{"default":true}}';
      const far = { ...JSON_TYPE, "x-forwarded-for": "203.0.113.9" };
      for (
        const headers of [
          far,
          { ...far, authorization: "Bearer wrong" },
          { ...JSON_TYPE, origin: "https://evil.example" },
          { ...JSON_TYPE, "sec-fetch-site": "cross-site" },
        ]
      ) {
        const [status] = await post(body, headers);
        equal(status, 403);
      }
      equal(t.flags.boolean("new_checkout"), false);
      equal((await post(body, { ...far, authorization: `Bearer ${TOKEN}` }))[0], 200);
      equal(t.flags.boolean("new_checkout"), true);
    });
  });

  test(`a change that can't be made says what is wrong, and changes nothing, with ${name}`, async () => {
    await served({}, name, async (t, post, get) => {
      const before = JSON.stringify(t.flags.list());
      const long = JSON.stringify({ key: "color", patch: { description: "x".repeat(65_536) } });
      for (
        const [body, says] of [
          ["", /The body must be JSON, as in/],
          ["{", /The body must be JSON, as in/],
          ["[]", /The body must be an object, got/],
          ['{"patch":{}}', /key must be a text, got undefined/],
          ['{"key":"color"}', /patch must be an object, or null to take all changes back, got/],
          ['{"key":"color","patch":1}', /patch must be an object, or null .*, got/],
          [
            '{"key":"color","patch":{},"by":1}',
            /Unknown member \\"by\\": the body takes key, patch/,
          ],
          ['{"key":"__proto__","patch":{}}', /Cannot set flag .*__proto__.*: it is not defined/],
          ['{"key":"color","patch":{"defualt":"red"}}', /defualt/],
          ['{"key":"color","patch":{"default":"green"}}', /green/],
          ['{"key":"color","patch":{"__proto__":{"default":"red"}}}', /__proto__/],
          ['{"key":"color","patch":{"rollout":{"percentage":101,"by":"user"}}}', /101/],
          [long, /The body must have at most 65536 bytes/],
        ] as const
      ) {
        const [status, text] = await post(body);
        equal(status, 400, body);
        match(JSON.parse(text).error + text, says, body);
      }
      const [status, text] = await post("{}", { "content-type": "text/plain" });
      equal(status, 400);
      match(text, /content-type must be application\/json, got/);
      equal((await get("?key=color")).status, 400);
      equal((await get("?after=other")).status, 400);
      equal(JSON.stringify(t.flags.list()), before);
      deepEqual([...t.faults.counts()], []);
    });
  });
}

test("flags that don't fit in an answer are read on from the last", async () => {
  await served({}, ADAPTERS[0]!, async (t, _, get) => {
    const description = "ü".repeat(400);
    t.flags.define(Object.fromEntries(
      Array.from({ length: 60 }, (_, i) => [`flag ${i}`, { default: false, description }]),
    ));
    // One that alone is too long is told without its definition.
    t.flags.define({ long: { default: false, description: "ü".repeat(20_000) } });
    const found: { key: string; definition?: object }[] = [];
    let query = "", pages = 0;
    for (let more = 1; more > 0; pages++) {
      const { body } = await get(query);
      ok(Buffer.byteLength(body) <= 16_384);
      const page = JSON.parse(body);
      equal(page.leftOff === undefined, page.more === 0);
      found.push(...page.flags);
      more = page.more;
      query = `?after=${encodeURIComponent(page.flags.at(-1).key)}`;
    }
    ok(pages > 2);
    deepEqual(found.map(({ key }) => key), t.flags.keys);
    equal(found.at(-1)!.definition, undefined);
    ok(found.slice(0, -1).every(({ definition }) => definition !== undefined));
  });
});
