/**
 * Lines with the patterns of their messages.
 *
 * @module
 */
import { Drain, type Pattern } from "../../src/console/line/drain.ts";
import { Table } from "./table.ts";

/** Lines; each has its pattern in the field `pattern`, which changes for all of a pattern at once. */
export class LogTable extends Table {
  #patterns = new Drain();
  /** The name that the rows have for each. */
  #names = new Map<Pattern, string>();

  override add(fields: Readonly<Record<string, unknown>>): void {
    const pattern = this.#patterns.add(String(fields.message ?? "")), { text } = pattern;
    const name = this.#names.get(pattern);
    if (name !== undefined && name !== text) this.rename("pattern", name, text);
    this.#names.set(pattern, text);
    super.add({ ...fields, pattern: text });
  }

  override clear(): void {
    this.#patterns = new Drain();
    this.#names = new Map();
    super.clear();
  }
}
