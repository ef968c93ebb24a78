/**
 * A provider for OpenFeature's server SDK.
 *
 * @module
 */
import { check } from "../../core/check.ts";
import { current } from "../../core/context.ts";
import { Faults } from "../../core/faults.ts";
import type { Flags } from "../../flags/flags.ts";
import { PROVIDER } from "../../flags/observer.ts";
import type { FlagKind } from "../../flags/rule/value.ts";
import { ProviderEvents } from "./emitter.ts";
import type { FlagHolder, OpenFeatureContext, Resolution } from "./shapes.ts";

/**
 * Lets OpenFeature's server SDK (1.x) ask the flags of Telltale: `OpenFeature.setProvider(new
 * TelltaleProvider(t))`. Evaluations are observed as those of `t.flags`; no hook is needed.
 *
 * A disabled flag gives the caller's default, as OpenFeature has it. Flags that are changed emit
 * `PROVIDER_CONFIGURATION_CHANGED`; while a file of flags is bad, the provider is stale.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { TelltaleProvider } from "@telltale/telltale/openfeature";
 * import assert from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * t.flags.define({ new_checkout: { default: true } });
 * const provider = new TelltaleProvider(t); // OpenFeature.setProviderAndWait(provider)
 * const { value, variant } = await provider.resolveBooleanEvaluation("new_checkout", false, {});
 * assert.deepEqual([value, variant], [true, "on"]);
 * ```
 */
export class TelltaleProvider {
  /** The provider's name. */
  readonly metadata = { name: PROVIDER } as const;
  /** It is for servers. */
  readonly runsOn = "server";
  /** Events of the provider. */
  // deno-lint-ignore no-explicit-any -- The SDK's emitter is a class of its own; it is met by shape.
  readonly events: any;
  readonly #flags: Flags;
  readonly #undo: (() => void)[] = [];
  #changed: Set<string> | undefined;

  /**
   * Makes a provider of `telltale()`, or of anything that holds flags.
   *
   * @throws {TypeError} for what holds no flags
   */
  constructor(holder: FlagHolder) {
    const flags = holder?.flags;
    const isRight = typeof flags?.details === "function" && typeof flags.onChange === "function";
    check(isRight, "make provider", "it must be given telltale()", holder, TypeError);
    this.#flags = flags;
    this.events = new ProviderEvents(holder.faults ?? new Faults());
    this.#undo.push(
      flags.onChange(({ key }) => this.#change(key)),
      flags.onProblem((problem) => this.#tell(flags.problems.size, problem)),
    );
  }

  /**
   * Resolves at once: flags of code are ready, and those of files by the time that `watch` resolves. Where a
   * file is bad already, the provider is stale right after.
   */
  initialize(_context?: OpenFeatureContext): Promise<void> {
    const [problem] = this.#flags.problems.values();
    // The SDK makes it ready once this is resolved.
    if (problem !== undefined) setTimeout(() => this.#tell(this.#flags.problems.size, problem));
    return Promise.resolve();
  }

  /** Ends the events. It is the application that closes `t`; what is asked afterwards is still answered. */
  onClose(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo();
    this.events.removeAllHandlers();
    return Promise.resolve();
  }

  /** Resolves a boolean flag. Never rejects. */
  resolveBooleanEvaluation(
    key: string,
    fallback: boolean,
    context: OpenFeatureContext,
    _logger?: unknown,
  ): Promise<Resolution<boolean>> {
    return this.#resolve(key, fallback, context, "boolean");
  }

  /** Resolves a flag of texts. Never rejects. */
  resolveStringEvaluation(
    key: string,
    fallback: string,
    context: OpenFeatureContext,
    _logger?: unknown,
  ): Promise<Resolution<string>> {
    return this.#resolve(key, fallback, context, "string");
  }

  /** Resolves a flag of numbers. Never rejects. */
  resolveNumberEvaluation(
    key: string,
    fallback: number,
    context: OpenFeatureContext,
    _logger?: unknown,
  ): Promise<Resolution<number>> {
    return this.#resolve(key, fallback, context, "number");
  }

  /** Resolves an object flag. Never rejects. */
  resolveObjectEvaluation<T>(
    key: string,
    fallback: T,
    context: OpenFeatureContext,
    _logger?: unknown,
  ): Promise<Resolution<T>> {
    return this.#resolve(key, fallback, context, "object");
  }

  /** Notes what a subject did in the row of its request, as `track.<name>`, so that variants can be compared by it. */
  track(name: string, _context?: OpenFeatureContext, details?: { readonly value?: number }): void {
    current()?.tally?.note(`track.${name}`, details?.value ?? true);
  }

  #resolve<T>(
    key: string,
    fallback: T,
    context: OpenFeatureContext,
    kind: FlagKind,
  ): Promise<Resolution<T>> {
    const details = this.#flags.details(key, context, kind, true);
    const { reason, errorCode, errorMessage, metadata: flagMetadata } = details;
    const isDefault = errorCode !== undefined || reason === "DISABLED" ||
      details.value === undefined;
    const value = isDefault ? fallback : details.value as T;
    // The caller's default is no variant.
    const variant = isDefault ? undefined : details.variant;
    return Promise.resolve({ value, variant, reason, errorCode, errorMessage, flagMetadata });
  }

  #tell(problems: number, problem: string | undefined): void {
    if (problems === 0) this.events.emit("PROVIDER_READY");
    else if (problem !== undefined) this.events.emit("PROVIDER_STALE", { message: problem });
  }

  /** One event for all flags that are changed together. */
  #change(key: string): void {
    if (this.#changed !== undefined) return void this.#changed.add(key);
    const changed = this.#changed = new Set([key]);
    queueMicrotask(() => {
      this.#changed = undefined;
      this.events.emit("PROVIDER_CONFIGURATION_CHANGED", { flagsChanged: [...changed] });
    });
  }
}
