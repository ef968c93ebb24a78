/**
 * Real database servers, each on a port of the loopback and in a temporary folder.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { freePort, until } from "../e2e/wait.ts";
import { lacking } from "../tool.ts";

/** Debian has the programs of PostgreSQL in a folder for each version, outside the search path. */
const POSTGRES = "/usr/lib/postgresql";
function findServers(): void {
  process.env.PATH += `${delimiter}/usr/sbin`;
  try {
    const versions = readdirSync(POSTGRES).sort((a, b) => Number(b) - Number(a));
    process.env.PATH += `${delimiter}${join(POSTGRES, versions[0]!, "bin")}`;
  } catch {
    // Then it is missing, or in the search path.
  }
}
findServers();

/** Why the tests of a server are to be skipped, or false. */
export const withoutPostgres = (): string | false => lacking("initdb", "postgres");
/** {@linkcode withoutPostgres} for MariaDB. */
export const withoutMariadb = (): string | false => lacking("mariadbd", "mariadb-install-db");
/** {@linkcode withoutPostgres} for Redis. */
export const withoutRedis = (): string | false => lacking("redis-server");

/** A server that can be stopped and started again, with its data. */
export class DatabaseServer {
  readonly port: number;
  readonly #folder: string;
  readonly #command: readonly string[];
  readonly #stopSignal: NodeJS.Signals;
  readonly #readyText: string;
  #child: ChildProcess | undefined;
  #log = "";
  #closed: Promise<void> = Promise.resolve();

  constructor(
    folder: string,
    port: number,
    command: readonly string[],
    stopSignal: NodeJS.Signals = "SIGTERM",
    /** What it says on standard error when it is ready: it takes connections before that, and ends them. */
    readyText = "",
  ) {
    this.#folder = folder;
    this.port = port;
    this.#command = command;
    this.#stopSignal = stopSignal;
    this.#readyText = readyText;
  }

  /** What it has said on standard error since its start. */
  get log(): string {
    return this.#log;
  }

  /** Starts it, and resolves when it takes connections. */
  async start(): Promise<this> {
    const [program, ...args] = this.#command as [string, ...string[]];
    const child = this.#child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"] });
    let hasFailed = false;
    this.#log = "";
    child.stderr!.setEncoding("utf8").on("data", (text) => this.#log += text);
    child.once("error", (error) => {
      hasFailed = true;
      this.#log += error;
    });
    this.#closed = new Promise((resolve) => child.once("close", () => resolve()));
    await until(`${program} to take connections`, async () => {
      if (hasFailed || child.exitCode !== null) return true;
      return this.#log.includes(this.#readyText) && await accepts(this.port);
    });
    if (hasFailed || child.exitCode !== null) {
      throw new Error(`Cannot start ${program}: ${this.#log}`);
    }
    return this;
  }

  /** Ends it; its data stays. With `SIGKILL`, as a crash does. */
  async stop(signal: NodeJS.Signals = this.#stopSignal): Promise<void> {
    this.#child?.kill(signal);
    await this.#closed;
  }

  /** Ends it for good. */
  async close(): Promise<void> {
    await this.stop("SIGKILL");
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}

/** PostgreSQL with a user `postgres` that needs no password. */
export async function startPostgres(...options: readonly string[]): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-pg-")), port = await freePort();
  // It refuses to run as root.
  const as = asUser("postgres", folder), data = join(folder, "data");
  const init = [
    ...as,
    "initdb",
    "-D",
    data,
    "-A",
    "trust",
    "-U",
    "postgres",
    "--no-sync",
    "-E",
    "UTF8",
  ];
  execFileSync(init[0]!, init.slice(1), { stdio: ["ignore", "ignore", "inherit"] });
  const settings = ["listen_addresses=127.0.0.1", "fsync=off", "max_connections=30", ...options];
  const flags = settings.flatMap((setting) => ["-c", setting]);
  const server = new DatabaseServer(
    folder,
    port,
    [...as, "postgres", "-D", data, "-p", String(port), "-k", folder, ...flags],
    // "Fast": it does not wait for clients.
    "SIGINT",
    "ready to accept connections",
  );
  return await server.start();
}

/** MariaDB with a user `root` that needs no password. */
export async function startMariadb(): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-my-")), port = await freePort();
  const user = asUser("mysql", folder).length > 0 ? ["--user=mysql"] : [];
  const data = join(folder, "data");
  mkdirSync(data);
  execFileSync("mariadb-install-db", [
    "--no-defaults",
    ...user,
    `--datadir=${data}`,
    "--auth-root-authentication-method=normal",
    "--skip-test-db",
  ], { stdio: "ignore" });
  const server = new DatabaseServer(
    folder,
    port,
    [
      "mariadbd",
      "--no-defaults",
      ...user,
      `--datadir=${data}`,
      `--port=${port}`,
      "--bind-address=127.0.0.1",
      `--socket=${join(folder, "socket")}`,
      `--pid-file=${join(folder, "pid")}`,
      "--innodb-flush-log-at-trx-commit=0",
      // Asked kindly right after its start, it may never end.
    ],
    "SIGKILL",
    "ready for connections",
  );
  return await server.start();
}

/** Redis without a password. */
export async function startRedis(): Promise<DatabaseServer> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-redis-")), port = await freePort();
  const server = new DatabaseServer(folder, port, [
    "redis-server",
    "--port",
    String(port),
    "--bind",
    "127.0.0.1",
    "--dir",
    folder,
    "--save",
    "",
  ]);
  return await server.start();
}

/** What runs a program as this user, who gets the folder; nothing where we are no superuser. */
function asUser(user: string, folder: string): string[] {
  if (process.getuid?.() !== 0) return [];
  const [, , uid, gid] = readFileSync("/etc/passwd", "utf8").split("\n")
    .map((line) => line.split(":")).find(([name]) => name === user) ?? [];
  chownSync(folder, Number(uid), Number(gid));
  return ["setpriv", `--reuid=${user}`, `--regid=${gid}`, "--clear-groups"];
}
