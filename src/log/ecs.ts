/**
 * A record as the Elastic Common Schema has it.
 *
 * @see {@link https://www.elastic.co/docs/reference/ecs/logging/intro}
 * @module
 */
import { quote, stringify } from "../core/json.ts";
import type { Plain } from "../core/plain_data.ts";
import { JsonFields } from "./json_fields.ts";
import { allFields, levelOf, type LogRecord } from "./record.ts";
import { Timestamps } from "./timestamp.ts";

const VERSION = "8.11.0";

/** What the line says itself, the objects that these are parts of, and `error` where it is none. */
const RESERVED = /* @__PURE__ */ new RegExp(
  "^(?:@timestamp|message|log|ecs|service|trace|span|http|error|log\\.level|log\\.logger|" +
    "ecs\\.version|service\\.name|trace\\.id|span\\.id|http\\.request\\.id)_*$",
);

/**
 * Encodes records as JSON by the Elastic Common Schema, one line each without the line feed. An error
 * under `error` becomes `error.type`, `error.message` and `error.stack_trace`. Fields stand at the top;
 * one that is named like a part of the line gets a `_` behind its name.
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
  readonly #fields = new JsonFields(RESERVED);
  readonly #timestamps = new Timestamps();

  /** The line of `record`. */
  encode(record: LogRecord): string {
    let line = `{"@timestamp":"${this.#timestamps.text(record.time)}","log.level":"` +
      `${levelOf(record)}","message":${quote(record.message)},"ecs.version":"${VERSION}"`;
    if (record.service !== "") line += ',"service.name":' + quote(record.service);
    if (record.category !== "") line += ',"log.logger":' + quote(record.category);
    if (record.requestId !== "") line += ',"http.request.id":' + quote(record.requestId);
    if (record.traceId !== "") {
      line += `,"trace.id":${quote(record.traceId)},"span.id":${quote(record.spanId)}`;
    }
    const fields = allFields(record);
    const { error, ...others } = fields;
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
