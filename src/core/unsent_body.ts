/**
 * The body that an answer to HEAD leaves out.
 *
 * @module
 */

/**
 * Stands for a body that is not sent. With none at all, every runtime adds `content-length: 0`, which
 * is not the length that GET would give (RFC 9110 §8.6); of a stream they can't say any.
 */
export function unsentBody(): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({ pull: (controller) => controller.close() }, { highWaterMark: 0 });
}
