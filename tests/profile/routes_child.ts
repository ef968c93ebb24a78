/**
 * Profiles three routes of known load, and prints how their labels compare with the truth: in a process of its own,
 * whose heap and compiled code are those of a service and not of all the tests before.
 *
 * @module
 */
import { ENGINE, Recorder, type Recording } from "../../src/profile/capture/recorder.ts";
import { RouteSlices } from "../../src/profile/keep/route_slices.ts";
import type { CpuNode } from "../../src/profile/sample/raw.ts";
import { type Timeline, timeline } from "../../src/profile/sample/timeline.ts";
import { kernel } from "./load.ts";

/** The truth: work runs below a function of its route's own, which the labels are not shown. */
const TRUTH = {
  "/orders": function truthOrders(work: () => number): number {
    const result = work();
    return result + 1;
  },
  "/users": function truthUsers(work: () => number): number {
    const result = work();
    return result + 1;
  },
  "/reports": function truthReports(work: () => number): number {
    const result = work();
    return result + 1;
  },
} as const;
type Route = keyof typeof TRUTH;
const ROUTES = Object.keys(TRUTH) as Route[];

/** What all routes share. */
const burnShared = (parts: number) => () => {
  let sum = 0;
  for (let i = 0; i < parts; i++) sum += kernel(i);
  return sum;
};
const tick = () => new Promise<void>((resolve) => setTimeout(resolve, 0));
async function sharedHelper(route: Route): Promise<number> {
  await tick();
  const sum = TRUTH[route](burnShared(12));
  await tick();
  return sum;
}

/** A third of their work is done before they first await, a fifth in the helper that all share. */
const HANDLERS = {
  "/orders": async function orders(): Promise<number> {
    const first = TRUTH["/orders"](burnShared(20));
    await tick();
    const second = TRUTH["/orders"](burnShared(28));
    return first + second + await sharedHelper("/orders");
  },
  "/users": async function users(): Promise<number> {
    const first = TRUTH["/users"](burnShared(20));
    await tick();
    const second = TRUTH["/users"](burnShared(28));
    return first + second + await sharedHelper("/users");
  },
  "/reports": async function reports(): Promise<number> {
    const first = TRUTH["/reports"](burnShared(20));
    await tick();
    const second = TRUTH["/reports"](burnShared(28));
    return first + second + await sharedHelper("/reports");
  },
} as const;

/** How often each route is called: 8 : 4 : 1, five at a time. */
const CALLS: readonly Route[] = ROUTES.flatMap((route, i) =>
  Array(Math.round([8, 4, 1][i]!)).fill(route)
);

/** Shares of the profiled time, 0 to 1. */
export interface Judged {
  readonly right: number;
  readonly wrong: number;
  readonly unknown: number;
  /** Of each route, by its labels and in truth. */
  readonly shares: Record<string, number>;
  readonly truth: Record<string, number>;
}

/** Profiles the three routes. */
async function judged(): Promise<Judged> {
  const slices = new RouteSlices();
  const recorder = await Recorder.open(1000);
  const window = await recorder.begin();
  let next = 0;
  const total = CALLS.length * 12;
  const flow = async () => {
    while (next < total) {
      // In an order that mixes them.
      const route = CALLS[next++ * 5 % CALLS.length]!;
      const startMs = performance.now();
      const result = HANDLERS[route]();
      slices.add(route, startMs, performance.now());
      await result;
    }
  };
  await Promise.all(Array.from({ length: 5 }, flow));
  const recording = await recorder.end(window);
  await recorder.close();
  return judge(timeline(recording.raw, ENGINE, 1000), recording, slices);
}

/** Compares the labels with the truth, by time; the labels are made without the functions that tell it. */
function judge(seen: Timeline, recording: Recording, slices: RouteSlices): Judged {
  const names = new Map(ROUTES.map((route) => [TRUTH[route].name, route]));
  const hidden = { functionName: "hidden", url: "", lineNumber: -1, columnNumber: -1 };
  const blind: readonly CpuNode[] = seen.nodes.map((node) =>
    names.has(node.callFrame.functionName) ? { ...node, callFrame: hidden } : node
  );
  const labelsOf = slices.labels({ ...seen, nodes: blind }, recording, ENGINE);
  const sums = { right: 0, wrong: 0, unknown: 0 };
  const shares: Record<string, number> = {}, truth: Record<string, number> = {};
  let all = 0, labelled = 0;
  seen.sampled.forEach((node, i) => {
    let actual: Route | undefined;
    for (let at = node; at !== -1 && actual === undefined; at = seen.parents[at]!) {
      actual = names.get(seen.nodes[at]!.callFrame.functionName);
    }
    const micros = seen.micros[i]!, label = labelsOf(i)?.route;
    if (actual === undefined || micros === 0) return;
    all += micros;
    truth[actual] = (truth[actual] ?? 0) + micros;
    sums[label === undefined ? "unknown" : label === actual ? "right" : "wrong"] += micros;
    if (label === undefined) return;
    labelled += micros;
    shares[label] = (shares[label] ?? 0) + micros;
  });
  const portion = (record: Record<string, number>, whole: number) =>
    Object.fromEntries(ROUTES.map((route) => [route, (record[route] ?? 0) / whole]));
  return {
    right: sums.right / all,
    wrong: sums.wrong / all,
    unknown: sums.unknown / all,
    shares: portion(shares, labelled),
    truth: portion(truth, all),
  };
}

console.log(JSON.stringify(await judged()));
