/**
 * Writers of bytes: standard output and standard error, and what their errors mean.
 *
 * @module
 */
import { deno, fileSystem, mayRead } from "../../core/platform.ts";

/** Where bytes go; both methods may write fewer bytes than they were given. */
export interface Writer {
  /** Resolves to how many bytes were written; rejects as the system does. */
  write(bytes: Uint8Array): Promise<number>;
  /** Whether it is done with the bytes when a write is: then their memory is used again. @default false */
  readonly releases?: boolean | undefined;
  /** Whether `writeSync` refuses rather than blocks: then only that is used. */
  neverBlocks?(): boolean;
  /** What of `bytes` one `write` is given. @default all of them */
  portion?(bytes: Uint8Array): Uint8Array;
  /** Writes before it returns how many bytes were written; throws as the system does. */
  writeSync?(bytes: Uint8Array): number;
  /** Releases what it holds. */
  close?(): void;
}

/** A pipe takes this many bytes as a whole or not at all. */
const PIPE_ATOM = 4096;
const LINE_FEED = 0x0a;
const STDOUT_INFO = "/proc/self/fdinfo/1";
const FLAGS = /^flags:\s*([0-7]+)/m;
const O_NONBLOCK = 0o4000;

/** Standard output as a {@linkcode Writer}; nothing is opened or changed before the first write. */
export function stdoutWriter(): Writer {
  const writeSync = (bytes: Uint8Array) => fileSystem().writeSync(1, atom(bytes));
  /** Off this thread. On Deno, `node:fs` always writes to descriptor 1 synchronously. */
  const writeLater = deno === undefined
    ? writeAsync
    : (bytes: Uint8Array) => deno!.stdout.write(bytes);
  let waits: boolean | "perhaps" | undefined;
  return {
    releases: true,
    async write(bytes) {
      try {
        return await writeLater(bytes);
      } catch (error) {
        if (kindOf(error) === "busy") waits = false;
        throw error;
      }
    },
    neverBlocks: () => (waits ??= letsWait()) === false,
    portion(bytes) {
      waits ??= letsWait();
      // Deno would not say how much of a batch was written when a full pipe refused the rest.
      return waits === "perhaps" && deno !== undefined ? atom(bytes) : bytes;
    },
    writeSync,
  };
}

/** Writes to standard error before it returns; what that does not take is lost. Never throws. */
export function writeError(text: string): void {
  let bytes = new TextEncoder().encode(text);
  try {
    while (bytes.length > 0) bytes = bytes.subarray(fileSystem().writeSync(2, atom(bytes)));
  } catch {
    // Closed or full: there is no other place to say it.
  }
}

/**
 * Whether a full pipe lets the writer wait instead of refusing. On Deno, it takes the permission to read
 * everything to know.
 */
function letsWait(): boolean | "perhaps" {
  try {
    if (!mayRead(STDOUT_INFO)) return "perhaps";
    const flags = fileSystem().readFileSync(STDOUT_INFO, "utf8").match(FLAGS)?.[1];
    return flags ? (parseInt(flags, 8) & O_NONBLOCK) === 0 : "perhaps";
  } catch {
    return "perhaps"; // Not Linux, or not readable.
  }
}

/**
 * What is taken as a whole or not at all. Deno buffers what follows the last line feed and writes on
 * until all is out: when a pipe is full midway, it does not say how much was written.
 */
function atom(bytes: Uint8Array): Uint8Array {
  if (bytes.length <= PIPE_ATOM) return bytes;
  const end = bytes.lastIndexOf(LINE_FEED, PIPE_ATOM - 1) + 1;
  return bytes.subarray(0, end === 0 ? PIPE_ATOM : end);
}

function writeAsync(bytes: Uint8Array): Promise<number> {
  return new Promise((resolve, reject) => {
    fileSystem().write(1, bytes, (error, written) => error ? reject(error) : resolve(written));
  });
}

/**
 * What a write error means: try again soon, nobody reads any more, or something is wrong. Deno's own
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

/** Blocks this thread; for the end of the process, and for `onFull: "write-sync"`. */
export function pause(ms: number): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  } catch {
    // Not allowed on this thread: the next try comes at once.
  }
}

/** How many bytes a writer took. One that takes none without an error would be tried without end. */
export function taken(count: number): number {
  if (count > 0) return count;
  throw new RangeError(`Cannot write lines: the writer took ${count} bytes`);
}
