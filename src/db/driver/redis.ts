/**
 * Redis and Valkey with ioredis, node-redis, or Bun's client. Of a command only its name is told: keys often
 * have a person's id in them, or a token.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { Call } from "../query/call.ts";
import { instrumentedBefore, Patches, remember } from "../query/instrumented.ts";
import { Observer } from "../query/observer.ts";
import type { Query } from "../query/query.ts";
import { checkQueryOptions, type DatabaseParts, type QueryOptions } from "../query/parts.ts";
import { type Target, targetOf } from "../query/target.ts";

/** A client of ioredis, node-redis or Bun, by what is used of it. */
export interface RedisClient {
  /** Ends the connection. */
  // deno-lint-ignore no-explicit-any -- the drivers' overloads
  readonly duplicate: (...given: any[]) => any;
}

const ACTION = "instrument Redis";

/**
 * Observes the commands of a Redis client: each has a span, is timed and added to its request's row; a pipeline
 * or transaction is one. The client stays the same object.
 *
 * @example
 * ```ts ignore
 * import { createClient } from "redis";
 * const client = instrumentRedis(t, createClient({ url: "redis://cache.internal" }));
 * await client.set("visits", 1);
 * ```
 *
 * @param t a `Telltale`, or parts of it
 * @throws {TypeError} for a client or an option of the wrong kind
 * @throws {RangeError} for an option that is out of range
 */
export function instrumentRedis<C extends RedisClient>(
  t: DatabaseParts,
  client: C,
  options: QueryOptions = {},
): C {
  checkQueryOptions(ACTION, t, options);
  const kind = kindOf(client);
  const rule = "it must be a client of ioredis, redis or Bun";
  check(kind !== undefined, ACTION, rule, client, TypeError);
  const before = instrumentedBefore(client);
  if (before !== undefined) return before;
  const observer = new Observer(t, targetOfRedis(client), options);
  const redis = new Redis(observer), patches = new Patches();
  redis[kind!](client, patches);
  return remember(client, client, () => {
    observer.isOn = false;
    patches.undo();
  });
}

type Kind = "ioredis" | "nodeRedis" | "bun";

function kindOf(client: unknown): Kind | undefined {
  if (typeof client !== "object" || client === null) return undefined;
  if ("_executeMulti" in client && "sendCommand" in client) return "nodeRedis";
  if ("sendCommand" in client && "status" in client) return "ioredis";
  if ("send" in client && "hget" in client && "connected" in client) return "bun";
  return undefined;
}

/** What is used of a command of ioredis. */
interface IoCommand {
  readonly name: string;
  readonly pipelineIndex?: number;
}

/** What ioredis sends when it connects. */
const HANDSHAKE = new Set(["hello", "auth", "client", "select", "info", "readonly", "command"]);
/** Methods of Bun's client that send no command, or one without an end. */
const SILENT = new Set([
  "constructor",
  "connect",
  "close",
  "duplicate",
  "subscribe",
  "unsubscribe",
  "psubscribe",
  "punsubscribe",
  "getBuffer",
]);
const MAX_NAMES = 500;

class Redis {
  readonly #observer: Observer;
  /** Commands that wait for a connection are sent twice. */
  readonly #seen = new WeakSet<object>();
  readonly #names = new Map<string, Query>();

  constructor(observer: Observer) {
    this.#observer = observer;
  }

  ioredis(client: object, patches: Patches): void {
    const observer = this.#observer;
    patches.replace(client, "sendCommand", (method) => {
      const start = (command: IoCommand) => this.#followCommand(command);
      return function (this: unknown, ...given) {
        const [command, stream] = given as [IoCommand, { isPipeline?: boolean } | undefined];
        const isInner = stream?.isPipeline === true || command?.pipelineIndex !== undefined;
        const { status } = this as { status?: string };
        const isOwn = status === "connect" && HANDSHAKE.has(command?.name);
        if (!isInner && !isOwn) observer.faults.guard("database query", () => start(command));
        return method.apply(this, given);
      };
    });
    for (const [verb, name] of [["pipeline", "PIPELINE"], ["multi", "MULTI"]] as const) {
      patches.replace(client, verb, (method) => {
        const patch = (made: object) => this.#batching(made, name);
        return function (this: unknown, ...given) {
          const made = method.apply(this, given);
          // Without a pipeline, `multi` is a command like any other.
          if (typeof made?.exec === "function") {
            observer.faults.guard("database query", () => patch(made));
          }
          return made;
        };
      });
    }
  }

