/**
 * The store of flags.
 *
 * @module
 */
import { requireGiven } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import { ASYNC_DISPOSE } from "../core/dispose.ts";
import { Faults } from "../core/faults.ts";
import type { Histogram } from "../metrics/instrument/histogram.ts";
import type {
  Checked,
  FlagDefinitions,
  FlagShapes,
  KeyOf,
  Requirements,
  ShapesOf,
} from "./rule/definition.ts";
import { type Layer, ownLayer } from "./rule/layer.ts";
import type { FlagDetails } from "./rule/outcome.ts";
import type { FlagPatch } from "./rule/patch.ts";
import type { FlagContext, FlagKind, FlagObject } from "./rule/value.ts";
import { type FlagChange, type FlagInfo, mark } from "./change.ts";
import type { EffectOptions, FlagEffect } from "./effect/effect.ts";
import type { Trip } from "./effect/watch.ts";
import { Evaluator } from "./evaluator.ts";
import type { FlagFile, WatchOptions } from "./file.ts";
import type { FormatOptions } from "./format/read.ts";
import { Guards } from "./guards.ts";
import { Listeners } from "./listeners.ts";
import { type Evaluation, Observer } from "./observer.ts";
import type { FlagsOptions } from "./options.ts";
import { detailsOf } from "./rule/kinds.ts";
import { Sources } from "./sources.ts";
import { Table, type TableChange } from "./table.ts";
import { FlagUsage } from "./usage.ts";

/** The flags that `define` knows of, besides those of before. */
export type Joined<Old extends FlagShapes, New extends FlagShapes> = string extends keyof Old ? New
  : Old & New;

/**
 * Holds feature flags and evaluates them. An evaluation never throws: what goes wrong gives the fallback,
 * with a reason and an error code. Each is counted, and noted in the row and the span of its request as
 * `flag.<key>`.
 *
 * @example
 * ```ts
 * import { Flags } from "@telltale/telltale/flags";
 * import assert from "node:assert/strict";
 *
 * const flags = new Flags().define({
 *   new_checkout: {
 *     default: false,
 *     rules: [{ when: { country: ["DE", "FR"], version: { semver: "^1.2.0" } }, serve: true }],
 *     rollout: { percentage: 10, by: "user_id" },
 *   },
 *   color: { default: "blue", variants: { blue: "#00f", red: "#f00" } },
 * });
 * const context = { user_id: "u-17", country: "DE", version: "1.4.0" };
 * assert.equal(flags.boolean("new_checkout", context), true);
 * assert.equal(flags.details("new_checkout", context).reason, "TARGETING_MATCH");
 *
 * flags.set("color", { default: "red" });
 * assert.equal(flags.string("color"), "#f00");
 * ```
 */
export class Flags<Shapes extends FlagShapes = FlagShapes> {
  readonly #options: FlagsOptions;
  readonly #clock: Clock;
  readonly #faults: Faults;
  readonly #table = new Table();
  readonly #evaluator: Evaluator;
  readonly #changes: Listeners<[change: FlagChange]>;
  /** The last change of each flag. */
  readonly #last = new Map<string, FlagChange>();
  readonly #sources: Sources;
  readonly #guards: Guards;
  #usage: Histogram<"flag" | "variant" | "result"> | undefined;

