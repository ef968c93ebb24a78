/**
 * What was instrumented, so that it is so once, and can be undone.
 *
 * @module
 */

/** How an instrumented object is undone: what it returns is to be used from then on. */
interface Instrumented {
  readonly instrumented: object;
  readonly undo: () => object;
}

/** By the given object and by the instrumented one, which often are the same. */
const all = new WeakMap<object, Instrumented>();

/** What the object was instrumented to before; undefined when it was not. */
export function instrumentedBefore<T extends object>(given: T): T | undefined {
  return all.get(given)?.instrumented as T | undefined;
}

/** Remembers that `given` was instrumented. Returns what is to be used. */
export function remember<T extends object>(given: T, instrumented: T, undo: () => void): T {
  const entry = {
    instrumented,
    undo: () => {
      undo();
      all.delete(given);
      all.delete(instrumented);
      return given;
    },
  };
  all.set(given, entry);
  all.set(instrumented, entry);
  return instrumented;
}

/**
 * Undoes an `instrument…` of this module: the database or client is as it was before. Queries that are being
 * sent are still observed.
 *
 * @returns what was instrumented; the same object, if it was not
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { instrumentSqlite, uninstrument } from "@telltale/telltale/db";
 * import { DatabaseSync } from "node:sqlite";
 * import { equal } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const db = instrumentSqlite(t, new DatabaseSync(":memory:"));
 * equal(Object.hasOwn(db, "prepare"), true);
 * equal(Object.hasOwn(uninstrument(db), "prepare"), false);
 * ```
 */
export function uninstrument<T extends object>(instrumented: T): T {
  return (all.get(instrumented)?.undo() ?? instrumented) as T;
}

/** A method of an object as a property of its own; what it was before can be put back. */
export class Patches {
  readonly #undo: (() => void)[] = [];

  /**
   * Replaces a method by what `wrap` makes of it. False where there is no such method, or the object does not
   * allow it.
   */
  replace<T extends object>(
    target: T,
    name: keyof T | string | symbol,
    // deno-lint-ignore no-explicit-any -- methods of any driver
    wrap: (method: (this: any, ...given: any[]) => any) => (this: any, ...given: any[]) => any,
  ): boolean {
    const key = name as string, method = (target as Record<string, unknown>)[key];
    if (typeof method !== "function") return false;
    const before = Object.getOwnPropertyDescriptor(target, key);
    // deno-lint-ignore no-explicit-any -- as above
    const value = wrap(method as any);
    try {
      Object.defineProperty(value, "name", { value: method.name, configurable: true });
      Object.defineProperty(value, "length", { value: method.length, configurable: true });
    } catch {
      // Only for those who look.
    }
    const enumerable = before?.enumerable ?? false;
    const isDone = Reflect.defineProperty(target, key, {
      value,
      enumerable,
      configurable: true,
      writable: true,
    });
    if (!isDone) return false;
    this.#undo.push(() => {
      // Where another one has wrapped it since, ours stays below and passes everything on.
      if (Object.getOwnPropertyDescriptor(target, key)?.value !== value) return;
      if (before === undefined) Reflect.deleteProperty(target, key);
      else Reflect.defineProperty(target, key, before);
    });
    return true;
  }

  /** Puts everything back. */
  undo(): void {
    for (const undo of this.#undo.splice(0).reverse()) undo();
  }
}
