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
  /** The file that makes its objects, where no listed file does. */
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
 * The files of a flow that do not exist, or to which no imports lead from the first file by way of the
 * listed files and their makers. `telltale.ts` and `compose/parts.ts` count as listed, because they connect
 * the parts. The order, which is that of run time, is not checked.
 */
export function gaps(steps: readonly Step[], sources: ReadonlyMap<string, string>): string[] {
  const listed = new Set(
    steps.flatMap(({ path, maker }) => maker === undefined ? path : [path, maker]),
  );
  const reached = new Set<string>();
  const reach = (path: string) => {
    reached.add(path);
    for (const next of importsOf(path, sources)) {
      if (listed.has(next) && !reached.has(next)) reach(next);
    }
  };
  for (const path of ["src/telltale.ts", "src/compose/parts.ts"]) reach(path);
  if (steps.length > 0) reach(steps[0]!.path);
  return steps.map(({ path }) => path).filter((path) => !sources.has(path) || !reached.has(path));
}

function importsOf(path: string, sources: ReadonlyMap<string, string>): string[] {
  return imports(sources.get(path) ?? "").flatMap(({ specifier }) =>
    specifier === undefined ? [] : [new URL(specifier, `file:///${path}`).pathname.slice(1)]
  );
}
