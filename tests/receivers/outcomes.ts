/** What each way changes, value by value, in a file beside the tests. */
import { readFileSync, writeFileSync } from "node:fs";
import process from "node:process";
import type { Arrived, Outcome } from "./difference.ts";

/** The outcomes of the ways of one signal, by the name of the way. */
export class Outcomes {
  readonly stored: Readonly<Record<string, Outcome>>;
  readonly #file: URL;

  constructor(name: string) {
    this.#file = new URL(name, import.meta.url);
    this.stored = JSON.parse(readFileSync(this.#file, "utf8"));
  }

  /**
   * What came of the ways that are run, by name. `TELLTALE_RECEIVERS=write` writes it, to be read in the diff; a
   * receiver that is not here keeps what it had.
   */
  take(
    all: readonly string[],
    run: readonly string[],
    arrived: readonly Arrived[],
  ): ReadonlyMap<string, Arrived> {
    const found = new Map(run.map((name, i) => [name, arrived[i]!]));
    if (process.env.TELLTALE_RECEIVERS === "write") {
      const outcomes = all.map((name) => [name, found.get(name)?.outcome ?? this.stored[name]]);
      writeFileSync(this.#file, `${JSON.stringify(Object.fromEntries(outcomes), null, 2)}\n`);
    }
    return found;
  }
}
