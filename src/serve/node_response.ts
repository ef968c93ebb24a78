/**
 * A `Response` sent by Node.
 *
 * @module
 */
import type { ServerResponse } from "node:http";

/**
 * Sends a response, and resolves when its last byte was handed on or nobody wants it any more; the
 * body is then cancelled. Rejects with what the body threw, after cutting the connection: the client
 * must not take what it has for the whole.
 */
export async function send(
  response: Response,
  sink: ServerResponse,
  method: string | undefined,
): Promise<void> {
  const { body } = response;
  sink.writeHead(response.status, response.statusText || undefined, headersOf(response));
  if (body === null || method === "HEAD" || sink.destroyed) {
    sink.end();
    await body?.cancel();
    return;
  }
  const reader = body.getReader();
  const closed = () => void reader.cancel(new Error("The client has gone")).catch(() => {});
  sink.once("close", closed);
  try {
    await copy(reader, sink);
    sink.end();
  } catch (error) {
    sink.destroy();
    throw error;
  } finally {
    sink.off("close", closed);
  }
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Node adds a `Content-Length` when all of a body comes at once: a short wait finds that out. */
async function copy(reader: Reader, sink: ServerResponse): Promise<void> {
  const first = await reader.read();
  if (first.done || sink.destroyed) return;
  const next = reader.read();
  // What `finally` of the race drops must not count as unhandled.
  next.catch(() => {});
  const moment = new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined)));
  const soon = await Promise.race([next, moment]);
  if (soon?.done) {
    sink.end(first.value);
    return;
  }
  await write(sink, first.value);
  for (let chunk = await next; !chunk.done && !sink.destroyed; chunk = await reader.read()) {
    await write(sink, chunk.value);
  }
}

/** Waits when the client is slower than the body. */
function write(sink: ServerResponse, bytes: Uint8Array): Promise<void> | undefined {
  if (sink.write(bytes) || sink.destroyed) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      sink.off("drain", done).off("close", done);
      resolve();
    };
    sink.once("drain", done).once("close", done);
  });
}

/** Names and values in turn; several cookies stay several headers. */
function headersOf({ headers }: Response): string[] {
  const list: string[] = [];
  for (const [name, value] of headers) list.push(name, value);
  return list;
}
