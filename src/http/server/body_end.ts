/**
 * Watches a response's body to its end, which for a stream is long after the head is sent.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import { type Context, run, runWith } from "../../core/context.ts";

/** How a watched body ended, and how much of it was read. */
export interface BodyEnd {
  /** `cancel`: the rest was not wanted, as after a disconnect. `error`: its source failed. */
  readonly how: "done" | "cancel" | "error";
  /** What the source threw. */
  readonly error?: unknown;
  /** Bytes that were read. */
  readonly bytes: number;
  /** When the first byte came, on the clock; undefined when none did. */
  readonly firstByteMs: number | undefined;
}

/**
 * A response like the given one that calls `ended` once when its body ends. It costs 1.5 to 50 µs,
 * and the runtime no longer sees what the body was made from. Throws when the body is in use
 * already.
 *
 * `cancel` of a stream is the only sign of a disconnect that both runtimes give. The application's
 * stream is pulled and cancelled in `context`: the runtimes do so in no context, or in that of the
 * server's start.
 */
export function watchBody(
  response: Response,
  clock: Clock,
  context: Context,
  ended: (end: BodyEnd) => void,
): Response {
  const reader = response.body!.getReader();
  let bytes = 0;
  let firstByteMs: number | undefined;
  let told = false;
  const tell = (how: BodyEnd["how"], error?: unknown) => {
    if (told) return;
    told = true;
    ended({ how, error, bytes, firstByteMs });
  };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>({
    async pull(controller) {
      try {
        const { done, value } = await runWith(context, next, reader);
        if (done) {
          controller.close();
          tell("done");
          return;
        }
        firstByteMs ??= clock.monotonic();
        bytes += value.byteLength ?? 0;
        controller.enqueue(value);
      } catch (error) {
        // First: Deno calls its error hook before `error()` returns.
        tell("error", error);
        controller.error(error);
      }
    },
    cancel(reason) {
      tell("cancel");
      return run(context, () => reader.cancel(reason));
    },
    // Nothing is read ahead: the source is pulled when the runtime pulls.
  }, { highWaterMark: 0 });
  const { status, statusText, headers } = response;
  return new Response(body, { status, statusText, headers });
}

type Reader = ReadableStreamDefaultReader<Uint8Array<ArrayBuffer>>;

function next(reader: Reader): ReturnType<Reader["read"]> {
  return reader.read();
}
