/**
 * Paths of JsonLogic into data.
 *
 * @module
 */

/** The value at a path; undefined where there is none. Only own properties are values. */
export function at(value: unknown, path: readonly string[]): unknown {
  for (const name of path) {
    if (value === null || value === undefined) return undefined;
    if (typeof value === "object" ? !Object.hasOwn(value, name) : typeof value !== "string") {
      return undefined;
    }
    value = (value as Record<string, unknown>)[name];
  }
  return typeof value === "function" ? undefined : value;
}

/** `a.b` as its names; a backslash keeps the character behind it. */
export function pathOf(text: string): string[] {
  const path: string[] = [];
  let name = "";
  for (let i = 0; i < text.length; i++) {
    if (text[i] === "\\" && i + 1 < text.length) name += text[++i];
    else if (text[i] === ".") {
      path.push(name);
      name = "";
    } else name += text[i];
  }
  return [...path, name];
}
