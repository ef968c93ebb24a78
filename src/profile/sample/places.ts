/**
 * Where code is in its source, and the frames of a profile.
 *
 * @module
 */
import type { Frame } from "./data.ts";
import type { CallFrame } from "./raw.ts";

/** A position in a source; the line counts from 1. */
export interface Position {
  /** The path or URL of the source. */
  readonly file: string;
  readonly line: number;
}

/** Translates a position of the code that runs, its line from 1, column from 0, into that of its source. */
export type Locate = (url: string, line: number, column: number) => Position;

/** The column to ask for when only the line is known: the last statement of the line. */
export const ANY_COLUMN = 9999;

/** The position as the runtime says it, with a path for a file. */
export const asGiven: Locate = (url, line) => ({ file: pathOf(url), line });

/** The path of a `file:` URL; another URL as it is. `go tool pprof` would collapse its slashes. */
export function pathOf(url: string): string {
  if (!url.startsWith("file://")) return url;
  const path = url.slice("file://".length);
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** The distinct frames of a profile. */
export class FrameTable {
  readonly frames: Frame[] = [];
  readonly #locate: Locate;
  readonly #byKey = new Map<string, number>();

  constructor(locate: Locate) {
    this.#locate = locate;
  }

  /** The index of a function's frame; `line`, from 1, is that of a place in it. */
  indexOf({ functionName, url, lineNumber, columnNumber }: CallFrame, line?: number): number {
    const name = functionName === "" ? "(anonymous)" : functionName;
    const isKnown = url !== "" && lineNumber >= 0;
    const start = isKnown
      ? this.#locate(url, lineNumber + 1, columnNumber)
      : { file: pathOf(url), line: 0 };
    // In a script of one line, the last statement of that line would be another function's.
    const isElsewhere = isKnown && line !== undefined && line !== lineNumber + 1;
    const place = isElsewhere ? this.#locate(url, line, ANY_COLUMN) : start;
    // A line in another source was inlined by a bundler: its function is not this one.
    const at = place.file === start.file ? place.line : start.line;
    return this.add({ name, file: start.file, line: at, startLine: start.line });
  }

  /** The index of a frame. */
  add(frame: Frame): number {
    const key = `${frame.line} ${frame.startLine} ${frame.name}\n${frame.file}`;
    let index = this.#byKey.get(key);
    if (index === undefined) {
      index = this.frames.push(frame) - 1;
      this.#byKey.set(key, index);
    }
    return index;
  }
}
