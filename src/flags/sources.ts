/**
 * Flags that come from elsewhere: data that is given, files that are watched.
 *
 * @module
 */
import { refuseUnknown, shown } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { FlagFile, WatchOptions } from "./file.ts";
import type { FormatOptions } from "./format/read.ts";
import { Listeners } from "./listeners.ts";
import type { FlagsOptions } from "./options.ts";
import type { Layer } from "./rule/layer.ts";

/** What sources need. */
export interface SourceParts {
  /** Where they are reported. */
  readonly options: FlagsOptions;
  /** Source of time. */
  readonly clock: Clock;
  /** Counts what goes wrong inside. */
  readonly faults: Faults;
  /** Gives a source its place above those of before, though its flags may come later. */
  readonly reserve: (source: string) => void;
  /** Puts the flags of a source in force; returns how many were changed. Throws for what does not fit. */
  readonly put: (source: string, layer: Layer) => number;
}

/** Reads sources, with code that is loaded with the first of them. */
export class Sources {
  /** Why sources can't be used. */
  readonly problems: Map<string, string> = new Map();
  /** Told of problems, and of undefined once one is solved. */
  readonly onProblem: Listeners<[problem: string | undefined, source: string]>;
  readonly #parts: SourceParts;
  readonly #files = new Set<FlagFile>();
  /** The paths that are watched, by the names of their sources. */
  readonly #watched = new Map<string, string>();
  #isClosed = false;

  /** No sources yet. */
  constructor(parts: SourceParts) {
    this.#parts = parts;
    this.onProblem = new Listeners(parts.faults);
  }

  /** Puts given flags in force. */
  async load(source: string, given: string | object, options: FormatOptions): Promise<void> {
    const { checkFormat, FORMAT_OPTIONS, readFlags } = await load(() => import("./format/read.ts"));
    const what = `load flags ${shown(source)}`;
    refuseUnknown(what, options, FORMAT_OPTIONS);
    checkFormat(what, options);
    this.#parts.put(source, readFlags(given, options));
  }

  /** Watches a file. */
  async watch(path: string, options: WatchOptions): Promise<FlagFile> {
    const { FlagFile } = await load(() => import("./file.ts"));
    // By its name; by its path where a file of another folder has that.
    const name = String(path).replace(/^.*[\\/]/, "");
    const source = this.#watched.has(name) ? String(path) : name;
    if (this.#watched.has(source) || [...this.#watched.values()].includes(path)) {
      throw new TypeError(`Cannot watch flags: ${path} is watched already`);
    }
    this.#watched.set(source, path);
    this.#parts.reserve(source);
    const file = await FlagFile.open(path, options, {
      ...this.#parts,
      source,
      onClose: () => this.#watched.delete(source),
      problem: (source, problem) => this.#tell(source, problem),
    }).catch((error) => {
      this.#watched.delete(source);
      throw error;
    });
    if (this.#isClosed) await file.close();
    else this.#files.add(file);
    return file;
  }

  /** Stops watching. */
  close(): void {
    this.#isClosed = true;
    for (const file of this.#files) void file.close();
    this.#files.clear();
  }

  #tell(source: string, problem: string | undefined): void {
    if (problem === this.problems.get(source)) return;
    if (problem === undefined) this.problems.delete(source);
    else this.problems.set(source, problem);
    this.onProblem.tell(problem, source);
  }
}
