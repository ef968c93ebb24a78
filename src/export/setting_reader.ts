/**
 * Reads settings: what is given in code counts first, then the environment, then a default.
 *
 * @module
 */
import type { Faults } from "../core/faults.ts";

/** Reads a variable; undefined when it is not set. */
export type Environment = (name: string) => string | undefined;

/**
 * Reads one setting after the other. What is given in code and can't work throws; a variable that
 * can't is told to `faults` and left out.
 */
export class SettingReader {
  readonly #env: Environment;
  readonly #faults: Faults;

  constructor(env: Environment, faults: Faults) {
    this.#env = env;
    this.#faults = faults;
  }

  /** What the first of the variables says that is set and makes sense to `parse`. */
  variable<T>(names: readonly string[], parse: (text: string, name: string) => T): T | undefined {
    for (const name of names) {
      const text = this.#env(name);
      if (text === undefined) continue;
      try {
        return parse(text.trim(), name);
      } catch (error) {
        this.#faults.record(name, error);
      }
    }
    return undefined;
  }

  /** What `value`, or else a variable, stands for in `meanings`. */
  choice<V extends string | boolean>(
    name: string,
    value: string | undefined,
    variables: readonly string[],
    meanings: Readonly<Record<string, V>>,
  ): V | undefined {
    const of = (text: string) => {
      if (Object.hasOwn(meanings, text)) return meanings[text];
      const known = Object.keys(meanings).join(", ");
      throw new RangeError(`Cannot export with ${name} "${text}": must be one of ${known}`);
    };
    if (value !== undefined) return of(value);
    return this.variable(variables, (text) => of(text.toLowerCase()));
  }

  /** A whole number of at least 1. */
  number(
    name: string,
    value: number | undefined,
    variables: readonly string[],
    otherwise: number,
  ): number {
    const checked = (number: number) => {
      // Past 2^31 - 1 a timer fires at once.
      if (Number.isInteger(number) && number >= 1 && number <= 0x7fffffff) return number;
      throw new RangeError(
        `Cannot export with ${name} ${number}: must be a whole number from 1 to 2147483647`,
      );
    };
    if (value !== undefined) return checked(value);
    return this.variable(variables, (text) => checked(Number(text))) ?? otherwise;
  }
}
