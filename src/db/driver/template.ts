/**
 * The text of a tagged template, and of the fragments in it.
 *
 * @module
 */

/** Fragments in fragments that are followed; beyond, a query is told without them. */
const MAX_DEPTH = 8;
/** UTF-16 units of a text that is put together. */
const MAX_TEXT = 5000;

/** What a query was made of. */
export interface Template {
  readonly strings: readonly string[];
  readonly values: readonly unknown[];
}

/** A name, as `sql("orders")` makes one. */
export function nameOf(name: string): Template {
  return { strings: [`"${name.replaceAll('"', '""').replaceAll(".", '"."')}"`], values: [] };
}

/** The text with the fragments in it; values are places, which PostgreSQL has numbers for. */
export function textOf(
  template: Template,
  fragments: WeakMap<object, Template>,
  isNumbered: boolean,
): string {
  let places = 0;
  const write = ({ strings, values }: Template, depth: number): string => {
    let text = strings[0] ?? "";
    for (let i = 1; i < strings.length && text.length < MAX_TEXT; i++) {
      const value = values[i - 1];
      const inner = typeof value === "object" && value !== null && depth < MAX_DEPTH
        ? fragments.get(value)
        : undefined;
      if (inner !== undefined) text += write(inner, depth + 1);
      else text += isNumbered ? `$${++places}` : "?";
      text += strings[i];
    }
    return text;
  };
  return write(template, 0);
}
