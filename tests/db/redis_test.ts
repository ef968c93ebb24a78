import { deepEqual, equal, match, ok, rejects, throws } from "node:assert/strict";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { telltale } from "../../mod.ts";
import { Tally } from "../../src/core/tally.ts";
import { databaseCheck, instrumentRedis, uninstrument } from "../../src/db/mod.ts";
import { type DatabaseServer, startRedis, withoutRedis } from "../peers/databases.ts";
import { HANG_MS, skipWhen } from "../tool.ts";
import { counts, eventually, spans } from "./told.ts";

const OPTIONS = { skip: withoutRedis(), timeout: HANG_MS };
const isBun = "Bun" in globalThis;
const BUN_ONLY = { ...OPTIONS, skip: OPTIONS.skip || skipWhen(!isBun, "Bun's own client") };
let server: DatabaseServer;
before(async () => {
  if (!OPTIONS.skip) server = await startRedis();
}, { timeout: HANG_MS });
after(async () => await server?.close());

const parts = () => telltale({ service: "db", log: { sinks: [] }, metrics: { runtime: false } });

test(
  "instrumentRedis() tells the commands of ioredis once, without keys and values",
  OPTIONS,
  async () => {
    const t = parts(),
      plain = new Redis(server.port, "127.0.0.1", { db: 2 }),
      client = instrumentRedis(t, plain);
    equal(client, plain);
    equal(instrumentRedis(t, client), plain);
    const tally = new Tally();
    await t.tracer.span("request", { tally }, async () => {
      equal(await client.set("secret", "1"), "OK");
      equal(await client.get("secret"), "1");
    });
    const [span, , request] = [...t.tracer.finished];
    equal(span!.parentSpanId, request!.spanId);
    deepEqual([span!.name, span!.attributes], ["SET", {
      "db.system.name": "redis",
      "db.namespace": "2",
      "db.operation.name": "SET",
      "server.address": "127.0.0.1",
      "server.port": server.port,
    }]);
    await rejects(client.lpush("secret", "2"), /WRONGTYPE/);
    await rejects(client.call("NOSUCH", "secret"), /unknown command/);
    await client.pipeline().set("a", 1).get("a").exec();
    await client.pipeline().get("a").get("a").exec();
    await client.multi().incr("a").incr("a").exec();
    const answer = await new Promise((resolve) => client.get("a", (_, value) => resolve(value)));
    equal(answer, "3");
    deepEqual(await counts(t), {
      SET: 1,
      GET: 2,
      "LPUSH WRONGTYPE": 1,
      "NOSUCH ERR": 1,
      PIPELINE: 1,
      "PIPELINE GET": 1,
      "MULTI INCR": 1,
    });
    const batch = [...t.tracer.finished].find(({ name }) => name === "MULTI INCR")!;
    equal(batch.attributes["db.operation.batch.size"], 2);
    ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
    equal(uninstrument(client), plain);
    await client.get("a");
    equal((await counts(t)).GET, 2);
    await client.quit();
  },
);

test(
  "instrumentRedis() tells a lost server of ioredis, and goes on when it is back",
  OPTIONS,
  async () => {
    const t = parts();
    const client = instrumentRedis(
      t,
      new Redis(server.port, "127.0.0.1", { maxRetriesPerRequest: 0, retryStrategy: () => 10 }),
    );
    client.on("error", () => {});
    await client.get("a");
    const blocked = client.blpop("nothing", 0).then(() => "done", (error) => String(error));
    await server.stop("SIGKILL");
    match(await blocked, /max retries|closed/);
    match(spans(t).at(-1)!, /^BLPOP \w+Error$/);
    await server.start();
    await eventually(() => client.status === "ready");
    await client.get("a");
    equal(spans(t).at(-1), "GET");
    client.disconnect();
  },
);

test("instrumentRedis() tells the commands of node-redis once", OPTIONS, async () => {
  const t = parts(),
    plain = createClient({ socket: { host: "127.0.0.1", port: server.port }, database: 1 });
  plain.on("error", () => {});
  const client = instrumentRedis(t, plain);
  equal(client, plain);
  await client.connect();
  equal(await client.set("secret", "1"), "OK");
  await rejects(client.lPush("secret", "2"), /WRONGTYPE/);
  await client.multi().get("secret").get("secret").exec();
  await client.multi().get("secret").incr("b").execAsPipeline();
  await client.sendCommand(["PING"]);
  deepEqual(await counts(t), {
    SET: 1,
    "LPUSH WRONGTYPE": 1,
    "MULTI GET": 1,
    PIPELINE: 1,
    PING: 1,
  });
  deepEqual([...t.tracer.finished][0]!.attributes, {
    "db.system.name": "redis",
    "db.namespace": "1",
    "db.operation.name": "SET",
    "server.address": "127.0.0.1",
    "server.port": server.port,
  });
  ok(!JSON.stringify([...t.tracer.finished]).includes("secret"));
  const blocked = client.blPop("nothing", 0).then(() => "done", (error) => String(error));
  await server.stop("SIGKILL");
  match(await blocked, /closed|ECONN/i);
  match(spans(t).at(-1)!, /^BLPOP /);
  await server.start();
  await eventually(() => client.isReady);
  await client.get("a");
  equal(spans(t).at(-1), "GET");
  uninstrument(client);
  await client.get("a");
  equal((await counts(t)).GET, 1);
  client.destroy();
});

test("instrumentRedis() tells the commands of Bun's client", BUN_ONLY, async () => {
  const name = "bun", { RedisClient } = await import(name);
  const t = parts(),
    plain = new RedisClient(`redis://127.0.0.1:${server.port}`),
    client = instrumentRedis(t, plain);
  ok(client === plain && client instanceof RedisClient);
  equal(await client.set("secret", "1"), "OK");
  equal(await client.get("secret"), "1");
  await rejects(client.send("LPUSH", ["secret", "2"]), /WRONGTYPE/);
  const told = await counts(t);
  deepEqual([told.SET, told.GET, Object.keys(told).length], [1, 1, 3]);
  ok(Object.keys(told).some((name) => name.startsWith("LPUSH ")));
  uninstrument(client);
  await client.get("secret");
  equal((await counts(t)).GET, 1);
  client.close();
});

test("instrumentRedis() refuses what is no client", () => {
  // deno-lint-ignore no-explicit-any -- wrong on purpose
  const wrong = instrumentRedis as any;
  throws(
    () => wrong(parts(), {}),
    /^TypeError: Cannot instrument Redis: it must be a client of ioredis, redis or Bun, got object$/,
  );
});

test(
  "databaseCheck() asks clients of Redis, and refuses what is none of a database",
  OPTIONS,
  async () => {
    const t = parts(), one = instrumentRedis(t, new Redis(server.port, "127.0.0.1"));
    const two = instrumentRedis(
      t,
      createClient({ socket: { host: "127.0.0.1", port: server.port } }),
    );
    await two.connect();
    t.health.check("ioredis", databaseCheck(one));
    t.health.check("redis", databaseCheck(two));
    equal((await t.health.refresh()).status, "UP");
    deepEqual([spans(t), await counts(t)], [[], {}]);
    await one.quit();
    two.destroy();
    throws(
      () => databaseCheck({}),
      /^TypeError: Cannot check database: client must be one of a supported driver, got object$/,
    );
  },
);
