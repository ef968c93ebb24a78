/**
 * Messages between processes, over a unix socket.
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import process from "node:process";
import type { Clock } from "../../core/clock.ts";
import { outside } from "../../core/context.ts";
import { deno, fileSystem } from "../../core/platform.ts";
import type { ClusterTransport } from "./transport.ts";

/** A member that reads slower than this behind is dropped: it joins again when it can. */
const MAX_BEHIND_BYTES = 64 << 20;
/** A message is a small part of what a member has: more than this is not one of ours. */
const MAX_LINE_CHARS = 16 << 20;
const RETRY_MS = 50;
const VERIFY_MS = 1000;

/**
 * One of the processes listens and passes every message on to all others; when it ends, another
 * takes its place. Messages are lines.
 */
export class SocketTransport implements ClusterTransport {
  readonly #path: string;
  readonly #receive: (message: string) => void;
  readonly #joined: () => void;
  readonly #clock: Clock;
  readonly #peers = new Set<Socket>();
  #server: Server | undefined;
  #cancelVerify = () => {};
  #closed = false;

  /**
   * Connects, or listens where nobody does, and goes on trying.
   *
   * @param joined called whenever it is connected
   * @throws {TypeError} when Deno was not given the permissions
   */
  constructor(
    path: string,
    receive: (message: string) => void,
    joined: () => void,
    clock: Clock,
  ) {
    this.#path = path;
    this.#receive = receive;
    this.#joined = joined;
    this.#clock = clock;
    const missing = flagsForSocket(path);
    if (missing.length > 0) {
      throw new TypeError(`Cannot join the cluster at "${path}": needs ${missing.join(" ")}`);
    }
    // Node and Bun run what a socket tells in the context that it was opened in.
    outside(() => this.#connect());
  }

  /** Writes to all others; while there is no connection, nobody hears. */
  send(message: string): void {
    const line = message + "\n";
    for (const peer of this.#peers) this.#write(peer, line);
  }

  /** Ends the connections after what was written has left. */
  async close(): Promise<void> {
    this.#closed = true;
    const ends = [...this.#peers].map((peer) =>
      new Promise<void>((resolve) => {
        peer.once("close", () => resolve());
        peer.end(() => peer.destroySoon());
        this.#clock.after(1000, () => peer.destroy());
      })
    );
    this.#cancelVerify();
    this.#server?.close();
    await Promise.all(ends);
  }

  #connect(): void {
    const socket = process.getBuiltinModule("node:net").createConnection(this.#path);
    socket.once("connect", () => {
      this.#adopt(socket);
      this.#joined();
    });
    socket.once("error", (error: Error & { code?: string }) => {
      if (this.#closed || this.#peers.has(socket)) return;
      this.#listen(error.code === "ECONNREFUSED");
    });
    socket.unref();
  }

  /** @param stale whether a socket file lies there that nobody listens at */
  #listen(stale: boolean): void {
    if (stale) {
      try {
        fileSystem().unlinkSync(this.#path);
      } catch {
        // Another was quicker.
      }
    }
    const { createServer } = process.getBuiltinModule("node:net");
    const server = createServer((socket) => this.#adopt(socket));
    server.once("error", () => this.#retry());
    server.listen(this.#path, () => {
      this.#server = server;
      keepToOwner(this.#path);
      if (this.#closed) server.close();
      else this.#verify(server);
    });
    server.unref();
  }

  /** Two who found a stale file at once both listen, one of them where nobody finds it: it steps down. */
  #verify(server: Server): void {
    const own = inode(this.#path);
    this.#cancelVerify = this.#clock.every(VERIFY_MS, () => {
      if (inode(this.#path) === own) return;
      this.#cancelVerify();
      this.#server = undefined;
      server.close();
      if (this.#peers.size === 0) this.#retry();
      // Each that closes tries anew, as do those at its other end.
      for (const peer of this.#peers) peer.destroy();
    });
  }

  #retry(): void {
    if (this.#closed) return;
    // Spread out, so that not all who lost the listener try at once.
    this.#clock.after(RETRY_MS * (1 + Math.random()), () => this.#connect());
  }

  #adopt(socket: Socket): void {
    this.#peers.add(socket);
    const lines = new Lines((line) => this.#take(socket, line));
    socket.setEncoding("utf8");
    socket.unref();
    socket.on("data", (chunk) => {
      lines.push(String(chunk));
      if (lines.restChars > MAX_LINE_CHARS) socket.destroy();
    });
    socket.on("error", () => {});
    socket.once("close", () => {
      this.#peers.delete(socket);
      if (this.#server === undefined) this.#retry();
    });
  }

  #take(from: Socket, line: string): void {
    if (this.#server !== undefined) {
      for (const peer of this.#peers) if (peer !== from) this.#write(peer, line + "\n");
    }
    this.#receive(line);
  }

  #write(peer: Socket, line: string): void {
    if (peer.writableLength > MAX_BEHIND_BYTES) peer.destroy();
    else peer.write(line);
  }
}

/** Whoever may write to a socket may read every metric there, and say what members have. */
function keepToOwner(path: string): void {
  try {
    fileSystem().chmodSync(path, 0o600);
  } catch {
    // A pipe of Windows has no mode.
  }
}

function inode(path: string): number | undefined {
  try {
    return fileSystem().statSync(path).ino;
  } catch {
    return undefined;
  }
}

/** Cuts text into lines; each chunk is searched once, however long the line. */
class Lines {
  readonly #onLine: (line: string) => void;
  #rest: string[] = [];
  restChars = 0;

  constructor(onLine: (line: string) => void) {
    this.#onLine = onLine;
  }

  push(chunk: string): void {
    let start = 0;
    for (let end = chunk.indexOf("\n"); end !== -1; end = chunk.indexOf("\n", start)) {
      this.#rest.push(chunk.slice(start, end));
      start = end + 1;
      const line = this.#rest.join("");
      this.#rest = [];
      this.restChars = 0;
      this.#onLine(line);
    }
    if (start === chunk.length) return;
    this.#rest.push(chunk.slice(start));
    this.restChars += chunk.length - start;
  }
}

/** The flags that Deno needs for a unix socket and was not given; to open it would prompt, or throw later. */
function flagsForSocket(path: string): string[] {
  const denied = (name: string, of: object) =>
    deno !== undefined && deno.permissions.querySync({ name, ...of }).state !== "granted";
  const flags = ["read", "write"].filter((name) => denied(name, { path }))
    .map((name) => `--allow-${name}=${path}`);
  return denied("net", { host: `unix:${path}` }) ? [...flags, `--allow-net=unix:${path}`] : flags;
}
