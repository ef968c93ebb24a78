/**
 * The Elastic Common Schema (ECS).
 *
 * @see {@link https://www.elastic.co/docs/reference/ecs/logging/intro}
 * @module
 */
import { quote, stringify } from "../../core/plain/json.ts";
import type { Plain } from "../../core/plain/data.ts";
import type { LogRecord } from "../record/record.ts";
import { behind, JsonFields } from "./json.ts";
import { Timestamps } from "./timestamps.ts";

const VERSION = "8.11.0";

/**
 * Keys of the line itself, the objects that these are parts of, an `error` that is not a described one,
 * and the names that Elasticsearch reserves for metadata: it refuses a document with one of those.
 *
 * @see {@link https://www.elastic.co/docs/reference/elasticsearch/mapping-reference/document-metadata-fields}
 */
const named = /* @__PURE__ */ behind(
  /* @__PURE__ */ new RegExp(
    "^(?:@timestamp|message|log|ecs|service|trace|span|http|error|log\\.level|log\\.logger|" +
      "ecs\\.version|service\\.name|trace\\.id|span\\.id|http\\.request\\.id|" +
      "_(?:id|index|source|type|routing|size|doc_count|field_names|ignored|ignored_source|meta|" +
      "tier|version|seq_no|primary_term|nested_path|feature|data_stream_timestamp|tsid|" +
      "ts_routing_hash))_*$",
  ),
);

/** A part of a dotted name that Elasticsearch refuses, and its replacement. */
const BLANK = /^\s*_*$/;
const HAS_BLANK = /(?:^|\.)\s*_*(?:\.|$)/;

/** Dots make objects of a name: each of its parts needs a name, at any depth. */
function filled(name: string): string {
  if (!HAS_BLANK.test(name)) return name;
  return name.split(".").map((part) => BLANK.test(part) ? part + "_" : part).join(".");
}

/** The same inside an object; one without such names comes back itself. */
function filledWithin(value: object): object {
  if (Array.isArray(value)) {
    return value.some(isObject)
      ? value.map((item) => isObject(item) ? filledWithin(item) : item)
      : value;
  }
  const entries = Object.entries(value);
  if (!entries.some(([key, item]) => isObject(item) || HAS_BLANK.test(key))) return value;
  return Object.fromEntries(
    entries.map(([key, item]) => [filled(key), isObject(item) ? filledWithin(item) : item]),
  );
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/**
 * Encodes records as JSON by the Elastic Common Schema, one line each without the line feed. An error
 * under `error` becomes `error.type`, `error.message` and `error.stack_trace`. Fields stand at the top;
 * one that is named like a part of the line, or like Elasticsearch's own metadata (`_id`), gets a `_`
 * behind its name, and so does an empty part of a dotted name, at any depth: Elasticsearch would refuse
 * the line.
 *
 * @example
 * ```ts
 * import { EcsEncoder, Logger } from "@telltale/telltale/log";
 * import assert from "node:assert/strict";
 *
 * const lines: string[] = [];
 * const ecs = new EcsEncoder();
 * const log = new Logger({ sinks: [(record) => lines.push(ecs.encode(record))] });
 * log.info("paid", { order_id: 456 });
 * log.flushSync();
 * const { message, order_id, "log.level": level } = JSON.parse(lines[0]!);
 * assert.deepEqual([level, message, order_id], ["info", "paid", 456]);
 * ```
 */
export class EcsEncoder {
  readonly #fields = new JsonFields((key) => named(filled(key)), filledWithin);
  readonly #timestamps = new Timestamps();

  /** The line of `record`. */
  encode(record: LogRecord): string {
    let line = `{"@timestamp":"${this.#timestamps.text(record.timeMs)}","log.level":"` +
      `${record.level}","message":${quote(record.message)},"ecs.version":"${VERSION}"`;
    if (record.service !== "") line += ',"service.name":' + quote(record.service);
    if (record.category !== "") line += ',"log.logger":' + quote(record.category);
    if (record.requestId !== "") line += ',"http.request.id":' + quote(record.requestId);
    if (record.traceId !== "") {
      line += `,"trace.id":${quote(record.traceId)},"span.id":${quote(record.spanId)}`;
    }
    const { fields } = record, { error, ...others } = fields;
    if (!isDescription(error)) return line + this.#fields.encode(fields) + "}";
    return line + ',"error":' + stringify(ecsError(error)) + this.#fields.encode(others) + "}";
  }
}

type Described = Readonly<Record<string, Plain>>;

function isDescription(value: unknown): value is Described {
  const { type, message } = (value ?? {}) as { type?: unknown; message?: unknown };
  return typeof value === "object" && typeof type === "string" && typeof message === "string";
}

function ecsError({ stack, ...rest }: Described): Plain {
  return stack === undefined ? rest : { ...rest, stack_trace: stack };
}
