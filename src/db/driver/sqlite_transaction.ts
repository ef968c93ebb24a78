/**
 * Transactions of `bun:sqlite`: functions that run in one.
 *
 * @module
 */
import type { Observer } from "../query/observer.ts";
import { Bracket, inside, SAVEPOINT, TRANSACTION } from "./bracket.ts";
import type { Method } from "./callback.ts";

const VARIANTS = ["default", "deferred", "immediate", "exclusive"] as const;

/**
 * `transaction` of a database, but what it sends around the function is observed. That of an asynchronous
 * function ends when it returns its promise: so does the transaction.
 */
export function transacting(method: Method, observer: Observer): Method {
  return function (this: { readonly inTransaction?: boolean }, ...given) {
    const [fn] = given;
    if (typeof fn !== "function" || !observer.isOn) return method.apply(this, given);
    // The one that is about to call the function.
    let entering: Bracket | undefined;
    given[0] = function (this: unknown, ...passed: unknown[]) {
      const bracket = entering;
      entering = undefined;
      const run = () => fn.apply(this, passed);
      return bracket === undefined ? run() : inside(bracket, run);
    };
    const made = method.apply(this, given);
    const isNested = () => this.inTransaction === true;
    const properties: PropertyDescriptorMap = {};
    for (const variant of VARIANTS) {
      const inner = made[variant] as Method;
      // A method, because theirs is no constructor either.
      const { transaction: value } = {
        transaction(this: unknown, ...passed: unknown[]) {
          if (!observer.isWanted) return inner.apply(this, passed);
          const bracket = entering = new Bracket(observer, isNested() ? SAVEPOINT : TRANSACTION);
          let result: unknown;
          try {
            result = inner.apply(this, passed);
          } catch (error) {
            bracket.failed(error);
            throw error;
          } finally {
            entering = undefined;
          }
          bracket.succeeded();
          return result;
        },
      };
      properties[variant] = { value };
    }
    properties.database = { value: this, enumerable: true };
    for (const variant of VARIANTS) Object.defineProperties(properties[variant]!.value, properties);
    return properties.default!.value;
  };
}
