/**
 * Where bytes go, and what it means when they don't.
 *
 * @module
 */
import fs from "node:fs";
import { deno } from "./platform.ts";

/** Where bytes go; both may write fewer than they were given. */
export interface Writer {
  /** Resolves to how many bytes were written; rejects as the system does. */
  write(bytes: Uint8Array): Promise<number>;
  /** How many bytes were written; throws as the system does. Absent where there is no such thing. */
  writeSync?(bytes: Uint8Array): number;
  /** Lets go of what it holds. */
  close?(): void;
}

/** Standard output as a {@linkcode Writer}; nothing is opened or changed before the first write. */
export function stdoutWriter(): Writer {
  // `node:fs` writes synchronously to descriptor 1 on Deno, whatever it is asked for.
  const out = deno?.stdout;
  return {
    write: out !== undefined ? (bytes) => out.write(bytes) : writeAsync,
    writeSync: (bytes) => fs.writeSync(1, bytes),
  };
}

function writeAsync(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    fs.write(1, bytes, (error, written) => error ? reject(error) : resolve(written));
  });
}

/**
 * What a write error means: try soon again, nobody reads any more, or something is wrong. Deno's own
 * errors carry the system's name in `code` as well.
 */
export function kindOf(error: unknown): "busy" | "closed" | "failed" {
  const { code, name } = (error ?? {}) as { code?: unknown; name?: unknown };
  if (code === "EAGAIN" || name === "WouldBlock") return "busy";
  if (code === "EPIPE" || name === "BrokenPipe" || code === "EBADF" || name === "BadResource") {
    return "closed";
  }
  return "failed";
}

/** Blocks this thread; for the end of the process, and for who asked to wait rather than to lose. */
export function pause(ms: number): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } catch {
    // Not allowed on this thread: the next try comes at once.
  }
}
