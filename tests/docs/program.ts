/**
 * Runs the code blocks of a document as a reader would who pasted them, beside the sources of this checkout.
 *
 * @module
 */
import assert from "node:assert/strict";
import { execFile, spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath, pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { until } from "../e2e/wait.ts";
import type { Block } from "./blocks.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const EXPORTS: Readonly<Record<string, string>> =
  JSON.parse(readFileSync(join(ROOT, "deno.json"), "utf8")).exports;
/** Between what two blocks print. */
const MARK = "\u0001";
/** The port of all documents. */
const PORT = "8080";
const run = promisify(execFile);

/** The code with this checkout in the place of the published package. */
function resolved(code: string): string {
  return code.replaceAll(/"(?:jsr:)?@telltale\/telltale(\/[\w-]+)?"/g, (_all, path = "") => {
    const file = EXPORTS[`.${path}`];
    if (file === undefined) throw new Error(`There is no import @telltale/telltale${path}`);
    return JSON.stringify(pathToFileURL(join(ROOT, file)).href);
  });
}

/** Calls with a folder for blocks, from where packages resolve as they do for the checkout. */
async function inFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  mkdirSync(join(ROOT, ".cache"), { recursive: true });
  const folder = mkdtempSync(join(ROOT, ".cache/docs-"));
  try {
    return await use(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What each of the blocks prints, one after the other in one process. */
export function printed(blocks: readonly Block[], command: readonly string[]): Promise<string[]> {
  return inFolder(async (folder) => {
    const all = blocks.map(({ line, code }) => {
      writeFileSync(join(folder, `line_${line}.ts`), resolved(code) + "\nexport {};\n");
      return `await import("./line_${line}.ts");\nconsole.log(${JSON.stringify(MARK)});\n`;
    });
    const main = join(folder, "main.ts"), [program, ...args] = command as [string];
    writeFileSync(main, all.join(""));
    const { stdout } = await run(program, [...args, main], { cwd: ROOT });
    return stdout.split(`${MARK}\n`).slice(0, -1).map((text) => text.trimEnd());
  });
}

/** Runs a block that serves, and the commands that follow it; returns what they print. */
export function served(block: Block, command: readonly string[]): Promise<string> {
  return inFolder(async (folder) => {
    const file = join(folder, "service.ts"), [program, ...args] = command as [string];
    writeFileSync(file, resolved(block.code).replaceAll(PORT, "0"));
    const child = spawn(program, [...args, file], { cwd: ROOT, stdio: ["ignore", "pipe", "pipe"] });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text) => output += text);
    }
    let said: string;
    try {
      const port = await until("a port", () => {
        if (child.exitCode !== null) throw new Error(output);
        return /https?:\/\/[^\s/]+:(\d+)/.exec(output)?.[1];
      });
      const script = (block.commands ?? "").replaceAll(PORT, port);
      said = (await run("sh", ["-ec", script])).stdout;
    } finally {
      process.kill(child.pid!, "SIGTERM");
      await ended;
    }
    assert.equal(await ended, 0, output);
    return said;
  });
}

/** What Deno's compiler says of blocks; empty where nothing is wrong. */
export function checkTypes(
  all: readonly { readonly name: string; readonly block: Block }[],
): Promise<string> {
  return inFolder(async (folder) => {
    const files = all.map(({ name, block }) => {
      const file = join(folder, `${name.replace(/\W/g, "_")}_${block.line}.ts`);
      writeFileSync(file, resolved(block.code) + "\nexport {};\n");
      return file;
    });
    const said = await run(process.execPath, ["check", "--quiet", ...files], { cwd: ROOT })
      .catch((error: { readonly stderr: string }) => error);
    return said.stderr;
  });
}
