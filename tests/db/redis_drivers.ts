/**
 * Clients of Redis.
 *
 * @module
 */
import { rejects } from "node:assert/strict";
import { Redis } from "ioredis";
import { createClient } from "redis";
import { instrumentRedis } from "../../src/db/mod.ts";
import { type Any, type Cell, type Driver, load, outcome, type Situation } from "./situation.ts";
import { eventually } from "./told.ts";

/** What clients of Redis do alike. */
function redisCells<C>(
  send: (client: C, command: string, ...given: string[]) => Promise<unknown>,
  lost: RegExp,
  timeout: Cell<C>,
  again: (client: C) => Promise<unknown>,
): Readonly<Record<Situation, Cell<C>>> {
  return {
    query: async (client) => {
      await send(client, "GET", "secret");
      return ["GET"];
    },
    "error code": async (client, { admin }) => {
      await admin.run("SET secret 1");
      await rejects(send(client, "LPUSH", "secret", "2"), /WRONGTYPE/);
      return ["LPUSH WRONGTYPE"];
    },
    timeout,
    cancel: async (client, { admin }) => {
      const result = outcome(send(client, "BLPOP", "secret:queue", "0"));
      await admin.cancel();
      await result;
      return ["BLPOP UNBLOCKED"];
    },
    rollback: "Redis does not roll back",
    "pool exhausted": "one connection, which takes commands without waiting for answers",
    "connection lost": async (client, { admin }) => {
      const result = outcome(send(client, "BLPOP", "secret:queue", "0"));
      await admin.kill();
      await result;
      return [lost];
    },
    "server restart": async (client, { server }) => {
      const result = outcome(send(client, "BLPOP", "secret:queue", "0"));
      await server.stop("SIGKILL");
      await result;
      await server.start();
      await again(client);
      await send(client, "GET", "secret");
      return [lost, "GET"];
    },
  };
}

export const ofIoredis: Driver<Redis> = {
  name: "ioredis",
  server: "Redis",
  isBun: false,
  open: async (t, { port }) => {
    const options = { maxRetriesPerRequest: 0, retryStrategy: () => 10, lazyConnect: true };
    const client = instrumentRedis(t, new Redis(port, "127.0.0.1", options));
    client.on("error", () => {});
    await client.connect();
    return client;
  },
  close: (client) => Promise.resolve(client.disconnect()),
  cells: redisCells(
    (client, command, ...given) => client.call(command, ...given),
    /^BLPOP (MaxRetriesPerRequestError|Error)$/,
    async (client) => {
      client.options.commandTimeout = 30;
      await rejects(client.blpop("secret:queue", 0), /timed out/);
      return ["BLPOP timeout"];
    },
    (client) => eventually(() => client.status === "ready"),
  ),
};

type NodeRedis = ReturnType<typeof createClient>;
export const ofNodeRedis: Driver<NodeRedis> = {
  name: "redis",
  server: "Redis",
  isBun: false,
  open: async (t, { port }) => {
    const socket = { host: "127.0.0.1", port, reconnectStrategy: () => 10 };
    const client = instrumentRedis(t, createClient({ socket }));
    client.on("error", () => {});
    await client.connect();
    return client as NodeRedis;
  },
  close: (client) => Promise.resolve(client.destroy()),
  cells: redisCells(
    (client, ...command) => client.sendCommand(command),
    /^BLPOP \w+$/,
    "it times the wait for the socket, not the answer",
    (client) => eventually(() => client.isReady),
  ),
};

export const ofBunRedis: Driver<Any> = {
  name: "Bun.RedisClient",
  server: "Redis",
  isBun: true,
  open: async (t, { port }) => {
    const { RedisClient } = await load("bun");
    const client = instrumentRedis(t, new RedisClient(`redis://127.0.0.1:${port}`));
    await client.connect();
    return client;
  },
  close: (client) => Promise.resolve(client.close()),
  cells: redisCells(
    (client, command, ...given) => client.send(command, given),
    /^BLPOP ERR_REDIS_CONNECTION_CLOSED$/,
    "it times the connection, not the answer",
    (client) => client.connect(),
  ),
};
