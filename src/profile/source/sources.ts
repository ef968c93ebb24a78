/**
 * The sources of the code that runs: which scripts have a map, and what it says.
 *
 * @module
 */
import { readFile, stat } from "node:fs/promises";
import { setImmediate } from "node:timers/promises";
import { deno, mayRead } from "../../core/platform.ts";
import { asGiven, type Locate, pathOf, type Position } from "../sample/places.ts";
import { SourceMap } from "./mappings.ts";
import { tracedPosition } from "./traced_positions.ts";

/** Scripts whose maps are kept, and positions; the caches start again when they are full. */
const MAX_SCRIPTS = 200, MAX_POSITIONS = 20_000;
/** A larger script or map is not read: decoding 16 MB blocks for a quarter of a second. */
const MAX_BYTES = 16 * 1024 * 1024;
/** Positions that are traced before other work gets its turn: 2 ms. */
const TRACED_AT_ONCE = 20;

/** A position in the code that runs; the line from 1, the column from 0. */
export interface CodePosition {
  readonly url: string;
  readonly line: number;
  readonly column: number;
}

/** Finds the positions of profiles in their sources. Remembers what it has found. */
export class Sources {
  /** How long searches have held the thread, together. */
  busyMs = 0;
  readonly #maps = new Map<string, SourceMap | undefined>();
  readonly #traced = new Map<string, Position>();

  /**
   * Reads the maps that these positions need, and returns what translates them. A position without a map,
   * or whose map can't be read, stays as the runtime gives it.
   */
  async of(positions: Iterable<CodePosition>): Promise<Locate> {
    let count = 0, since = performance.now();
    for (const { url, line, column } of positions) {
      if (isTranspiled(url)) {
        if (this.#trace(url, line, column) && ++count % TRACED_AT_ONCE === 0) {
          this.busyMs += performance.now() - since;
          await setImmediate();
          since = performance.now();
        }
      } else if (!this.#maps.has(url)) {
        if (this.#maps.size >= MAX_SCRIPTS) this.#maps.clear();
        this.#maps.set(url, await mapOf(url));
      }
    }
    this.busyMs += performance.now() - since;
    return (url, line, column) => this.#locate(url, line, column);
  }

  #locate(url: string, line: number, column: number): Position {
    const traced = this.#traced.get(keyOf(url, line, column));
    if (traced !== undefined) return traced;
    const found = this.#maps.get(url)?.locate(line, column);
    return found === undefined
      ? asGiven(url, line, column)
      : { file: pathOf(found.url), line: found.line };
  }

  /** Whether it was new. */
  #trace(url: string, line: number, column: number): boolean {
    const key = keyOf(url, line, column);
    if (this.#traced.has(key)) return false;
    if (this.#traced.size >= MAX_POSITIONS) this.#traced.clear();
    const found = tracedPosition(url, line, column) ?? { url, line };
    this.#traced.set(key, { file: pathOf(found.url), line: found.line });
    return true;
  }
}

function keyOf(url: string, line: number, column: number): string {
  return `${line}:${column} ${url}`;
}

/** Whether the runtime runs other lines than those of this file, and tells their origin in traces only. */
function isTranspiled(url: string): boolean {
  return deno !== undefined && /^(file|https?):.*\.([mc]?ts|[tj]sx)$/.test(url);
}

const COMMENT = /^\/\/[#@] sourceMappingURL=(\S+)\s*$/gm;

/** The map that a script names in its last line, or that lies beside it. */
async function mapOf(url: string): Promise<SourceMap | undefined> {
  // Where TypeScript runs without being transpiled to a file, there is no map to be read.
  if (!url.startsWith("file://") || !/\.[mc]?js$/.test(url)) return undefined;
  try {
    const text = await textOf(pathOf(url));
    if (text === undefined) return undefined;
    const named = [...text.matchAll(COMMENT)].at(-1)?.[1];
    if (named?.startsWith("data:")) {
      return new SourceMap(await (await fetch(named)).text(), url);
    }
    const mapUrl = new URL(named ?? `${url}.map`, url).href;
    const map = await textOf(pathOf(mapUrl));
    return map === undefined ? undefined : new SourceMap(map, mapUrl);
  } catch {
    return undefined; // There is none, or it is damaged: positions stay those of the script.
  }
}

async function textOf(path: string): Promise<string | undefined> {
  if (!mayRead(path) || (await stat(path)).size > MAX_BYTES) return undefined;
  return await readFile(path, "utf8");
}
