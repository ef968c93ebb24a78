/**
 * Files that import each other, directly or through others.
 *
 * @module
 */
import type { SourceFile } from "./breaches.ts";
import { imports } from "./imports.ts";

/**
 * The circles of imports among these files, each as its paths in order; empty when every file can be
 * read after those that it needs. Type imports and lazy imports count: understanding the one file takes
 * the other all the same.
 */
export function circles(files: readonly SourceFile[]): string[][] {
  const needed = new Map(files.map(({ path, source }) => {
    const named = imports(source).flatMap(({ specifier }) => specifier ?? []);
    const relative = named.filter((specifier) => specifier.startsWith("."));
    return [path, relative.map((to) => new URL(to, `file:///${path}`).pathname.slice(1))];
  }));
  const found: string[][] = [], done = new Set<string>();
  const walk = (path: string, from: readonly string[]): void => {
    if (from.includes(path)) found.push(from.slice(from.indexOf(path)));
    if (from.includes(path) || done.has(path)) return;
    for (const next of needed.get(path) ?? []) walk(next, [...from, path]);
    done.add(path);
  };
  for (const path of needed.keys()) walk(path, []);
  return found;
}
