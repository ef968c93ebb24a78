/**
 * Attributes as they may be seen.
 *
 * @module
 */
import type { AttributeValue, Pairs } from "../core/attributes.ts";
import type { Redactor } from "../core/redact.ts";

/**
 * The pairs with what must be hidden hidden: themselves where that is nothing, as for nearly all.
 * Done when a span is read, so that a span costs no more to make.
 */
export function redactPairs(pairs: Pairs, redactor: Redactor): Pairs {
  let shown: (string | AttributeValue | undefined)[] | undefined;
  for (let i = 0; i < pairs.length; i += 2) {
    const key = pairs[i] as string, value = pairs[i + 1];
    if (value === undefined) continue;
    const kept = redactor.hidesAttribute(key) ? standIn(value, redactor) : read(value, redactor);
    if (kept === value) continue;
    shown ??= [...pairs];
    shown[i + 1] = kept;
  }
  return shown ?? pairs;
}

/** Of the kind that the value was: a list stays one. */
function standIn(value: AttributeValue, redactor: Redactor): AttributeValue | undefined {
  const text = redactor.standIn(() => String(value));
  return text === undefined || !Array.isArray(value) ? text : [text];
}

function read(value: AttributeValue, redactor: Redactor): AttributeValue {
  if (!redactor.readsText) return value;
  if (typeof value === "string") return redactor.text(value);
  if (!Array.isArray(value)) return value;
  return value.map((one) => typeof one === "string" ? redactor.text(one) : one) as AttributeValue;
}
