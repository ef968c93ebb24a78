/**
 * The rules about secrets and personal data, in any place.
 *
 * @module
 */
import { BEARER_TOKENS, CARD_NUMBERS, EMAILS, JWTS } from "../../core/redact/pattern.ts";
import type { RedactPattern } from "../../core/redact/pattern.ts";
import { REDACTED, Redactor } from "../../core/redact/redactor.ts";
import { valueText } from "../capture/words.ts";
import type { Evidence } from "./evidence.ts";
import type { LintFinding, LintRule } from "./finding.ts";

/** Keys and tokens of services, by the forms that these document. */
const KEYS: readonly RedactPattern[] = [
  { find: /\b(?:AKIA|ASIA)[0-9A-Z]{16}\b/ },
  { find: /\bgh[pousr]_[A-Za-z0-9]{36,}\b/ },
  { find: /\bgithub_pat_[A-Za-z0-9_]{22,}\b/ },
  { find: /\bxox[abeprs]-[A-Za-z0-9-]{10,}/ },
  { find: /\b[rs]k_(?:live|test)_[A-Za-z0-9]{16,}\b/ },
  { find: /\bAIza[\w-]{35}\b/ },
  { find: /-----BEGIN [A-Z ]*PRIVATE KEY-----/ },
];

/** Names of personal data, as the last words of a key. */
const PERSONAL =
  /(?:^|[._-])(?:e[_-]?mail|phone(?:[_-]?number)?|first[_-]?name|last[_-]?name|full[_-]?name|surname|date[_-]?of[_-]?birth|birth[_-]?(?:date|day)|iban|passport(?:[_-]?number)?|street|postal[_-]?code|zip[_-]?code)(?:[_-]address)?$/i;
/** The same without separators. */
const CAMEL = /([a-z\d])([A-Z])/g;
/** What stands for a value that is hidden: ours, a digest of ours, or another library's. */
const HIDDEN = /^(?:\[REDACTED\]|\[HMAC [0-9a-f]+\]|REDACTED|\*+|)$/;
const MAX_DEPTH = 8;

/** A digit run inside a word of letters is part of a digest or an id: by chance it may pass as a card's. */
const CARDS: RedactPattern = {
  ...CARD_NUMBERS,
  find: /(?<![\da-z])\d(?:[ -]?\d){12,24}(?![\da-z])/i,
};
/** Fields of a row that are ids of a trace: all digits once in some thousand. */
const IDS: ReadonlySet<string> = /* @__PURE__ */ new Set(["trace", "span"]);

const secrets = /* @__PURE__ */ new Redactor({
  patterns: [BEARER_TOKENS, JWTS, CARDS, ...KEYS],
});
const persons = /* @__PURE__ */ new Redactor({ keys: ["-no key-"], patterns: [EMAILS] });

/** Secrets and personal data in spans, lines, rows and labels. */
export function* leaks(evidence: Evidence): Generator<LintFinding> {
  for (const [place, key, value] of placesOf(evidence)) yield* judged(place, key, value, 0);
}

type Placed = readonly [place: string, key: string, value: unknown];

function* placesOf({ spans, lines, rows, families }: Evidence): Generator<Placed> {
  for (const { name, attributes, events, links, statusMessage } of spans) {
    const span = `span ${valueText(secrets.text(persons.text(name)))}`;
    yield ["name of a span", "", name];
    yield [`${span}, status message`, "", statusMessage];
    yield* of(`${span}, attribute`, attributes);
    for (const event of events) {
      yield* of(`${span}, event ${event.name}, attribute`, event.attributes);
    }
    for (const link of links) yield* of(`${span}, link, attribute`, link.attributes);
  }
  for (const { message, fields } of lines) {
    yield ["message of a log line", "", message];
    yield* of(`log line ${valueText(secrets.text(persons.text(message)))}, field`, fields);
  }
  for (const row of rows) {
    for (const placed of of(`row of ${row.route ?? row.job ?? "work"}, field`, row)) {
      if (!IDS.has(placed[1])) yield placed;
    }
  }
  for (const { name, samples } of families) {
    for (const { labels } of samples) {
      for (const [i, label] of labels.names.entries()) {
        yield [`metric ${name}, label ${label}`, label, labels.values[i]];
      }
    }
  }
}

function* of(place: string, fields: Readonly<Record<string, unknown>>): Generator<Placed> {
  for (const [key, value] of Object.entries(fields)) yield [`${place} ${key}`, key, value];
}

function* judged(
  place: string,
  key: string,
  value: unknown,
  depth: number,
): Generator<LintFinding> {
  if (typeof value === "object" && value !== null) {
    if (depth === MAX_DEPTH) return;
    for (const [inner, each] of Object.entries(value)) {
      const isIndex = Array.isArray(value);
      yield* judged(isIndex ? place : `${place}.${inner}`, isIndex ? key : inner, each, depth + 1);
    }
    return;
  }
  if (typeof value !== "string" && typeof value !== "number") return;
  const text = String(value);
  if (HIDDEN.test(text)) return;
  if (key !== "" && typeof value === "string" && secrets.hidesAttribute(key)) {
    yield finding("secret", place, REDACTED, "a secret by its name");
  } else if (secrets.text(text) !== text) {
    yield finding("secret", place, secrets.text(text), "a secret by its form");
  } else if (key !== "" && PERSONAL.test(key.replace(CAMEL, "$1_$2"))) {
    yield finding("personal-data", place, REDACTED, "personal data by its name");
  } else if (persons.text(text) !== text) {
    yield finding("personal-data", place, persons.text(text), "an e-mail address");
  }
}

function finding(rule: LintRule, place: string, value: string, problem: string): LintFinding {
  const isLabel = place.startsWith("metric");
  const remedy = isLabel
    ? "take the label away: labels are not redacted"
    : `leave it out, or hide it: redact: { alsoKeys: […], patterns: […] }`;
  return { rule, place, value: value.slice(0, 200), problem, remedy };
}
