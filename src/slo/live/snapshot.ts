/**
 * The file in which the history of SLOs survives a restart.
 *
 * @module
 */
import { fileSystem, mayRead, mayWrite } from "../../core/platform.ts";
import type { SavedSlo } from "./tracker.ts";

/** All SLOs at one moment. */
export interface Snapshot {
  /** Milliseconds since the Unix epoch. */
  readonly savedMs: number;
  /** By name. */
  readonly slos: Readonly<Record<string, SavedSlo>>;
}

const FORMAT = "telltale slo 1";
/** A clock that is set back a little loses no history. */
const TOLERATED_MS = 60_000;

/**
 * Reads a snapshot; undefined where there is none yet.
 *
 * @throws {Error} for a file that is damaged, of another format, or from the future
 */
export function readSnapshot(path: string, nowMs: number): Snapshot | undefined {
  const what = `Cannot continue SLOs from ${path}`;
  if (!mayRead(path)) throw new Error(`${what}: it may not be read`);
  let text: string;
  try {
    text = fileSystem().readFileSync(path, "utf8");
  } catch (error) {
    if ((error as { code?: unknown }).code === "ENOENT") return undefined;
    throw error;
  }
  const [head = "", body = ""] = text.split(/\n(.*)/s);
  if (head !== headOf(body)) throw new Error(`${what}: it is damaged, or no such file`);
  const snapshot: Snapshot = JSON.parse(body);
  const { slos, savedMs } = snapshot ?? {};
  if (typeof slos !== "object" || slos === null || typeof savedMs !== "number") {
    throw new Error(`${what}: it is of another format`);
  }
  if (snapshot.savedMs > nowMs + TOLERATED_MS) throw new Error(`${what}: it is from the future`);
  return snapshot;
}

/** Isolates of one process may write to one path. */
const OWN = /* @__PURE__ */ crypto.randomUUID().slice(0, 8);

/** Replaces the file in one step: a reader finds the old or the new one, whole. */
export async function writeSnapshot(path: string, snapshot: Snapshot): Promise<void> {
  if (!mayWrite(path)) throw new Error(`Cannot save SLOs to ${path}: it may not be written`);
  const { writeFile, rename, rm } = fileSystem().promises;
  const body = JSON.stringify(snapshot), next = `${path}.${OWN}.next`;
  try {
    await writeFile(next, `${headOf(body)}\n${body}`);
    await rename(next, path);
  } catch (error) {
    // A full disk, or a folder in the file's place; what is left would only add to it.
    await rm(next, { force: true }).catch(() => {});
    throw error;
  }
}

/** The format, and a sum over the rest (FNV-1a). */
function headOf(body: string): string {
  let sum = 0x811c9dc5;
  for (let i = 0; i < body.length; i++) {
    sum = Math.imul(sum ^ body.charCodeAt(i), 0x01000193);
  }
  return `${FORMAT} ${(sum >>> 0).toString(16)}`;
}
