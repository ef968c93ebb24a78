/**
 * Where profiles are kept: a bounded number, of bounded size, the oldest leave first.
 *
 * @module
 */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Faults } from "../../core/faults.ts";
import { mayRead, mayWrite } from "../../core/platform.ts";

/** A profile that is kept. */
export interface KeptProfile {
  /** Names it, and sorts by its time. */
  readonly id: string;
  /** The size of the gzipped file. */
  readonly bytes: number;
}

/** The bounds of what is kept. */
export interface ShelfBounds {
  readonly keepFiles: number;
  readonly keepBytes: number;
}

/** Keeps profiles. */
export interface Shelf {
  /** Keeps one; false when it alone is too large. What has to leave for it is deleted. */
  add(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean>;
  /** What is kept, oldest first. */
  list(): Promise<readonly KeptProfile[]>;
  /** The gzipped profile; undefined when it is not kept. */
  read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined>;
}

/** What an id looks like: a time, a kind and random digits. */
const ID = /^\d{8}T\d{6}\.\d{3}Z-[a-z]+-[0-9a-f]{8}$/;

/** An id for a profile that begins now. */
export function profileId(nowMs: number, kind: string): string {
  const time = new Date(nowMs).toISOString().replace(/[-:]/g, "");
  return `${time}-${kind}-${crypto.randomUUID().slice(0, 8)}`;
}

/** How many of the oldest have to leave. */
function surplus(kept: readonly KeptProfile[], { keepFiles, keepBytes }: ShelfBounds): number {
  let bytes = kept.reduce((sum, each) => sum + each.bytes, 0), count = 0;
  while (kept.length - count > keepFiles || bytes > keepBytes) bytes -= kept[count++]!.bytes;
  return count;
}

/** Keeps profiles in memory. */
export class MemoryShelf implements Shelf {
  readonly #kept = new Map<string, Uint8Array<ArrayBuffer>>();
  readonly #bounds: ShelfBounds;

  constructor(bounds: ShelfBounds) {
    this.#bounds = bounds;
  }

  async add(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (bytes.length > this.#bounds.keepBytes) return false;
    this.#kept.set(id, bytes);
    const kept = await this.list();
    for (const { id } of kept.slice(0, surplus(kept, this.#bounds))) this.#kept.delete(id);
    return true;
  }

  list(): Promise<readonly KeptProfile[]> {
    const kept = [...this.#kept].map(([id, { length: bytes }]) => ({ id, bytes }));
    return Promise.resolve(kept.sort(byId));
  }

  read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return Promise.resolve(this.#kept.get(id));
  }
}

const PREFIX = "telltale-", SUFFIX = ".pb.gz";
/** A file that is still being written is not old; what a process left that died then, is. */
const STALE_MS = 60_000;

/** Keeps profiles in a folder, which other processes may use as well: the bounds are those of the folder. */
export class DiskShelf implements Shelf {
  readonly #dir: string;
  readonly #bounds: ShelfBounds;

  constructor(dir: string, bounds: ShelfBounds) {
    this.#dir = dir;
    this.#bounds = bounds;
  }

  async add(id: string, bytes: Uint8Array<ArrayBuffer>): Promise<boolean> {
    if (bytes.length > this.#bounds.keepBytes) return false;
    await mkdir(this.#dir, { recursive: true, mode: 0o700 });
    const path = this.#pathOf(id);
    // Whoever reads the folder never sees half a file.
    await writeFile(`${path}.part`, bytes, { mode: 0o600 });
    await rename(`${path}.part`, path);
    const kept = await this.list();
    for (const { id } of kept.slice(0, surplus(kept, this.#bounds))) await this.#remove(id);
    return true;
  }

  async list(): Promise<readonly KeptProfile[]> {
    const kept: KeptProfile[] = [];
    for (const name of await readdir(this.#dir).catch(() => [])) {
      if (!name.startsWith(PREFIX)) continue;
      const path = join(this.#dir, name);
      if (name.endsWith(`${SUFFIX}.part`)) {
        const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Infinity }));
        if (mtimeMs < Date.now() - STALE_MS) await rm(path, { force: true });
        continue;
      }
      const id = name.slice(PREFIX.length, -SUFFIX.length);
      if (!name.endsWith(SUFFIX) || !ID.test(id)) continue;
      // Another process may have deleted it.
      const found = await stat(path).catch(() => undefined);
      if (found !== undefined) kept.push({ id, bytes: found.size });
    }
    return kept.sort(byId);
  }

  async read(id: string): Promise<Uint8Array<ArrayBuffer> | undefined> {
    // Anything else could lead out of the folder.
    if (!ID.test(id)) return undefined;
    const bytes = await readFile(this.#pathOf(id)).catch(() => undefined);
    return bytes === undefined ? undefined : new Uint8Array(bytes);
  }

  #remove(id: string): Promise<void> {
    return rm(this.#pathOf(id), { force: true });
  }

  #pathOf(id: string): string {
    return join(this.#dir, PREFIX + id + SUFFIX);
  }
}

/** Where profiles are kept: in a folder, or in memory where there is none that may be used. */
export function shelfOf(dir: string | undefined, bounds: ShelfBounds, faults: Faults): Shelf {
  if (dir === undefined) return new MemoryShelf(bounds);
  if (mayRead(dir) && mayWrite(dir)) return new DiskShelf(dir, bounds);
  const need = `--allow-read=${dir} and --allow-write=${dir}`;
  faults.record("profiles", new Error(`Cannot keep profiles in ${dir} without ${need}`));
  return new MemoryShelf(bounds);
}

function byId(a: KeptProfile, b: KeptProfile): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
