import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";

/** It shows 80 rows unless told otherwise, and gives up before a large heap is counted. */
const WHOLE = ["-nodecount=100000", "-timeout=600"];

/** The reader of profiles that comes with Go. */
export async function pprof(...args: readonly string[]): Promise<string> {
  const env = { ...process.env, PPROF_TMPDIR: tmpdir() };
  const { stdout } = await promisify(execFile)("go", ["tool", "pprof", ...WHOLE, ...args], { env });
  return stdout;
}

/** Runs `use` with the paths of files with these contents. */
export async function withFiles<T>(
  contents: readonly Uint8Array[],
  use: (...paths: string[]) => Promise<T>,
): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), "telltale-profile-"));
  try {
    const paths = contents.map((bytes, i) => {
      const path = join(folder, `${i}.pb.gz`);
      writeFileSync(path, bytes);
      return path;
    });
    return await use(...paths);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** A line of `-top` or of `-peek`. */
export interface Row {
  readonly flat: number;
  readonly cum: number;
}

/** The rows of `-top -unit=ms`, by what is named. */
export function rowsOf(top: string): Map<string, Row> {
  const rows = new Map<string, Row>();
  for (const line of top.split("\n")) {
    const [, flat, cum, name] =
      /^\s*(-?[\d.]+)\w*\s+-?[\d.]+%\s+-?[\d.]+%\s+(-?[\d.]+)\w*\s+-?[\d.]+%\s+(.*)$/
        .exec(line) ?? [];
    if (name !== undefined) rows.set(name, { flat: Number(flat), cum: Number(cum) });
  }
  return rows;
}