  /**
   * Makes a store without flags.
   *
   * @throws {TypeError} for an unknown option, or one of the wrong kind
   * @throws {RangeError} for a number that is out of range
   */
  constructor(options: FlagsOptions = {}) {
    const observer = new Observer(options);
    this.#options = options;
    const clock = this.#clock = options.clock ?? systemClock;
    this.#faults = options.faults ?? new Faults();
    this.#evaluator = new Evaluator(this.#table, observer, options, clock, this.#faults);
    const parts = { options, clock, faults: this.#faults };
    this.#changes = new Listeners(this.#faults);
    this.#sources = new Sources({
      ...parts,
      reserve: (source) => this.#table.reserve(source),
      put: (source, layer) => this.#put(source, layer),
    });
    this.#guards = new Guards({
      ...parts,
      table: this.#table,
      turnOff: (key, variant) => this.#turnOff(key, variant),
    });
    this.#table.onMisfit = (_, error) => this.#faults.record("flag change", error);
  }

  /**
   * Defines flags, and returns the store with their keys and variants known to the type system. A file that
   * has a flag of the same key replaces its definition.
   *
   * @throws {TypeError} for a definition that is not one, and for a key that is taken
   * @throws {RangeError} for a number that is out of range
   */
  define<const D extends FlagDefinitions>(
    definitions:
      & D
      & {
        readonly [Key in keyof D]: Checked<D[Key]> & Requirements<Joined<Shapes, ShapesOf<D>>>;
      },
  ): Flags<Joined<Shapes, ShapesOf<D>>> {
    requireGiven("define flags", definitions, "definitions");
    this.#changed(this.#table.define(ownLayer(definitions)), "define", "added");
    return this as unknown as Flags<Joined<Shapes, ShapesOf<D>>>;
  }

  /** The value of a boolean flag; the fallback after an error, and for a flag that does not exist. */
  boolean(key: KeyOf<Shapes, "boolean">, context?: FlagContext, fallback = false): boolean {
    const { value } = this.#evaluator.resolve(key, context, "boolean");
    return typeof value === "boolean" ? value : fallback;
  }

  /** The value of a flag of texts; the fallback after an error, and for a flag that does not exist. */
  string(key: KeyOf<Shapes, "string">, context?: FlagContext, fallback = ""): string {
    const { value } = this.#evaluator.resolve(key, context, "string");
    return typeof value === "string" ? value : fallback;
  }

  /** The value of a flag of numbers; the fallback after an error, and for a flag that does not exist. */
  number(key: KeyOf<Shapes, "number">, context?: FlagContext, fallback = 0): number {
    const { value } = this.#evaluator.resolve(key, context, "number");
    return typeof value === "number" ? value : fallback;
  }

  /** The value of an object flag, frozen; the fallback after an error, and for one that does not exist. */
  object<T extends object = FlagObject>(
    key: KeyOf<Shapes, "object">,
    context?: FlagContext,
    fallback: T = {} as T,
  ): T {
    const { value } = this.#evaluator.resolve(key, context, "object");
    return typeof value === "object" ? value as T : fallback;
  }

  /**
   * The value of a flag of any kind, with its variant and reason, and what went wrong.
   *
   * @param kind the kind that is wanted; another is a `TYPE_MISMATCH`
   * @param hasDefault whether the caller takes a default of its own after an error and where the flag is
   * disabled, as OpenFeature's do: there is no value and no variant then, and none is reported
   */
  details<Key extends keyof Shapes & string>(
    key: Key,
    context?: FlagContext,
    kind?: FlagKind,
    hasDefault?: boolean,
  ): FlagDetails<Shapes[Key]["variant"]> {
    return detailsOf(
      this.#evaluator.resolve(key, context, kind, hasDefault),
      this.#table.flags.get(key)?.metadata,
    );
  }

  /**
   * Times the work of a feature, from now to the end of the block, and records its result.
   *
   * @example
   * ```ts
   * import { Flags } from "@telltale/telltale/flags";
   * import assert from "node:assert/strict";
   *
   * const flags = new Flags().define({ new_checkout: { default: true } });
   * {
   *   using usage = flags.usage("new_checkout");
   *   assert.equal(usage.value, true);
   *   usage.result("paid");
   * }
   * ```
   */
  usage(key: keyof Shapes & string, context?: FlagContext): FlagUsage {
    const histogram = this.#usage ??= this.#options.metrics?.histogram(
      "feature_flag_usage_duration_seconds",
      "How long the work of a feature took",
      ["flag", "variant", "result"],
      { unit: "seconds", maxSeries: 500 },
    );
    return new FlagUsage(key, this.#evaluator.resolve(key, context), {
      clock: this.#clock,
      histogram,
    });
  }

  /**
   * Changes a flag from now on, above code and files; parts that are not given stay as they are. `undefined`
   * takes all changes back. Who may call it decides who controls the application.
   *
   * @throws {TypeError} for a flag that does not exist, and for a patch that does not fit
   * @throws {RangeError} for a number that is out of range
   */
  set<Key extends keyof Shapes & string>(
    key: Key,
    patch: FlagPatch<Shapes[Key]> | undefined,
  ): void {
    this.#changed(this.#table.patch(key, patch as FlagPatch | undefined), "set");
  }

  /**
   * Puts flags in force that came from elsewhere, above those of code: a text of JSON, or the data that it
   * stands for. They replace all that were loaded under the same name before.
   *
   * @param source a name for them, which marks of changes say
   * @throws {SyntaxError} for a text that is no JSON
   * @throws {TypeError} for a flag that is not one, or of another kind than code defines
   * @throws {RangeError} for a number that is out of range
   */
  load(source: string, given: string | object, options: FormatOptions = {}): Promise<void> {
    return this.#sources.load(source, given, options);
  }

  /**
   * Puts the flags of a file in force now and whenever it changes, above those of code and earlier files.
   *
   * @throws {TypeError} for a file that can't be used, unless it is not `required`, and for an option that is
   * unknown or of the wrong kind
   * @throws {RangeError} for a number that is out of range
   */
  watch(path: string, options: WatchOptions = {}): Promise<FlagFile> {
    return this.#sources.watch(path, options);
  }

  /**
   * What a flag does to the requests that evaluated it: errors, mean and p99 of the latency by variant, from
   * the rows, with verdicts that hold however often they are looked at. Requests are added up from the first
   * call on, beginning with the rows held; a change of the flag begins anew.
   *
   * @throws {TypeError} where no rows are kept, and for an unknown option
   * @throws {RangeError} for an option out of range
   */
  effect(key: keyof Shapes & string, options: EffectOptions = {}): Promise<FlagEffect> {
    return this.#guards.effect(key, options);
  }

  /** Lets guards look at once, as they do every second; resolves to the variants that were turned off. */
  guard(): Promise<readonly Trip[]> {
    return this.#guards.look();
  }

  /** Reports an evaluation that another provider made as one of these flags: see `./openfeature`. */
  report(evaluation: Evaluation): void {
    this.#evaluator.report(evaluation);
  }

  /** Why files of flags can't be used, by source; the last good flags are in force meanwhile. */
  get problems(): ReadonlyMap<string, string> {
    return this.#sources.problems;
  }

  /** Calls `listener` when a file turns bad, and with undefined when it is good again. */
  onProblem(listener: (problem: string | undefined, source: string) => void): () => void {
    return this.#sources.onProblem.add(listener);
  }

  /** The keys of all flags. */
  get keys(): readonly string[] {
    return [...this.#table.flags.keys()];
  }

  /** All flags as plain data, for people and consoles. */
  list(): FlagInfo[] {
    return this.#table.list(this.#last);
  }

  /** Calls `listener` for every change of a flag; returns a function that removes it. */
  onChange(listener: (change: FlagChange) => void): () => void {
    return this.#changes.add(listener);
  }

  /** Stops watching files. Flags can still be evaluated. */
  close(): Promise<void> {
    this.#guards.close();
    this.#sources.close();
    return Promise.resolve();
  }

  /** {@linkcode Flags.close}. */
  [ASYNC_DISPOSE](): Promise<void> {
    return this.close();
  }

  #turnOff(key: string, variant: string): void {
    const off = [...this.#table.definition(key)?.off ?? [], variant];
    this.#changed(this.#table.patch(key, { off }), "guard");
  }

  #put(source: string, layer: Layer): number {
    const isFirst = !this.#table.has(source), changes = this.#table.load(source, layer);
    this.#changed(changes, source, isFirst ? "added" : undefined);
    return changes.length;
  }

  /** @param unmarked changes of this kind are not marked: they are the first of their source */
  #changed(
    changes: readonly TableChange[],
    by: string,
    unmarked?: FlagChange["change"],
  ): void {
    const timeMs = this.#clock.now();
    const told = changes.map((change): FlagChange => ({ ...change, by, timeMs }));
    for (const change of told) this.#changes.tell(change);
    this.#guards.changed(changes.map(({ key }) => key));
    const marked = told.filter(({ change }) => change !== unmarked);
    for (const change of marked) this.#last.set(change.key, change);
    this.#faults.guard("flag mark", () => mark(marked, this.#options));
  }
}
