/**
 * Queries of a pool and of its connections.
 *
 * A pool's own `query` takes a connection and calls the `query` of that. It is told once, where the application
 * calls: there the context is that of the request, while a connection may be handed on in the context of the
 * request that gave it back.
 *
 * @module
 */
import { Patches } from "../query/instrumented.ts";
import type { Observer } from "../query/observer.ts";
import type { PoolMetrics } from "../query/pool.ts";
import { inContext, type Method, type NodeCallback } from "./callback.ts";

/** Sends a query by the method that was replaced. */
export type Send = (self: unknown, given: unknown[]) => unknown;
/** How a query of a driver is observed: what replaces the method `verb`. */
export type Observe = (send: Send, verb: string) => Method;

/** Who observes a pool or a connection: of both forms of `mysql2` it is the one of callbacks. */
const observers = new WeakMap<object, Observer>();

/** Whether its queries are told already, by itself or by its pool. */
export function isObserved(poolOrConnection: object): boolean {
  return observers.get(poolOrConnection)?.isOn === true;
}

/** Replaces the methods of a pool and of its connections, or of one connection. */
export class Pooled {
  readonly #observer: Observer;
  readonly #verbs: readonly string[];
  readonly #observe: Observe;
  readonly #connections = new WeakSet<object>();
  /** Whether a pool's own method is asking for a connection, or uses the one that it got. */
  #isConnecting = false;
  #isPassing = false;

  constructor(observer: Observer, verbs: readonly string[], observe: Observe) {
    this.#observer = observer;
    this.#verbs = verbs;
    this.#observe = observe;
  }

  /** `take` is the method that gives the application a connection. */
  patchPool(pool: object, take: string, patches: Patches, metrics: PoolMetrics): void {
    observers.set(pool, this.#observer);
    for (const verb of this.#verbs) {
      patches.replace(pool, verb, (method) => this.#observe(this.#connecting(method), verb));
    }
    patches.replace(pool, take, (method) => this.#taking(method, metrics));
  }

  patchConnection(connection: object, patches: Patches): void {
    if (this.#connections.has(connection)) return;
    this.#connections.add(connection);
    observers.set(connection, this.#observer);
    for (const verb of this.#verbs) {
      patches.replace(connection, verb, (method) => {
        const send: Send = (self, given) => method.apply(self, given);
        const observed = this.#observe(send, verb), isPassing = () => this.#isPassing;
        return function (this: unknown, ...given) {
          return isPassing() ? method.apply(this, given) : observed.apply(this, given);
        };
      });
    }
  }

  #connecting(method: Method): Send {
    return (self, given) => {
      this.#isConnecting = true;
      try {
        return method.apply(self, given);
      } finally {
        this.#isConnecting = false;
      }
    };
  }

  /** Takes a connection out of the pool, for the application or for the pool's own method. */
  #taking(method: Method, metrics: PoolMetrics): Method {
    const { clock } = this.#observer;
    const took = (startMs: number, error: unknown, connection: unknown) => {
      if (error) {
        if (isTimeout(error)) metrics.timedOut();
        return;
      }
      metrics.waited(clock.monotonic() - startMs);
      if (typeof connection === "object" && connection !== null) {
        this.patchConnection(connection, new Patches());
      }
    };
    const isOn = () => this.#observer.isOn, isOwn = () => this.#isConnecting;
    const pass = (callback: NodeCallback, given: [unknown, ...unknown[]]) =>
      this.#pass(callback, given);
    return function (this: unknown, ...given) {
      if (!isOn()) return method.apply(this, given);
      const startMs = clock.monotonic(), callback = given[0] as NodeCallback | undefined;
      if (typeof callback !== "function") {
        return method.apply(this, given).then((connection: unknown) => {
          took(startMs, undefined, connection);
          return connection;
        }, (error: unknown) => {
          took(startMs, error, undefined);
          throw error;
        });
      }
      given[0] = isOwn()
        ? (...results: [unknown, ...unknown[]]) => {
          took(startMs, results[0], results[1]);
          return pass(callback, results);
        }
        : inContext(callback, (error, connection) => took(startMs, error, connection));
      return method.apply(this, given);
    };
  }

  /** In its callback the pool's own method calls that of the connection, which has been told. */
  #pass(callback: NodeCallback, results: [unknown, ...unknown[]]): unknown {
    const before = this.#isPassing;
    this.#isPassing = true;
    try {
      return callback(...results);
    } finally {
      this.#isPassing = before;
    }
  }
}

function isTimeout(error: unknown): boolean {
  return /timeout|timed ?out/i.test(String((error as { message?: unknown } | null)?.message));
}
