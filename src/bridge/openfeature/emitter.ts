/**
 * The events of a provider.
 *
 * @module
 */
import type { Faults } from "../../core/faults.ts";
import type { ProviderListener } from "./shapes.ts";

/** Emits events to the handlers of the SDK; what a handler throws is counted. */
export class ProviderEvents {
  readonly #handlers = new Map<string, ProviderListener[]>();
  readonly #faults: Pick<Faults, "record">;

  /** An emitter without handlers. */
  constructor(faults: Pick<Faults, "record">) {
    this.#faults = faults;
  }

  /** Calls the handlers of an event. */
  emit(event: string, details?: object): void {
    for (const handler of [...this.getHandlers(event)]) {
      try {
        const result: unknown = handler(details);
        // Handlers of the SDK are asynchronous.
        Promise.resolve(result).catch((error) => this.#faults.record("openfeature event", error));
      } catch (error) {
        this.#faults.record("openfeature event", error);
      }
    }
  }

  /** Adds a handler. */
  addHandler(event: string, handler: ProviderListener): void {
    const handlers = this.#handlers.get(event);
    if (handlers === undefined) this.#handlers.set(event, [handler]);
    else handlers.push(handler);
  }

  /** Removes a handler. */
  removeHandler(event: string, handler: ProviderListener): void {
    const handlers = this.#handlers.get(event) ?? [], at = handlers.indexOf(handler);
    if (at !== -1) handlers.splice(at, 1);
  }

  /** Removes all handlers, or those of an event. */
  removeAllHandlers(event?: string): void {
    if (event === undefined) this.#handlers.clear();
    else this.#handlers.delete(event);
  }

  /** The handlers of an event. */
  // deno-lint-ignore no-explicit-any -- As the SDK has it.
  getHandlers(event: string): any[] {
    return this.#handlers.get(event) ?? [];
  }

  /** Part of the SDK's shape; nothing is logged here. */
  setLogger(_logger: unknown): this {
    return this;
  }
}
