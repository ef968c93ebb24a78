/**
 * From what a call was given to fields that nobody can change afterwards.
 *
 * @module
 */
import { isError } from "../core/error.ts";
import { Walk } from "../core/plain.ts";
import { MAX_KEY, MAX_STRING } from "../core/plain_limits.ts";
import type { Redactor } from "../core/redact.ts";
import type { Fields } from "./record.ts";

/** Fields with more keys than this go through the bounded walk. */
const MAX_FAST_KEYS = 64;
const FIELD_BYTES = 16;
const NO_FIELDS: Fields = /* @__PURE__ */ Object.freeze({});

/**
 * Copies fields and hides what must be hidden. Never throws.
 *
 * A shallow clone and a look at each value, not JSON at once: that would cost four times as much in
 * the call, see bench/log/store_bench.ts, and a reader of the ring wants values. What symbols name comes
 * along with the clone: no format shows it, and to look for it costs a sixth of the call.
 */
export class FieldCopier {
  /** About how many bytes the last copy occupies. */
  size = 0;
  readonly #redactor: Redactor;
  /** Whether keys alone decide: then a text or a number under another key is kept as it is. */
  readonly #byKeyOnly: boolean;

  constructor(redactor: Redactor) {
    this.#redactor = redactor;
    this.#byKeyOnly = !redactor.followsPaths && !redactor.readsText;
  }

  /**
   * The fields that `given` means: an object its properties, an error itself under `error`, a
   * function what it returns, anything else itself under `value`.
   */
  copy(given: unknown): Fields {
    if (given === undefined || given === null) {
      this.size = 0;
      return NO_FIELDS;
    }
    try {
      return Object.getPrototypeOf(given) === Object.prototype
        ? this.#copyPlain(given as Fields)
        : this.#copyOdd(given);
    } catch {
      return this.#walk(given); // A getter or a trap threw: the walk says which one.
    }
  }

  /** Takes over an object that its maker lets go of; what in it is no scalar is copied all the same. */
  adopt(fields: Fields): Fields {
    if (!this.#byKeyOnly) return this.copy(fields);
    let size = 0;
    for (const key in fields) {
      const value = fields[key];
      if (typeof value === "string") size += FIELD_BYTES + value.length;
      else if (isScalar(value)) size += FIELD_BYTES;
      else return this.copy(fields);
    }
    this.size = size;
    return fields;
  }

  /** Whether {@linkcode FieldCopier.text} may change a text. */
  get readsText(): boolean {
    return this.#redactor.readsText;
  }

  /** A message as it may be shown, cut where it is too long. */
  text(message: string): string {
    return this.#redactor.clip(message, MAX_STRING);
  }

  #copyPlain(given: Fields): Fields {
    if (!this.#byKeyOnly) return this.#walk(given);
    const copied: Record<string, unknown> = { ...given };
    let size = 0, keys = 0, walk: Walk | undefined;
    for (const key in copied) {
      if (++keys > MAX_FAST_KEYS || key.length > MAX_KEY) return this.#walk(given);
      const value = copied[key];
      size += FIELD_BYTES;
      if (value === undefined || this.#redactor.hides(key)) return this.#copySlow(copied);
      if (typeof value === "string") size += value.length;
      else if (!isScalar(value)) {
        const plain = typeof value === "object"
          ? (walk ??= new Walk(this.#redactor)).ordinary(value as object)
          : undefined;
        if (plain === undefined) return this.#copySlow(copied);
        copied[key] = plain;
      }
      if (size > MAX_STRING) return this.#walk(given);
    }
    this.size = walk === undefined ? size : size + walk.size;
    return copied;
  }

  /** A few keys of any value; undefined ones are not there, so that a bound one of the name shows. */
  #copySlow(cloned: Fields): Fields {
    const copied: Record<string, unknown> = {};
    const walk = new Walk(this.#redactor);
    let size = 0;
    for (const key in cloned) {
      const value = cloned[key];
      if (value === undefined) continue;
      if (key === "toJSON" && typeof value === "function") return this.#walk(cloned);
      // A key that is there already, or comes from `Object.prototype`, needs the care of the walk.
      if (isScalar(value) && !this.#redactor.hides(key) && !(key in copied)) copied[key] = value;
      else walk.put(copied, key, value);
      size += FIELD_BYTES;
      if (key.length > MAX_KEY || size + walk.size > MAX_STRING) return this.#walk(cloned);
    }
    this.size = size + walk.size;
    return copied;
  }

  #copyOdd(given: unknown): Fields {
    if (isError(given)) return this.#walk({ error: given });
    if (typeof given === "function") return this.copy(made(given as () => unknown));
    return this.#walk(given);
  }

  /** Bounded in everything, and survives everything. */
  #walk(given: unknown): Fields {
    const walk = new Walk(this.#redactor);
    const copied = walk.copy(given);
    this.size = walk.size;
    const isObject = typeof copied === "object" && copied !== null && !Array.isArray(copied);
    return isObject ? copied as Fields : { value: copied };
  }
}

/** What a function of fields gives; not another function, which could go on for ever. */
function made(make: () => unknown): unknown {
  try {
    const fields = make();
    // Nobody else holds it: what it is rejected with would end the process.
    if (fields instanceof Promise) fields.catch(() => {});
    return typeof fields === "function" ? { value: fields } : fields;
  } catch (error) {
    return { error };
  }
}

function isScalar(value: unknown): boolean {
  return typeof value === "number" || typeof value === "boolean" || value === null;
}
