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

/** One file of a flow. */
export interface Step {
  readonly path: string;
  /** The file that makes its objects, where no file before it does. */
  readonly maker: string | undefined;
}

/** The steps of each flow by its heading: indented lines with a path, some with `(made by PATH)`. */
export function flows(text: string): Map<string, Step[]> {
  const found = new Map<string, Step[]>();
  let steps: Step[] | undefined;
  for (const line of text.split("\n")) {
    const heading = /^#+ (.*)/.exec(line)?.[1];
    if (heading !== undefined) {
      steps = Object.hasOwn(MOST, heading) ? [] : undefined;
      if (steps !== undefined) found.set(heading, steps);
    }
    const path = /^ {4}(src\/\S+)/.exec(line)?.[1];
    if (path !== undefined) steps?.push({ path, maker: /\(made by (\S+)\)/.exec(line)?.[1] });
  }
  return found;
}

/**
 * The files of a flow that do not exist, or that neither a file before them imports nor their maker;
 * after the first file, `telltale.ts` counts as one before, because it connects the parts.
 */
export function gaps(steps: readonly Step[], sources: ReadonlyMap<string, string>): string[] {
  const reached = new Set([steps[0]?.path]);
  const reach = (path: string) => {
    for (const imported of importsOf(path, sources)) reached.add(imported);
  };
  reach("src/telltale.ts");
  return steps.filter(({ path, maker }) => {
    if (maker !== undefined && reached.has(maker)) reach(maker);
    const isGap = !sources.has(path) || !reached.has(path);
    reach(path);
    return isGap;
  }).map(({ path }) => path);
}

function importsOf(path: string, sources: ReadonlyMap<string, string>): string[] {
  return imports(sources.get(path) ?? "").flatMap(({ specifier }) =>
    specifier === undefined ? [] : [new URL(specifier, `file:///${path}`).pathname.slice(1)]
  );
}
