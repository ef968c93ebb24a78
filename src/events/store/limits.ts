/**
 * Limits of a store of rows, and their checks.
 *
 * @module
 */
import { checkWhole } from "../../core/check.ts";

/** How much is kept. */
export interface RowLimits {
  /**
   * Rows kept, 1 to 65536.
   *
   * @default 10000
   */
  readonly maxRows?: number | undefined;
  /**
   * About what all rows may occupy; at least 65536, and 11 for each row.
   *
   * @default 4194304
   */
  readonly maxBytes?: number | undefined;
  /**
   * Fields, `time` among them, 1 to 1024. Values of more fields are dropped and counted.
   *
   * @default 96
   */
  readonly maxFields?: number | undefined;
  /**
   * Distinct texts of a field that share a dictionary, 1 to 65535; a field with more keeps each text.
   *
   * @default 4096
   */
  readonly maxValues?: number | undefined;
  /**
   * UTF-16 units of a text, 1 to 65536; a longer one is cut.
   *
   * @default 256
   */
  readonly maxLength?: number | undefined;
}

/** Each limit with its default, within its range; a `RangeError` for one that is not. */
export function checkedLimits(limits: RowLimits): { readonly [Name in keyof RowLimits]-?: number } {
  return {
    maxRows: within("maxRows", limits.maxRows ?? 10_000, 1, 65_536),
    maxBytes: within("maxBytes", limits.maxBytes ?? 4 << 20, 65_536, 2 ** 40),
    maxFields: within("maxFields", limits.maxFields ?? 96, 1, 1024),
    maxValues: within("maxValues", limits.maxValues ?? 4096, 1, 65_535),
    maxLength: within("maxLength", limits.maxLength ?? 256, 1, 65_536),
  };
}

function within(name: string, value: number, least: number, most: number): number {
  checkWhole("keep rows", name, value, least, most);
  return value;
}
