/**
 * The transport between processes, over a unix socket, and the identity of a process.
 *
 * @module
 */
import type { Server, Socket } from "node:net";
import process from "node:process";
import type { Clock } from "../../core/clock.ts";
import { outside } from "../../core/context.ts";
import { deno, fileSystem, mayRead } from "../../core/platform.ts";
import type { ClusterTransport } from "./wire.ts";

/** Unsent bytes after which a slow reader is disconnected; it joins again when it can. */
const MAX_BEHIND_BYTES = 64 << 20;
/** Messages are small parts: a longer line does not come from a member. */
const MAX_LINE_CHARS = 16 << 20;
const RETRY_MS = 50;
const VERIFY_MS = 1000;

/**
 * Sends messages as lines over a unix socket. One process listens and forwards every message to all
 * others; when it ends, another takes its place.
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
   * Connects, or listens when no other process does, and keeps trying.
   *
   * @param joined called at every connection
   * @throws {TypeError} when Deno lacks a permission
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
      throw new TypeError(`Cannot join cluster at "${path}": Deno needs ${missing.join(" ")}`);
    }
    // Node and Bun run the listeners of a socket in the context in which it was opened.
    outside(() => this.#connect());
  }

  /** Writes to all others; without a connection the message is lost. */
  send(message: string): void {
    const line = message + "\n";
    for (const peer of this.#peers) this.#write(peer, line);
  }

  /** Ends the connections once everything written has left. */
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

  /** @param stale whether there is a socket file that no process listens on */
  #listen(stale: boolean): void {
    if (stale) {
      try {
        fileSystem().unlinkSync(this.#path);
      } catch {
        // Another process was quicker.
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

  /**
   * Two processes that find a stale file at the same time both listen, one of them on a file that is
   * unlinked by now: that one stops.
   */
  #verify(server: Server): void {
    const own = inode(this.#path);
    // The file may have been replaced before this look at it: is it this server that answers there?
    const probe = process.getBuiltinModule("node:net").createConnection(this.#path);
    probe.unref();
    probe.on("error", () => {});
    server.once("connection", () => probe.destroy());
    probe.once("data", () => this.#yield(server));
    const cancel = this.#clock.every(VERIFY_MS, () => {
      const current = inode(this.#path);
      if (current === own) return;
      if (current === undefined) server.close();
      this.#yield(server);
    });
    this.#cancelVerify = () => {
      cancel();
      probe.destroy();
    };
  }

  /** Connects to the process that listens at the path now. */
  #yield(server: Server): void {
    this.#cancelVerify();
    if (this.#closed) return;
    this.#server = undefined;
    // Not closed: that would unlink the other's file, and the two would take turns without end.
    server.removeAllListeners("connection").on("connection", (socket: Socket) => socket.destroy());
    if (this.#peers.size === 0) this.#retry();
    // Both ends of each connection then connect again, this one once.
    for (const peer of this.#peers) peer.destroy();
  }

  #retry(): void {
    if (this.#closed) return;
    // At random, so that processes that lost the listener don't all retry at once.
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
      if (this.#server === undefined && this.#peers.size === 0) this.#retry();
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

/** A process that may write to the socket can read every metric and forge those of members. */
function keepToOwner(path: string): void {
  try {
    fileSystem().chmodSync(path, 0o600);
  } catch {
    // A Windows pipe has no mode.
  }
}

function inode(path: string): number | undefined {
  try {
    return fileSystem().statSync(path).ino;
  } catch {
    return undefined;
  }
}

/** Splits text into lines; each chunk is searched once, however long the line. */
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

/** Flags that Deno lacks for a unix socket: without them, opening it would prompt, or throw later. */
function flagsForSocket(path: string): string[] {
  const denied = (name: string, of: object) =>
    deno !== undefined && deno.permissions.querySync({ name, ...of }).state !== "granted";
  const flags = ["read", "write"].filter((name) => denied(name, { path }))
    .map((name) => `--allow-${name}=${path}`);
  return denied("net", { host: `unix:${path}` }) ? [...flags, `--allow-net=unix:${path}`] : flags;
}

/**
 * Identifies the process: the same text in all its isolates, and a different one in every other
 * process, also in one with the same pid in another container or after a restart. It is made of pid,
 * pid namespace and start time, as Linux reports them. Where those can't be read (other systems; Deno
 * without every permission) it is random: isolates of one process that share a socket then count as
 * processes, and each adds the per-process families.
 */
export function processIdentity(): string {
  try {
    if (!mayRead("/proc")) return crypto.randomUUID();
    const { readFileSync, readlinkSync } = fileSystem();
    const stat = readFileSync("/proc/self/stat", "latin1");
    // The program's name, in parentheses, may contain spaces; the start time is the 20th field after it.
    const startTicks = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19]!;
    return `${readlinkSync("/proc/self/ns/pid")} ${process.pid} ${startTicks}`;
  } catch {
    return crypto.randomUUID();
  }
}
