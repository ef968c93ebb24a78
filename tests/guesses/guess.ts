/**
 * What was expected of real programs before they were asked: ten valid inputs each, written down first, then
 * run. What came otherwise is the last part of a row. Where that is no fault of ours and surprising, it is a
 * script in `findings/`; where it is ours, it was mended.
 */

/** An input, what was guessed, and what came where that was otherwise. */
export type Guess<T> = readonly [what: string, input: T, guess: string, found?: string];

/** A program, by its name and version, and what was guessed of it. */
export interface Guessed {
  readonly program: string;
  /** Why it can't be asked here, or false. */
  readonly skip: string | false;
  readonly guesses: readonly Guess<unknown>[];
  /** What it makes of the inputs, in their order. */
  readonly ask: () => Promise<readonly string[]>;
}

/** Binds inputs to what asks. */
export function guessed<T>(
  program: string,
  skip: string | false,
  guesses: readonly Guess<T>[],
  ask: (inputs: readonly T[]) => Promise<readonly string[]>,
): Guessed {
  return { program, skip, guesses, ask: () => ask(guesses.map(([, input]) => input)) };
}

/** The same guesses of another program, with what came of it otherwise, by number. */
export function otherwise<T>(
  guesses: readonly Guess<T>[],
  came: Readonly<Record<number, string>>,
): Guess<T>[] {
  return guesses.map(([what, input, guess], i): Guess<T> => {
    const found = came[i];
    return found === undefined ? [what, input, guess] : [what, input, guess, found];
  });
}

/** What an asynchronous step gives, or the first line of its error. */
export async function outcome(step: () => unknown): Promise<string> {
  try {
    return String(await step());
  } catch (error) {
    return `throws ${String(error).split("\n")[0]}`;
  }
}
