/**
 * Requests by scheme, for who is to be told: a page has no label for it.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Registry } from "../../metrics/registry.ts";

/** How a request came. */
export type Scheme = "http" | "https";

const splits = new WeakMap<Registry, SchemeSplit>();

/**
 * What is known of the schemes of a registry's requests. Nearly every process serves one: then nothing
 * is counted apart. Where a second comes, its requests are counted in a registry of their own as well,
 * and those of the first are what is left.
 */
export class SchemeSplit {
  /** The scheme of the first request; undefined before it. */
  first: Scheme | undefined;
  /** The requests that came by the other one. */
  others: Registry | undefined;

  /** The one of a registry. */
  static of(registry: Registry): SchemeSplit {
    let split = splits.get(registry);
    if (split === undefined) splits.set(registry, split = new SchemeSplit());
    return split;
  }

  /** Where the requests of the second scheme are counted, beside the registry of all. */
  second(all: Registry, clock: Clock | undefined): Registry {
    // By way of the one at hand: who has none need not load the class.
    const { constructor, faults } = all;
    return this.others ??= new (constructor as typeof Registry)({ faults, clock });
  }
}
