/**
 * The flags in force: definitions of code, files above them, changes of run time on top.
 *
 * @module
 */
import { shown } from "../core/check.ts";
import type { FlagDefinition } from "./rule/definition.ts";
import { type Entry, type Layer, ownEntry } from "./rule/layer.ts";
import { type Flag, Outcome, type Scope } from "./rule/outcome.ts";
import { KNOWN_DEFINITION } from "./rule/own.ts";
import type { FlagPatch } from "./rule/patch.ts";
import type { FlagContext } from "./rule/value.ts";
import type { FlagChange, FlagInfo } from "./change.ts";

const MAX_FLAGS = 10_000;

/** What a commit changed. */
export type TableChange = Pick<FlagChange, "key" | "change">;

/** Flags by key, of several layers. Each change makes a new map and swaps it in whole. */
export class Table {
  /** The flags in force. */
  flags: ReadonlyMap<string, Flag> = new Map();
  #texts: ReadonlyMap<string, string> = new Map();
  #code: Layer = new Map();
  #files: ReadonlyMap<string, Layer> = new Map();
  #patches: ReadonlyMap<string, FlagPatch> = new Map();
  /** Sources, the lowest first: not by when they were read, which another start may do in another order. */
  readonly #order = new Set<string>();
  /** Called with a change of run time that a new file leaves no room for. */
  onMisfit: (key: string, error: unknown) => void = () => {};

  /** Adds definitions of code. @throws {TypeError} when a key is taken, or flags require each other */
  define(layer: Layer): TableChange[] {
    for (const key of layer.keys()) {
      if (!this.#code.has(key)) continue;
      throw new TypeError(`Cannot define flag ${shown(key)}: the key is taken`);
    }
    return this.#commit(new Map([...this.#code, ...layer]), this.#files, this.#patches);
  }

  /** Whether a source has a layer. */
  has(source: string): boolean {
    return this.#files.has(source);
  }

  /** Gives a source its place above those of before. */
  reserve(source: string): void {
    this.#order.add(source);
  }

  /** Sets the layer of a source, or removes it. @throws {TypeError} when flags don't fit */
  load(source: string, layer: Layer | undefined): TableChange[] {
    this.#order.add(source);
    const files = new Map<string, Layer>();
    for (const one of this.#order) {
      const its = one === source ? layer : this.#files.get(one);
      if (its !== undefined) files.set(one, its);
    }
    return this.#commit(this.#code, files, this.#patches);
  }

  /** Changes a flag, or takes all changes back. @throws {TypeError} for what does not fit */
  patch(key: string, patch: FlagPatch | undefined): TableChange[] {
    const entry = this.#entry(key, this.#code, this.#files);
    if (entry === undefined) {
      throw new TypeError(`Cannot set flag ${shown(key)}: it is not defined`);
    }
    const patches = new Map(this.#patches);
    if (patch === undefined) patches.delete(key);
    else {
      const merged = { ...patches.get(key), ...patch };
      patched(key, entry, merged);
      patches.set(key, merged);
    }
    return this.#commit(this.#code, this.#files, patches);
  }

  /** The definition in force of a flag of our own form. */
  definition(key: string): FlagDefinition | undefined {
    const entry = this.#entry(key, this.#code, this.#files), patch = this.#patches.get(key);
    return entry?.definition && { ...entry.definition, ...patch };
  }

  /** What there is to know about each flag. */
  list(changes: ReadonlyMap<string, FlagChange>): FlagInfo[] {
    return [...this.flags.values()].map(({ key, kind, variants, base }) => ({
      key,
      kind,
      variants,
      default: base,
      definition: this.definition(key),
      changed: changes.get(key),
    }));
  }

  #entry(key: string, code: Layer, files: ReadonlyMap<string, Layer>): Entry | undefined {
    let found = code.get(key);
    for (const layer of files.values()) found = layer.get(key) ?? found;
    return found;
  }

  #commit(
    code: Layer,
    files: ReadonlyMap<string, Layer>,
    patches: ReadonlyMap<string, FlagPatch>,
  ): TableChange[] {
    const keys = new Set([
      ...code.keys(),
      ...[...files.values()].flatMap((one) => [...one.keys()]),
    ]);
    if (keys.size > MAX_FLAGS) {
      throw new RangeError(
        `Cannot load flags: they must be at most ${MAX_FLAGS}, got ${keys.size}`,
      );
    }
    const flags = new Map<string, Flag>(), texts = new Map<string, string>();
    for (const key of keys) {
      const given = this.#entry(key, code, files)!;
      checkKind(key, code.get(key)?.flag, given.flag);
      const patch = patches.get(key);
      const entry = patch === undefined ? given : this.#patchedOr(key, given, patch);
      const isSame = this.#texts.get(key) === entry.text;
      // The same flag keeps its outcomes, and their counters.
      flags.set(key, isSame ? this.flags.get(key)! : entry.flag);
      texts.set(key, entry.text);
    }
    refuseCircles(flags);
    const changes: TableChange[] = [];
    for (const [key, text] of texts) {
      const before = this.#texts.get(key);
      if (before !== text) {
        changes.push({ key, change: before === undefined ? "added" : "changed" });
      }
    }
    for (const key of this.#texts.keys()) {
      if (!texts.has(key)) changes.push({ key, change: "removed" });
    }
    this.flags = flags;
    this.#texts = texts;
    this.#code = code;
    this.#files = files;
    this.#patches = patches;
    return changes;
  }

