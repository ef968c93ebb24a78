/**
 * Reads answers of receivers: how much of a request was rejected, and the message.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otlp/#partial-success-1}
 * @module
 */

import { readable } from "./failure.ts";

/** The content of a response's body. */
export interface Answer {
  /** Spans, records or points that the receiver rejected. */
  readonly rejected: number;
  /** A message for a person: one line of at most 200 UTF-16 units; may be empty. */
  readonly message: string;
}

/** How much of a plain text is read: it may be a page. */
const MAX_TEXT_BYTES = 4096;
const NOTHING: Answer = { rejected: 0, message: "" };

/** At most `maxBytes` of a body; the rest is not read. */
export async function readBody(response: Response, maxBytes: number): Promise<Uint8Array> {
  // A body of known size, as nearly all are, is read at once: on Deno a stream costs a third more.
  const { headers } = response, size = headers.get("content-length");
  if (size !== null && Number(size) <= maxBytes && !headers.has("content-encoding")) {
    return new Uint8Array(await response.arrayBuffer());
  }
  return await readStream(response, maxBytes);
}

async function readStream(response: Response, maxBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  const reader = response.body?.getReader();
  while (reader !== undefined) {
    const { done, value } = await reader.read();
    if (done) break;
    const room = maxBytes - length;
    chunks.push(value.subarray(0, room));
    length += Math.min(value.length, room);
    if (value.length < room) continue;
    await reader.cancel();
    break;
  }
  const body = new Uint8Array(length);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return body;
}

/** Reads an `Export…ServiceResponse` or a `Status` in either encoding; of anything else, nothing. */
export function parseAnswer(body: Uint8Array, contentType: string, ok: boolean): Answer {
  if (body.length === 0) return NOTHING;
  try {
    if (/\bjson\b/.test(contentType)) return jsonAnswer(body, ok);
    // Loki and Mimir send a Status as `application/octet-stream`, or without a type.
    if (/\bx-protobuf\b/.test(contentType)) return protobufAnswer(body, ok);
    if (ok) return NOTHING;
    const status = /^text\//.test(contentType) ? undefined : statusOf(body);
    return status ?? plainAnswer(body);
  } catch {
    return NOTHING; // The status says enough.
  }
}

/** The text of an answer in no known form. */
function plainAnswer(body: Uint8Array): Answer {
  return { rejected: 0, message: readable(text(body.subarray(0, MAX_TEXT_BYTES))) };
}

function jsonAnswer(body: Uint8Array, ok: boolean): Answer {
  const parsed: unknown = faultless(() => JSON.parse(text(body)));
  const object = parsed as Record<string, Record<string, unknown> | undefined> | null | undefined;
  const answer = (ok ? object?.partialSuccess : object) ?? {};
  const { rejectedSpans, rejectedDataPoints, rejectedLogRecords, errorMessage, message, error } =
    answer as Record<string, unknown>;
  const rejected = Number(rejectedSpans ?? rejectedDataPoints ?? rejectedLogRecords ?? 0);
  const said = errorMessage ?? message ?? error;
  // An error in another form, such as `errors` or `detail`.
  if (said === undefined && !ok) return plainAnswer(body);
  return {
    rejected: rejected > 0 ? rejected : 0,
    message: said === undefined ? "" : readable(typeof said === "string" ? said : quoted(said)),
  };
}

function faultless<T>(fn: () => T): T | undefined {
  try {
    return fn();
  } catch {
    return undefined;
  }
}

function quoted(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** In all three responses, field 1 is the partial success; in it, 1 is the count, 2 the message. */
function protobufAnswer(body: Uint8Array, ok: boolean): Answer {
  if (!ok) return statusOf(body) ?? NOTHING;
  const partial = fields(body).get(1);
  if (!(partial instanceof Uint8Array)) return NOTHING;
  const read = fields(partial), rejected = read.get(1), message = read.get(2);
  return {
    rejected: typeof rejected === "number" ? rejected : 0,
    message: message instanceof Uint8Array ? readable(text(message)) : "",
  };
}

/** A `google.rpc.Status`: 1 is a code, 2 the message. Undefined for anything else. */
function statusOf(body: Uint8Array): Answer | undefined {
  try {
    const message = fields(body).get(2);
    if (!(message instanceof Uint8Array)) return undefined;
    return { rejected: 0, message: readable(text(message)) };
  } catch {
    return undefined;
  }
}

function text(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

/** Varints and length-delimited fields of a message, the last of each number; throws on any other. */
function fields(bytes: Uint8Array): Map<number, number | Uint8Array> {
  const read = new Map<number, number | Uint8Array>();
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; factor < 2 ** 70; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined) break;
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
    throw new RangeError("Cannot read a varint");
  };
  while (at < bytes.length) {
    const tag = varint(), wireType = tag % 8, value = varint();
    if (wireType === 0) read.set(Math.floor(tag / 8), value);
    else if (wireType === 2) read.set(Math.floor(tag / 8), bytes.subarray(at, at += value));
    else throw new RangeError(`Cannot read a field of wire type ${wireType}`);
  }
  return read;
}
