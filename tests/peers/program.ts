import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { freePort, until } from "../e2e/wait.ts";

/** A server that runs beside a test, on a port of the loopback and in a temporary folder. */
export interface Program {
  readonly url: string;
  /** All that it wrote to standard error so far. */
  log(): string;
  /** Ends it and removes its folder. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** What to start. */
export interface ProgramOptions {
  readonly program: string;
  readonly args: (address: string, folder: string) => readonly string[];
  /** The path that answers 200 once it is ready. */
  readonly readyPath: string;
}

/** Starts a server, and resolves when it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { program, args, readyPath } = options;
  const folder = mkdtempSync(join(tmpdir(), "telltale-peer-"));
  const address = `127.0.0.1:${await freePort()}`, url = `http://${address}`;
  const child = spawn(program, args(address, folder), { stdio: ["ignore", "ignore", "pipe"] });
  let log = "", failure: Error | undefined;
  child.stderr!.setEncoding("utf8").on("data", (text) => log += text);
  child.once("error", (error) => failure = error);
  const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const stop = async (signal: NodeJS.Signals = "SIGKILL") => {
    child.kill(signal);
    await closed;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await until(`${program} to be ready`, async () => {
      if (failure !== undefined || child.exitCode !== null) return true;
      const response = await fetch(`${url}${readyPath}`);
      await response.body?.cancel();
      return response.ok;
    });
    if (failure !== undefined) throw failure;
    if (child.exitCode !== null) throw new Error(`Cannot start ${program}: ${log}`);
  } catch (error) {
    if (failure === undefined) await stop();
    else rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return { url, log: () => log, stop };
}
