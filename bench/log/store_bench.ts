/**
 * Three layouts for a ring of log records: whole records, columns, encoded lines. Each case stores a
 * message with three fields; "read" is what the console or an exporter does.
 */
import { RecordRing } from "../../src/log/record/ring.ts";
import { FieldCopier } from "../../src/log/fields.ts";
import { JsonEncoder } from "../../src/log/format/json.ts";
import type { Fields, LogRecord } from "../../src/log/record/record.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";

const copier = new FieldCopier(new Redactor());
const encoder = new JsonEncoder();
const traceId = "0af7651916cd43dd8448eb211c80319c";
const spanId = "b7ad6b7169203331";

function record(message: string, given: Fields): LogRecord {
  const fields = copier.copy(given);
  return {
    timeMs: 1767225600000,
    severity: 9,
    level: "info",
    message,
    service: "orders",
    category: "",
    traceId,
    spanId,
    requestId: traceId,
    fields,
    sizeBytes: 128 + message.length + copier.size,
  };
}

/** One array per part of a record; keys and values in one flat array, eight fields per record. */
class Columns {
  readonly #mask: number;
  readonly #time: Float64Array;
  readonly #level: Uint8Array;
  readonly #message: string[];
  readonly #traceId: string[];
  readonly #spanId: string[];
  readonly #requestId: string[];
  readonly #count: Uint8Array;
  readonly #keys: string[];
  readonly #values: unknown[];
  next = 0;

  constructor(size: number) {
    this.#mask = size - 1;
    this.#time = new Float64Array(size);
    this.#level = new Uint8Array(size);
    this.#message = new Array(size).fill("");
    this.#traceId = new Array(size).fill("");
    this.#spanId = new Array(size).fill("");
    this.#requestId = new Array(size).fill("");
    this.#count = new Uint8Array(size);
    this.#keys = new Array(size * 8).fill("");
    this.#values = new Array(size * 8).fill(undefined);
  }

  push(message: string, fields: Fields): void {
    const slot = this.next++ & this.#mask;
    this.#time[slot] = 1767225600000;
    this.#level[slot] = 9;
    this.#message[slot] = message;
    this.#traceId[slot] = traceId;
    this.#spanId[slot] = spanId;
    this.#requestId[slot] = traceId;
    let i = 0;
    for (const key in fields) {
      this.#keys[slot * 8 + i] = key;
      this.#values[slot * 8 + i++] = fields[key];
    }
    this.#count[slot] = i;
  }

  at(number: number): LogRecord {
    const slot = number & this.#mask;
    const fields: Record<string, unknown> = {};
    for (let i = 0; i < this.#count[slot]!; i++) {
      fields[this.#keys[slot * 8 + i]!] = this.#values[slot * 8 + i];
    }
    return {
      timeMs: this.#time[slot]!,
      severity: this.#level[slot]!,
      level: "info",
      message: this.#message[slot]!,
      service: "orders",
      category: "",
      traceId: this.#traceId[slot]!,
      spanId: this.#spanId[slot]!,
      requestId: this.#requestId[slot]!,
      fields,
      sizeBytes: 0,
    };
  }
}

let n = 0, sum = 0;
for (const size of [2048, 16384]) {
  const records = new RecordRing(size, 64 * 1024 * 1024);
  const columns = new Columns(size);
  const lines = new Array<string>(size).fill("");
  const bytes = Array.from({ length: size }, () => new Uint8Array(0));
  const utf8 = new TextEncoder();
  const fields = () => ({ order_id: n++, customer: `c-${n & 1023}`, express: true });

  Deno.bench(`store as a record, ${size}`, { group: `store ${size}`, baseline: true }, () => {
    records.push(record("placing order", fields()));
  });
  Deno.bench(`store in columns, ${size}`, { group: `store ${size}` }, () => {
    columns.push("placing order", fields());
  });
  Deno.bench(`store as an encoded line, ${size}`, { group: `store ${size}` }, () => {
    lines[n & (size - 1)] = encoder.encode(record("placing order", fields()));
  });
  Deno.bench(`store as UTF-8, ${size}`, { group: `store ${size}` }, () => {
    bytes[n & (size - 1)] = utf8.encode(encoder.encode(record("placing order", fields())));
  });
  for (let i = 0; i < size; i++) {
    const given = fields();
    records.push(record("placing order", given));
    columns.push("placing order", given);
    lines[i] = encoder.encode(record("placing order", given));
  }
  Deno.bench(`read a record, ${size}`, { group: `read ${size}`, baseline: true }, () => {
    sum += records.at(records.first + (n++ & (size - 1)))!.message.length;
  });
  Deno.bench(`read from columns, ${size}`, { group: `read ${size}` }, () => {
    sum += columns.at(n++).message.length;
  });
  Deno.bench(`read an encoded line, ${size}`, { group: `read ${size}` }, () => {
    sum += JSON.parse(lines[n++ & (size - 1)] || "{}").msg?.length ?? 0;
  });
}
