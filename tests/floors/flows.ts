/**
 * The flows that CONTRIBUTING shows: which files a scrape, a log line, a span and a request pass.
 *
 * @module
 */
import { imports } from "./imports.ts";

/** The most files of each flow, by its heading. */
export const MOST: Readonly<Record<string, number>> = {
  "A scrape": 12,
  "A log line": 11,
  "A span": 18,
  "A request": 10,
};

/** The paths of each flow by its heading: the indented lines that begin with one. */
export function flows(text: string): Map<string, string[]> {
  const found = new Map<string, string[]>();
  let paths: string[] | undefined;
  for (const line of text.split("\n")) {
    const heading = /^#+ (.*)/.exec(line)?.[1];
    if (heading !== undefined) {
      paths = heading in MOST ? [] : undefined;
      if (paths !== undefined) found.set(heading, paths);
    }
    const path = /^ {4}(src\/\S+\.ts)/.exec(line)?.[1];
    if (path !== undefined) paths?.push(path);
  }
  return found;
}

/**
 * The files of a flow that none before them imports, neither for a type nor lazily; for the first ones
 * `telltale.ts` does, which connects the parts.
 */
export function gaps(paths: readonly string[], sources: ReadonlyMap<string, string>): string[] {
  const reached = new Set([paths[0], ...importsOf("src/telltale.ts", sources)]);
  return paths.filter((path) => {
    const isGap = !sources.has(path) || !reached.has(path);
    for (const imported of importsOf(path, sources)) reached.add(imported);
    return isGap;
  });
}

function importsOf(path: string, sources: ReadonlyMap<string, string>): string[] {
  return imports(sources.get(path) ?? "").flatMap(({ specifier }) =>
    specifier === undefined ? [] : [new URL(specifier, `file:///${path}`).pathname.slice(1)]
  );
}
