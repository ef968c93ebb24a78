/**
 * A CPU profile grouped into parts that a reader knows.
 *
 * @module
 */

/** The part of a `--cpu-prof` file, of either runtime, that is read. */
export interface CpuProfile {
  readonly nodes: readonly {
    readonly id: number;
    readonly callFrame: { readonly functionName: string; readonly url: string };
    readonly children?: readonly number[];
  }[];
  readonly samples: readonly number[];
}

/** Groups of work, by the nearest file of ours on the stack; the first match counts. */
const OWNERS: readonly (readonly [RegExp, string])[] = [
  [/src\/core\/(output|writer)\w*\.ts$/, "writing lines"],
  [/src\/core\/context\.ts$/, "async context"],
  [/src\/(export\/|outlet|core\/protobuf)/, "export"],
  [/src\/(metrics\/|http\/server_metrics)/, "metrics"],
  [/src\/log\//, "log records and the text of lines"],
  [/src\/trace\//, "spans and their context"],
  [/src\/http\//, "the observer of requests"],
];

/** For these the caller counts: they serve all parts. */
const SHARED = /src\/core\/(?!output|writer|context|protobuf)/;

const CALLS = ": calls into the runtime";
const RUNTIME = "the runtime and the application";

/**
 * Each group's share of the time in JavaScript, the largest first. Samples are counted: on Bun the time
 * between two of them includes waiting.
 */
export function grouped({ nodes, samples }: CpuProfile): [name: string, part: number][] {
  const parents = new Map<number, number>();
  for (const { id, children = [] } of nodes) for (const child of children) parents.set(child, id);
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const groups = new Map<number, string | undefined>();
  const group = (id: number): string | undefined => {
    const { functionName } = byId.get(id)!.callFrame;
    if (functionName === "(idle)" || functionName === "(root)") return undefined;
    if (functionName === "(garbage collector)") return "garbage collector";
    // Deno restores the context of the awaiting function here.
    if (/[eE]nterWithPreviousContext|AsyncVariable|AsyncLocalStorage/.test(functionName)) {
      return "async context";
    }
    const isOurs = byId.get(id)!.callFrame.url.includes("/src/");
    for (let at: number | undefined = id; at !== undefined; at = parents.get(at)) {
      const { url } = byId.get(at)!.callFrame;
      if (SHARED.test(url)) continue;
      const owner = OWNERS.find(([file]) => file.test(url))?.[1];
      if (owner !== undefined) return isOurs ? owner : owner + CALLS;
      // The application's own code is not ours, though ours calls it.
      if (url.includes("/bench/")) return RUNTIME;
    }
    return RUNTIME;
  };
  const counts = new Map<string, number>();
  let all = 0;
  for (const id of samples) {
    if (!groups.has(id)) groups.set(id, group(id));
    const name = groups.get(id);
    if (name === undefined) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    all++;
  }
  return [...counts].map(([name, count]): [string, number] => [name, count / all])
    .sort(([, a], [, b]) => b - a);
}

/** The functions with the most time of their own, and their share of the time that is not idle. */
export function topFunctions(
  { nodes, samples }: CpuProfile,
  most: number,
): [name: string, part: number][] {
  const names = new Map<number, string>();
  for (const { id, callFrame: { functionName, url } } of nodes) {
    if (functionName === "(idle)" || functionName === "(root)") continue;
    names.set(id, `${functionName || "(anonymous)"} ${url.replace(/^.*\/(?=(src|bench)\/)/, "")}`);
  }
  const counts = new Map<string, number>();
  let all = 0;
  for (const id of samples) {
    const name = names.get(id);
    if (name === undefined) continue;
    counts.set(name, (counts.get(name) ?? 0) + 1);
    all++;
  }
  return [...counts].map(([name, count]): [string, number] => [name, count / all])
    .sort(([, a], [, b]) => b - a).slice(0, most);
}
