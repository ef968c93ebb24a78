/**
 * Arguments of a tool.
 *
 * @module
 */

/** Rows, groups or lines at most. */
export const MAX_LIMIT = 200;

/** What a tool is given. */
export type Arguments = Readonly<Record<string, unknown>>;

/** The arguments that a tool takes: type, what it is, and whether it must be given. */
export type Takes = Readonly<Record<string, readonly ["string" | "integer", string, boolean?]>>;

/** Arguments that can't be used; the message says which. */
export class BadArguments extends Error {
  /** Always `BadArguments`. */
  override readonly name: string = "BadArguments";
}

/** @throws {BadArguments} for an unknown argument, a missing one, or one of the wrong kind */
export function checkArguments(takes: Takes, given: Arguments): void {
  const names = Object.keys(takes).join(", ") || "none";
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(takes, name)) continue;
    throw new BadArguments(
      `Unknown argument ${JSON.stringify(name.slice(0, 80))}: it takes ${names}`,
    );
  }
  for (const [name, [type, , must]] of Object.entries(takes)) {
    const value = given[name];
    if (value === undefined) {
      if (must) throw new BadArguments(`${name} must be given`);
    } else if (type === "string" ? typeof value !== "string" : !isLimit(value)) {
      throw new BadArguments(
        `${name} must be ${type === "string" ? "a text" : `a whole number from 1 to ${MAX_LIMIT}`}`,
      );
    }
  }
}

function isLimit(value: unknown): boolean {
  return Number.isInteger(value) && (value as number) >= 1 && (value as number) <= MAX_LIMIT;
}
