/**
 * Requests to the service that the page came from.
 *
 * @module
 */
import { currentToken } from "./token.ts";

/** An answer other than 200. */
export class Refusal extends Error {
  override readonly name: string = "Refusal";
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }

  /** Whether the service wants to know who asks. */
  get isOfAccess(): boolean {
    return this.status === 401 || this.status === 403 || this.status === 429;
  }
}

/** The console's path, with `/` at its end. */
export const BASE: string = location.pathname.endsWith("/")
  ? location.pathname
  : `${location.pathname}/`;

/** Reads one of the console's paths; throws a {@linkcode Refusal} for any other answer than 200. */
export async function get(
  path: string,
  { signal, headers = {}, body }: {
    signal?: AbortSignal;
    headers?: Record<string, string>;
    /** Is posted as JSON. */
    body?: unknown;
  } = {},
): Promise<Response> {
  const token = currentToken();
  if (token !== "") headers = { ...headers, authorization: `Bearer ${token}` };
  if (body !== undefined) headers = { ...headers, "content-type": "application/json" };
  const response = await fetch(BASE + path, {
    ...body !== undefined && { method: "POST", body: JSON.stringify(body) },
    signal: signal ?? null,
    headers,
    credentials: "omit",
    cache: "no-store",
    redirect: "error",
  });
  if (response.ok) return response;
  const text = (await response.text()).trim();
  let message = text;
  try {
    message = String(JSON.parse(text).error ?? text);
  } catch {
    // It is plain text.
  }
  throw new Refusal(response.status, message.slice(0, 500) || `status ${response.status}`);
}

/** The lines of a body as they come, without their ends. */
export async function* linesOf(body: ReadableStream<Uint8Array> | null): AsyncGenerator<string> {
  if (body === null) return;
  const reader = body.pipeThrough(
    new TextDecoderStream() as ReadableWritablePair<string, Uint8Array>,
  )
    .getReader();
  let rest = "";
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      const lines = (rest + value).split("\n");
      rest = lines.pop()!;
      for (const line of lines) yield line.endsWith("\r") ? line.slice(0, -1) : line;
    }
    if (rest !== "") yield rest;
  } finally {
    // Whoever stops reading wants no more of it.
    reader.cancel().catch(() => {});
  }
}

/** An event of an event stream. */
export interface StreamEvent {
  readonly type: string;
  readonly id: string;
  readonly data: string;
}

/** The events of a stream; a comment is an event without data, so that a reader knows that it lives. */
export async function* eventsOf(lines: AsyncIterable<string>): AsyncGenerator<StreamEvent> {
  let type = "message", id = "", data: string[] = [];
  for await (const line of lines) {
    if (line === "") {
      if (data.length > 0) yield { type, id, data: data.join("\n") };
      type = "message";
      data = [];
    } else if (line.startsWith(":")) yield { type: "comment", id, data: "" };
    else {
      const [, name, value] = /^([^:]*):? ?(.*)$/.exec(line)!;
      if (name === "event") type = value!;
      else if (name === "id") id = value!;
      else if (name === "data") data.push(value!);
    }
  }
}
