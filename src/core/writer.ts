/**
 * Where bytes go, and what it means when they don't.
 *
 * @module
 */
import fs from "node:fs";
import { deno, type DenoShape, mayRead } from "./platform.ts";

/** Where bytes go; both may write fewer than they were given. */
export interface Writer {
  /** Resolves to how many bytes were written; rejects as the system does. */
  write(bytes: Uint8Array): Promise<number>;
  /** How many bytes were written; throws as the system does. Absent where there is no such thing. */
  writeSync?(bytes: Uint8Array): number;
  /** Lets go of what it holds. */
  close?(): void;
}

/** What a pipe takes as a whole or not at all. */
const PIPE_ATOM = 4096;
const LINE_FEED = 0x0a;
const STDOUT_INFO = "/proc/self/fdinfo/1";
const FLAGS = /^flags:\s*([0-7]+)/m;
const O_NONBLOCK = 0o4000;

/** Standard output as a {@linkcode Writer}; nothing is opened or changed before the first write. */
export function stdoutWriter(): Writer {
  if (deno !== undefined) return denoWriter(deno.stdout);
  return { write: writeAsync, writeSync: (bytes) => fs.writeSync(1, bytes) };
}

/** `node:fs` writes synchronously to descriptor 1 on Deno, whatever it is asked for. */
function denoWriter(out: DenoShape["stdout"]): Writer {
  let waits: boolean | undefined;
  const writeSync = (bytes: Uint8Array) => fs.writeSync(1, atom(bytes));
  const writeNow = (bytes: Uint8Array) => {
    let written = 0;
    try {
      while (written < bytes.length) written += writeSync(bytes.subarray(written));
    } catch (error) {
      if (written === 0) throw error;
    }
    return written;
  };
  return {
    async write(bytes) {
      waits ??= !isNonBlocking();
      if (!waits) return writeNow(bytes);
      try {
        return await out.write(bytes);
      } catch (error) {
        // Parts of this one may be out: better twice than never, and better once than again.
        if (kindOf(error) === "busy") waits = false;
        throw error;
      }
    },
    writeSync,
  };
}

/** Whether a full pipe refuses instead of letting the writer wait, as far as the system says so. */
function isNonBlocking(): boolean {
  try {
    const flags = mayRead(STDOUT_INFO) && fs.readFileSync(STDOUT_INFO, "utf8").match(FLAGS)?.[1];
    return flags ? (parseInt(flags, 8) & O_NONBLOCK) !== 0 : false;
  } catch {
    return false; // Not Linux, or not for us to read.
  }
}

/**
 * As much as is taken as a whole or not at all. Deno buffers what stands behind the last line feed and
 * writes on until all is out: if a pipe is full midway, it says only that, and not how much was out.
 */
function atom(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= PIPE_ATOM) return bytes;
  const end = bytes.lastIndexOf(LINE_FEED, PIPE_ATOM - 1) + 1;
  return bytes.subarray(0, end === 0 ? PIPE_ATOM : end);
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
