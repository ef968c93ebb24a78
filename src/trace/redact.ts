/**
 * Spans as they may be seen.
 *
 * @module
 */
import type { Attributes, AttributeValue } from "../core/attributes.ts";
import type { Redactor } from "../core/redact.ts";
import type { SpanRecord } from "./record.ts";

/**
 * The record with what must be hidden hidden: attributes of span, events and links, and the texts of
 * what was thrown. Done when a span is read, so that a span costs no more to make.
 */
export function redactSpan(record: SpanRecord, redactor: Redactor): SpanRecord {
  const attributes = redactAttributes(record.attributes, redactor);
  const statusMessage = redactor.text(record.statusMessage);
  const { events, links } = record;
  if (
    attributes === record.attributes && statusMessage === record.statusMessage &&
    events.length + links.length === 0
  ) {
    return record;
  }
  const show = <T extends { readonly attributes: Attributes }>(detail: T): T => ({
    ...detail,
    attributes: redactAttributes(detail.attributes, redactor),
  });
  return { ...record, attributes, events: events.map(show), links: links.map(show), statusMessage };
}

/** The attributes themselves where nothing is hidden, as for nearly all. */
function redactAttributes(attributes: Attributes, redactor: Redactor): Attributes {
  let shown: Record<string, AttributeValue> | undefined;
  for (const key in attributes) {
    const value = attributes[key]!;
    const hidden = redactor.hidesAttribute(key);
    const kept = hidden ? standIn(value, redactor) : read(value, redactor);
    if (kept === value) continue;
    shown ??= { ...attributes };
    if (kept === undefined) delete shown[key];
    else shown[key] = kept;
  }
  return shown ?? attributes;
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
