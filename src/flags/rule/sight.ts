/**
 * What is kept of the evaluations of one flag.
 *
 * @module
 */
import { head } from "../../core/text.ts";

/** The longest name of a field of a row. */
const MAX_FIELD = 64;
const NOBODY: ReadonlyMap<string, string> = new Map();

/** The field of the row, and attribute of the server span, of a flag; cut where the key is too long. */
export function fieldOf(key: string): string {
  return head(`flag.${key}`, MAX_FIELD);
}

/** The field of a flag, and its subjects with their variants, in two generations. */
export class Sight {
  /** The flag. */
  readonly key: string;
  /** The field of the row. */
  readonly field: string;
  /** The subjects that were seen of late. */
  young: Map<string, string> = new Map();
  /** Those of before. */
  old: ReadonlyMap<string, string> = NOBODY;

  /** Of a flag that nobody has evaluated. */
  constructor(key: string) {
    this.key = key;
    this.field = fieldOf(key);
  }

  /** The young generation is the old one from now on. */
  age(): void {
    this.old = NOBODY;
    if (this.young.size === 0) return;
    this.old = this.young;
    this.young = new Map();
  }

  /** Forgets all subjects. */
  forget(): void {
    this.young = new Map();
    this.old = NOBODY;
  }
}
