/**
 * Sends a `Response` with Node.
 *
 * @module
 */
import type { ServerResponse } from "node:http";

/**
 * Sends a response. Resolves when its last byte was handed on, or when the client has gone and the body
 * was cancelled. Rejects with the error of a body that fails, after cutting the connection, so that the
 * client does not take a part of the body for the whole.
 */
export async function send(
  response: Response,
  sink: ServerResponse,
  method: string | undefined,
): Promise<void> {
  const { body } = response;
  if (body === null || method === "HEAD" || sink.destroyed) {
    writeHead(response, sink);
    sink.end();
    await body?.cancel();
    return;
  }
  const reader = body.getReader();
  const closed = () => void reader.cancel(new Error("The client has gone")).catch(() => {});
  sink.once("close", closed);
  try {
    await copy(response, reader, sink);
    sink.end();
  } catch (error) {
    sink.destroy();
    throw error;
  } finally {
    sink.off("close", closed);
  }
}

/** Writes names and values in turn, so that several cookies stay several headers. */
function writeHead(response: Response, sink: ServerResponse, sizeBytes?: number): void {
  const list: string[] = [];
  for (const [name, value] of response.headers) list.push(name, value);
  if (sizeBytes !== undefined && !response.headers.has("content-length")) {
    list.push("content-length", String(sizeBytes));
  }
  sink.writeHead(response.status, response.statusText || undefined, list);
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

/** Sends a body that is available at once with its size; for any other the head does not wait. */
async function copy(response: Response, reader: Reader, sink: ServerResponse): Promise<void> {
  let next = reader.read();
  const first = await atOnce(next);
  if (first === undefined) {
    writeHead(response, sink);
    sink.flushHeaders();
  } else if (first.done) {
    writeHead(response, sink, 0);
    return;
  } else {
    next = reader.read();
    const isWhole = (await atOnce(next))?.done === true;
    writeHead(response, sink, isWhole ? first.value.byteLength : undefined);
    await write(sink, first.value);
  }
  for (let chunk = await next; !chunk.done && !sink.destroyed; chunk = await reader.read()) {
    await write(sink, chunk.value);
  }
}

/** The result of a promise that settles before the next turn of the event loop; else undefined. */
function atOnce<T>(promise: Promise<T>): Promise<T | undefined> {
  // It is awaited later; a rejection before that must not count as unhandled.
  promise.catch(() => {});
  return Promise.race([
    promise,
    new Promise<undefined>((resolve) => setImmediate(() => resolve(undefined))),
  ]);
}

/** Writes a chunk, and waits when the client is slower than the body. */
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
