/**
 * Whose turn it is.
 *
 * @module
 */

let turns = 0;

/** Runs what calls sinks; inside it {@linkcode isSinkTurn} is true. */
export function sinkTurn<T>(fn: () => T): T {
  turns++;
  try {
    return fn();
  } finally {
    turns--;
  }
}

/** Whether a sink is called now: what it says with `console` would come back to it for ever. */
export function isSinkTurn(): boolean {
  return turns > 0;
}
