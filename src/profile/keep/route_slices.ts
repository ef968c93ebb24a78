/**
 * Which route a sample belongs to.
 *
 * @module
 */
import type { Recording } from "../capture/recorder.ts";
import type { LabelsOf } from "../sample/cpu.ts";
import type { CallFrame } from "../sample/raw.ts";
import type { Engine, Timeline } from "../sample/timeline.ts";

/** Slices that are remembered: of ten seconds at 3,000 requests a second. */
const MAX_SLICES = 32_768;
/** Routes that are told apart. */
const MAX_ROUTES = 1000;
/** Samples of a function in slices, from which on it can belong to a route. */
const LEAST_VOTES = 3;
/**
 * The share of them that must be in slices of one route. Bun's times of samples are off by a millisecond, so
 * that some fall into the slice beside.
 */
const PURE: Readonly<Record<Engine, number>> = { v8: 0.9, jsc: 0.75 };

/**
 * Remembers when handlers ran, from their call until they returned: nothing else runs in the thread then, so
 * that a sample in this time is of this route. What runs after an `await` is not in it. It is of the route
 * whose handlers alone had its functions on the stack; what has none of them, or those of several routes, is
 * of no route.
 */
export class RouteSlices {
  readonly #startMs = new Float64Array(MAX_SLICES);
  readonly #endMs = new Float64Array(MAX_SLICES);
  readonly #route = new Uint16Array(MAX_SLICES);
  readonly #routes: string[] = [];
  readonly #indexes = new Map<string, number>();
  #count = 0;

  /** The handler of a route ran from one time to another, of `performance.now()`. */
  add(route: string, startMs: number, endMs: number): void {
    let index = this.#indexes.get(route);
    if (index === undefined) {
      if (this.#routes.length >= MAX_ROUTES) return;
      index = this.#routes.push(route) - 1;
      this.#indexes.set(route, index);
    }
    const at = this.#count++ % MAX_SLICES;
    this.#startMs[at] = startMs;
    this.#endMs[at] = endMs;
    this.#route[at] = index;
  }

  /** The labels of the samples of a recording. */
  labels(samples: Timeline, { offsetMicros }: Recording, engine: Engine): LabelsOf {
    const sliced = this.#inSlices(samples, offsetMicros);
    const owners = this.#owners(samples, sliced, PURE[engine]);
    const labels = this.#routes.map((route) => ({ route }));
    // A function is of a route or not, for all samples of a stack.
    const byNode = samples.nodes.map((_, node) => this.#ownerOf(samples, node, owners));
    return (sample) => {
      const route = sliced[sample]! >= 0 ? sliced[sample]! : byNode[samples.sampled[sample]!] ?? -1;
      return route >= 0 ? labels[route] : undefined;
    };
  }

  /** For each sample the route of the slice that it is in, or -1. */
  #inSlices({ atMicros }: Timeline, offsetMicros: number): Int32Array {
    const routes = new Int32Array(atMicros.length).fill(-1);
    // Requests end in another order than they begin.
    const order = Array.from({ length: Math.min(this.#count, MAX_SLICES) }, (_, i) => i)
      .sort((a, b) => this.#startMs[a]! - this.#startMs[b]!);
    let at = 0;
    for (let i = 0; i < atMicros.length; i++) {
      const ms = (atMicros[i]! + offsetMicros) / 1000;
      while (at < order.length && this.#endMs[order[at]!]! < ms) at++;
      const slice = order[at];
      if (slice === undefined) break;
      if (this.#startMs[slice]! <= ms) routes[i] = this.#route[slice]!;
    }
    return routes;
  }

  /** The route of each function that was seen in slices of that route alone. */
  #owners(samples: Timeline, sliced: Int32Array, pure: number): ReadonlyMap<string, number> {
    const votes = new Map<string, Map<number, number>>();
    const byNode = new Map<number, readonly string[]>();
    samples.sampled.forEach((node, i) => {
      const route = sliced[i]!;
      if (route < 0 || !(samples.micros[i]! > 0)) return;
      let functions = byNode.get(node);
      if (functions === undefined) byNode.set(node, functions = functionsOf(samples, node));
      for (const key of functions) {
        let counts = votes.get(key);
        if (counts === undefined) votes.set(key, counts = new Map());
        counts.set(route, (counts.get(route) ?? 0) + 1);
      }
    });
    const owners = new Map<string, number>();
    for (const [key, counts] of votes) {
      let all = 0, most = 0, owner = -1;
      for (const [route, count] of counts) {
        all += count;
        if (count > most) [most, owner] = [count, route];
      }
      if (all >= LEAST_VOTES && most >= pure * all) owners.set(key, owner);
    }
    return owners;
  }

  /** The route that owns functions of a stack; -1 when none does, or several do. */
  #ownerOf(samples: Timeline, node: number, owners: ReadonlyMap<string, number>): number {
    let owner = -1;
    for (const key of functionsOf(samples, node)) {
      const route = owners.get(key);
      if (route === undefined || route === owner) continue;
      if (owner !== -1) return -1;
      owner = route;
    }
    return owner;
  }
}

/** The functions of a stack, without the runtime's own: what they run is of any route. */
function functionsOf({ nodes, parents }: Timeline, node: number): string[] {
  const functions = new Set<string>();
  for (let at = node; at !== -1; at = parents[at]!) {
    const key = keyOf(nodes[at]!.callFrame);
    if (key !== undefined) functions.add(key);
  }
  return [...functions];
}

/** By its place, not by its name: names repeat. */
function keyOf({ url, lineNumber, columnNumber }: CallFrame): string | undefined {
  if (url === "" || lineNumber < 0 || /^(node|ext|internal):/.test(url)) return undefined;
  return `${lineNumber}:${columnNumber} ${url}`;
}