  #patchedOr(key: string, entry: Entry, patch: FlagPatch): Entry {
    try {
      return patched(key, entry, patch);
    } catch (error) {
      this.onMisfit(key, error);
      return entry;
    }
  }
}

function patched(key: string, { flag, definition, text }: Entry, patch: FlagPatch): Entry {
  if (definition !== undefined) return ownEntry(key, { ...definition, ...patch } as FlagDefinition);
  for (const name of Object.keys(patch)) {
    if (name === "enabled" && typeof patch.enabled === "boolean") continue;
    const rule = Object.hasOwn(KNOWN_DEFINITION, name)
      ? `a flag of another format takes only "enabled"`
      : "unknown option";
    throw new TypeError(`Cannot set flag ${shown(key)}: ${rule}, got ${shown(name)}`);
  }
  if (patch.enabled !== false) return { flag, text };
  return { flag: new KilledFlag(flag), text: `${text} killed` };
}

/** A flag of another format whose kill switch was used. */
class KilledFlag implements Flag {
  readonly key: string;
  readonly kind: Flag["kind"];
  readonly variants: readonly string[];
  readonly base: string | undefined;
  readonly version: string | undefined;
  readonly set: string | undefined;
  readonly metadata: Flag["metadata"];
  readonly needs: readonly string[] = [];
  sight: Flag["sight"] = undefined;
  readonly #flag: Flag;
  readonly #outcome = new Outcome(undefined, undefined, "DISABLED");

  constructor(flag: Flag) {
    this.#flag = flag;
    this.key = flag.key;
    this.kind = flag.kind;
    this.variants = flag.variants;
    this.base = flag.base;
    this.version = flag.version;
    this.set = flag.set;
    this.metadata = flag.metadata;
  }

  evaluate(_context: FlagContext, _scope: Scope): Outcome {
    return this.#outcome;
  }

  subject(context: FlagContext): string | undefined {
    return this.#flag.subject(context);
  }
}

function checkKind(key: string, coded: Flag | undefined, flag: Flag): void {
  if (coded?.kind === undefined || flag.kind === undefined || coded.kind === flag.kind) return;
  const rule = `code defines it as a ${coded.kind}, which callers rely on`;
  throw new TypeError(`Cannot load flag ${shown(key)}: ${rule}, got ${flag.kind}`);
}

/** Flags that require each other could never be evaluated. */
function refuseCircles(flags: ReadonlyMap<string, Flag>): void {
  const done = new Set<string>();
  const walk = (key: string, path: readonly string[]): void => {
    const at = path.indexOf(key);
    if (at !== -1) {
      const circle = [...path.slice(at), key].join(" → ");
      throw new TypeError(`Cannot define flag ${shown(key)}: it requires itself, ${circle}`);
    }
    const flag = flags.get(key);
    if (done.has(key) || flag === undefined || flag.isShallow === true) return;
    for (const other of flag.needs) walk(other, [...path, key]);
    done.add(key);
  };
  for (const key of flags.keys()) walk(key, []);
}
