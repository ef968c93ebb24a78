/**
 * Source maps: from a position in generated code to that in its source.
 *
 * @see {@link https://tc39.es/ecma426/}
 * @module
 */

const DIGITS = new Int8Array(128).fill(-1);
for (let i = 0; i < 64; i++) {
  DIGITS["ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".charCodeAt(i)] = i;
}
const COMMA = 44, SEMICOLON = 59;

/** A decoded source map. Names and the columns of sources are left out. */
export class SourceMap {
  readonly #sources: readonly string[];
  /** For each generated line the index of its first segment, and one more for the end. */
  readonly #lines: readonly number[];
  readonly #columns: Int32Array;
  /** For each segment the index of its source, -1 for none. */
  readonly #origins: Int32Array;
  readonly #originLines: Int32Array;

  /**
   * Reads the text of a map.
   *
   * @param url that of the map, to which the paths of sources are relative
   * @throws {SyntaxError} for a text that is no source map of version 3
   */
  constructor(text: string, url: string) {
    // Some servers put a line of `)]}'` in front.
    const map = JSON.parse(text.replace(/^\)\]\}'.*\n/, ""));
    const { mappings, sources, sourceRoot = "" } = map ?? {};
    if (map?.version !== 3 || typeof mappings !== "string" || !Array.isArray(sources)) {
      throw new SyntaxError("Cannot read source map: it must be of version 3, with mappings");
    }
    const root = typeof sourceRoot === "string" && sourceRoot !== ""
      ? sourceRoot.replace(/\/*$/, "/")
      : "";
    this.#sources = sources.map((source) => {
      const path = root + String(source ?? "");
      return URL.parse(path, url)?.href ?? path;
    });
    const lines = [0], columns: number[] = [], origins: number[] = [], originLines: number[] = [];
    let column = 0, origin = 0, originLine = 0;
    for (let at = 0; at < mappings.length;) {
      const code = mappings.charCodeAt(at);
      if (code === SEMICOLON) {
        lines.push(columns.length);
        column = 0;
        at++;
        continue;
      }
      if (code === COMMA) {
        at++;
        continue;
      }
      // One, four or five numbers, each a difference to the one before.
      const fields: number[] = [];
      while (at < mappings.length) {
        const digit = mappings.charCodeAt(at);
        if (digit === COMMA || digit === SEMICOLON) break;
        let value = 0, shift = 0, more = true;
        while (more) {
          const bits = DIGITS[mappings.charCodeAt(at++)] ?? -1;
          if (bits === -1) throw new SyntaxError("Cannot read source map: mappings are damaged");
          value += (bits & 31) * 2 ** shift;
          shift += 5;
          more = (bits & 32) !== 0;
        }
        fields.push(value % 2 === 1 ? -Math.floor(value / 2) : value / 2);
      }
      column += fields[0]!;
      columns.push(column);
      if (fields.length < 4) {
        origins.push(-1);
        originLines.push(0);
        continue;
      }
      origins.push(origin += fields[1]!);
      originLines.push(originLine += fields[2]!);
    }
    lines.push(columns.length);
    this.#lines = lines;
    this.#columns = Int32Array.from(columns);
    this.#origins = Int32Array.from(origins);
    this.#originLines = Int32Array.from(originLines);
  }

  /**
   * The source and its line, from 1, of a position; undefined for generated code that has none.
   *
   * @param line from 1
   * @param column from 0
   */
  locate(line: number, column: number): { url: string; line: number } | undefined {
    let low = this.#lines[line - 1] ?? 0, high = this.#lines[line] ?? low;
    const first = low;
    // The last segment that begins at or before the column.
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#columns[middle]! <= column) low = middle + 1;
      else high = middle;
    }
    // What precedes the first segment of a line is indentation.
    const segment = Math.max(low - 1, first);
    const url = this.#sources[this.#origins[segment] ?? -1];
    if (url === undefined || segment >= (this.#lines[line] ?? first)) return undefined;
    return { url, line: this.#originLines[segment]! + 1 };
  }
}