  nodeRedis(given: object, patches: Patches): void {
    // What is given inherits from the client that runs the commands.
    const client = (given as { _self?: object })._self ?? given,
      observer = this.#observer,
      query = (name: unknown) => this.#query(String(name).toUpperCase());
    patches.replace(client, "sendCommand", (method) =>
      function (this: unknown, ...given) {
        if (!observer.isWanted) return method.apply(this, given);
        const call = new Call(observer, query(given[0]?.[0]));
        return call.with(method.apply(this, given));
      });
    for (const [verb, name] of [["_executePipeline", "PIPELINE"], ["_executeMulti", "MULTI"]]) {
      patches.replace(client, verb!, (method) =>
        function (this: unknown, ...given) {
          if (!observer.isWanted) return method.apply(this, given);
          const commands = given[0] as readonly { args: readonly unknown[] }[];
          const names = commands.map(({ args }) => String(args[0]).toUpperCase());
          const call = new Call(observer, query(batchName(name!, names)));
          call.batch = names.length;
          return call.with(method.apply(this, given));
        });
    }
  }

  bun(client: object, patches: Patches): void {
    const observer = this.#observer;
    for (const verb of Object.getOwnPropertyNames(Object.getPrototypeOf(client))) {
      if (SILENT.has(verb)) continue;
      const { value } = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(client), verb)!;
      if (typeof value !== "function") continue;
      patches.replace(client, verb, (method) => {
        const queryOf = (given: unknown[]) =>
          this.#query(String(verb === "send" ? given[0] : verb).toUpperCase());
        return function (this: unknown, ...given) {
          if (!observer.isWanted) return method.apply(this, given);
          const call = new Call(observer, queryOf(given)), sent = method.apply(this, given);
          return sent instanceof Promise ? call.with(sent) : sent;
        };
      });
    }
  }

  /** A command is settled by these two, so that nothing attaches to its promise. */
  #followCommand(command: IoCommand): void {
    if (this.#seen.has(command)) return;
    this.#seen.add(command);
    if (!this.#observer.isWanted) return;
    const call = new Call(this.#observer, this.#query(command.name.toUpperCase())),
      patches = new Patches();
    patches.replace(command, "resolve", (resolve) =>
      function (this: unknown, ...given) {
        call.end();
        return resolve.apply(this, given);
      });
    patches.replace(command, "reject", (reject) =>
      function (this: unknown, ...given) {
        call.fail(given[0]);
        return reject.apply(this, given);
      });
  }

  #batching(batch: object, name: string): void {
    const observer = this.#observer, query = (text: string) => this.#query(text);
    let hasBegun = false;
    new Patches().replace(batch, "exec", (method) =>
      function (this: unknown, ...given) {
        // It calls itself once more.
        if (hasBegun || !observer.isWanted) return method.apply(this, given);
        hasBegun = true;
        const queue = ((this as { _queue?: readonly IoCommand[] })._queue ?? [])
          .map(({ name }) => name.toUpperCase())
          .filter((name) => name !== "MULTI" && name !== "EXEC");
        const call = new Call(observer, query(batchName(name, queue)));
        call.batch = queue.length;
        return call.with(method.apply(this, given));
      });
  }

  /** Names that a typo made are not kept without end. */
  #query(operation: string): Query {
    let query = this.#names.get(operation);
    if (query === undefined) {
      query = {
        summary: "",
        operation: /^[A-Z][\w. ]{0,63}$/.test(operation) ? operation : "_OTHER",
      };
      if (this.#names.size < MAX_NAMES) this.#names.set(operation, query);
    }
    return query;
  }
}

/** `PIPELINE`, with the command if all are the same. */
function batchName(name: string, commands: readonly string[]): string {
  const isOne = commands.length > 0 && commands.every((command) => command === commands[0]);
  return isOne ? `${name} ${commands[0]}` : name;
}

/** There may be a password beside them: nothing else is read. */
function targetOfRedis(client: object): Target {
  const { options = {} } = client as { options?: Record<string, unknown> };
  const { socket = options, db, database, url } = options as Record<string, unknown>;
  const { host, port, path } = (socket ?? {}) as Record<string, unknown>;
  const given = typeof url === "string" ? URL.parse(url) : null;
  const index = db ?? database ?? (given?.pathname.slice(1) || 0);
  return targetOf(
    "redis",
    index,
    path ?? host ?? given?.hostname ?? "localhost",
    port ?? (given?.port || undefined),
  );
}
