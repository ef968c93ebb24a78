/**
 * Copies of any value as bounded plain data.
 *
 * @module
 */
import { builtIn, type Copier } from "./built_in.ts";
import { clip } from "../text.ts";
import { Duration } from "./duration.ts";
import { bigintText } from "../redact/error.ts";
import { hidesArgument, hidesInList, hidesValue, isPair, ordinary } from "./ordinary.ts";
import {
  Budget,
  MAX_DEPTH,
  MAX_KEY,
  MAX_STRING,
  MAX_UNITS,
  MAX_VALUES,
  type Plain,
  type PlainObject,
} from "./data.ts";
import { emptyText, functionText, isEmpty, unreadable } from "./text.ts";
import { LONG_NUMBER, type Redactor } from "../redact/redactor.ts";

/**
 * Copies any value into plain data that nobody else holds. Never throws and always ends: cycles, depth,
 * count and length are bounded. A marker stands where something was cut or could not be read.
 *
 * Numbers that JSON lacks and bigints become strings; a Map with string keys becomes an object, any
 * other an array of pairs; an Error its description.
 *
 * @param redactor decides what is hidden
 */
export function plain(value: unknown, redactor?: Redactor): Plain {
  return new Walk(redactor).copy(value);
}

/**
 * One bounded copy; several values may share its budget.
 *
 * Plain objects and arrays are first copied without any precaution, at the speed of `JSON.stringify`.
 * When that meets another value, the result is discarded and the slow path taken.
 */
export class Walk extends Budget implements Copier {
  /** Values of discarded copies: past a bound the fast path is not tried any more. */
  #wasted = 0;
  readonly #redactor: Redactor | undefined;
  /** Whether values are hidden by key only: then the fast path may be taken. */
  readonly #byKeyOnly: boolean;
  /** The keys down to the current value; kept only for a redactor that follows paths. */
  readonly #keys: string[] | undefined;
  /** The objects from the root down to the current value; one that occurs twice is a cycle. */
  #path: object[] | undefined;

  constructor(redactor?: Redactor) {
    super();
    this.#redactor = redactor;
    this.#keys = redactor?.followsPaths === true ? [] : undefined;
    this.#byKeyOnly = this.#keys === undefined && redactor?.readsText !== true;
  }

  /** The plain form of `value`. */
  copy(value: unknown): Plain {
    this.values++;
    this.size += 8;
    switch (typeof value) {
      case "string":
        return this.text(value);
      case "number":
        return this.#number(value);
      case "boolean":
        return value;
      case "object":
        return value === null ? null : this.#object(value);
      case "undefined":
        return null;
      case "bigint":
        return this.text(bigintText(value));
      case "symbol":
        return this.text(String(value));
      default:
        return this.text(functionText(value as object));
    }
  }

  /** The plain form of a field's value; undefined if it must not be shown. */
  copyUnder(key: string, value: unknown): Plain | undefined {
    const redactor = this.#redactor, keys = this.#keys;
    if (redactor === undefined) return this.copy(value);
    if (keys === undefined) {
      return redactor.hides(key) ? this.hidden(value) : this.#copyIn(key, value, redactor);
    }
    keys.push(key);
    const hidden = redactor.hides(key) || redactor.hidesAt(keys);
    const copied = hidden ? this.hidden(value) : this.#copyIn(key, value, redactor);
    keys.pop();
    return copied;
  }

  #copyIn(key: string, value: unknown, redactor: Redactor): Plain {
    if (!hidesInList(key, value, redactor)) return this.copy(value);
    return this.#list(value as readonly unknown[], (at) => {
      const name = (value as readonly unknown[])[at - 1];
      return at % 2 === 1 && typeof name === "string" && redactor.hides(name);
    });
  }

  /** The value at an index, which paths may name. */
  copyAt(index: number, value: unknown): Plain | undefined {
    return this.#keys === undefined ? this.copy(value) : this.copyUnder(String(index), value);
  }

  /**
   * The plain form of plain objects and arrays of scalars and dates; undefined, and nothing counted,
   * for other values: {@linkcode Walk.copy} takes these.
   */
  ordinary(value: object): Plain | undefined {
    if (!this.#byKeyOnly || this.#wasted > MAX_VALUES) return undefined;
    const { size, values, objects } = this;
    let copied: Plain | undefined;
    try {
      copied = ordinary(value, MAX_DEPTH - (this.#path?.length ?? 0), this, this.#redactor);
    } catch {
      // A getter or a trap threw: the slow path says which.
    }
    if (copied !== undefined) return copied;
    this.#wasted += this.values - values + 1;
    this.values = values;
    this.size = size;
    this.objects = objects;
    return undefined;
  }

  /** The keys from the root down to the current value; undefined unless paths are followed. */
  get at(): readonly string[] | undefined {
    return this.#keys;
  }

  /** The replacement of a hidden value; undefined when it is left out. */
  hidden(value: unknown): string | undefined {
    const text = () => typeof value === "string" ? value : JSON.stringify(plain(value));
    return this.#redactor!.standIn(text);
  }

  /** A text as it may be shown, cut where the budget ends. */
  text(text: string): string {
    const max = Math.min(MAX_STRING, Math.max(64, MAX_UNITS - this.size));
    const kept = this.#redactor === undefined ? clip(text, max) : this.#redactor.clip(text, max);
    this.size += kept.length;
    return kept;
  }

  #number(value: number): number | string {
    if (!Number.isFinite(value)) return String(value);
    if (Math.abs(value) < LONG_NUMBER || this.#redactor?.readsText !== true) return value;
    const text = String(value), shown = this.#redactor.text(text);
    return shown === text ? value : shown;
  }

  #object(value: object): Plain {
    const copied = this.ordinary(value);
    if (copied !== undefined) return copied;
    const path = this.#path ??= [];
    if (path.includes(value)) return "[circular]";
    if (path.length >= MAX_DEPTH) return "[too deep]";
    path.push(value);
    this.objects++;
    try {
      return this.#structure(value);
    } catch (error) {
      return this.text(unreadable(error, this.#redactor));
    } finally {
      path.pop();
    }
  }

  /** May throw: traps, getters and overridden methods of the application run here. */
  #structure(value: object): Plain {
    const prototype = Object.getPrototypeOf(value);
    if (prototype !== Object.prototype && prototype !== null) {
      if (Array.isArray(value)) return this.#array(value);
      const known = builtIn(value, this, this.#redactor);
      if (known !== undefined) return known;
    }
    const toJSON = (value as { toJSON?: unknown }).toJSON;
    if (typeof toJSON === "function") return this.#afterToJSON(toJSON.call(value), value);
    const copied = this.#properties(value);
    return prototype !== Object.prototype && isEmpty(copied) ? emptyText(value) : copied;
  }

  #afterToJSON(result: unknown, original: object): Plain {
    return result === original ? this.#properties(original) : this.copy(result);
  }

  #array(value: readonly unknown[]): Plain {
    return this.#list(value, undefined, this.#redactor !== undefined && areEntries(value));
  }

  #list(
    value: readonly unknown[],
    hides?: (index: number) => boolean,
    isEntries = false,
  ): Plain {
    const copied: Plain[] = [], redactor = this.#redactor;
    for (let i = 0; i < value.length; i++) {
      if (this.spent) {
        copied.push(`[${value.length - i} more]`);
        break;
      }
      const isHidden = hides?.(i) ?? (redactor !== undefined && hidesArgument(value, i, redactor));
      const element = isHidden ? this.hidden(value[i]) : this.#element(value, i, isEntries);
      if (element !== undefined) copied.push(element);
    }
    return copied;
  }

  #element(value: readonly unknown[], index: number, isEntry: boolean): Plain | undefined {
    let held: unknown;
    try {
      held = value[index];
      if (isEntry && isPair(held) && this.#redactor!.hides(held[0])) {
        const hidden = this.hidden(held[1]);
        return hidden === undefined ? undefined : [this.copy(held[0]), hidden];
      }
    } catch (error) {
      held = unreadable(error, this.#redactor);
    }
    return this.copyAt(index, held);
  }

  #properties(value: object): PlainObject {
    const copied: Record<string, Plain> = {};
    const keys = Object.keys(value);
    for (let i = 0; i < keys.length; i++) {
      if (this.spent) {
        copied["…"] = `[${keys.length - i} more]`;
        break;
      }
      let held: unknown;
      try {
        held = (value as Record<string, unknown>)[keys[i]!];
        if (held === undefined) continue;
      } catch (error) {
        held = unreadable(error, this.#redactor);
      }
      this.putBeside(value, copied, keys[i]!, held);
    }
    return copied;
  }

  /** {@linkcode Walk.put} for a property of `holder`, which another of its properties may hide. */
  putBeside(holder: object, target: Record<string, unknown>, key: string, value: unknown): void {
    const redactor = this.#redactor;
    const hides = key === "value" && redactor !== undefined && hidesValue(holder, redactor);
    const shown = hides ? this.hidden(value) : value;
    if (shown !== undefined) this.put(target, key, shown);
  }

  /** Puts the plain form of `value` under its key, unless it must not be shown. */
  put(target: Record<string, unknown>, key: string, value: unknown): void {
    const copied = this.copyUnder(key, value);
    if (copied === undefined) return;
    let name = Duration.is(value) ? value.keyFor(key) : key;
    name = this.#redactor === undefined ? clip(name, MAX_KEY) : this.#redactor.clip(name, MAX_KEY);
    // Two Headers of one name, or a duration whose key with its unit is taken. The plain look-up comes
    // first: it costs less, and only names like `constructor` are found without being own.
    while (target[name] !== undefined && Object.hasOwn(target, name)) name += "_";
    this.size += name.length;
    if (name !== "__proto__") target[name] = copied;
    else {
      const own = { value: copied, writable: true, enumerable: true, configurable: true };
      Object.defineProperty(target, name, own);
    }
  }
}

/** Whether all are pairs of a name and a value; two strings by themselves need not be one. */
function areEntries(value: readonly unknown[]): boolean {
  for (let i = 0; i < value.length && i < MAX_VALUES; i++) if (!isPair(value[i])) return false;
  return true;
}
