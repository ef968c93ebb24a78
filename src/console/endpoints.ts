/**
 * Adds the console's endpoints. What answers them is loaded with the first request.
 *
 * @module
 */
import { load } from "../core/context.ts";
import type { ClusterChannel } from "../metrics/cluster/cluster.ts";
import type { Family } from "../metrics/data/family.ts";
import type { Endpoints } from "../http/admin/endpoints.ts";
import type { FinishedSpans } from "../trace/span/finished.ts";
import type { SeriesHistoryOptions } from "./history/series.ts";
import type { ConsoleParts } from "./api/parts.ts";
import type { Clustered } from "./cluster.ts";
import { isOfPage, METHODS, PATHS } from "./paths.ts";

/** What the console is made of. */
export interface ConsoleSource extends Omit<ConsoleParts, "pinned" | "figures" | "series"> {
  readonly finished: FinishedSpans;
  /** About what spans may occupy that are kept because their trace is slow or failed. */
  readonly pinnedBytes: number;
  /** About what the last hour of figures and metrics may occupy. */
  readonly historyBytes: number;
  /** The instruments, of which a point is kept every five seconds. */
  readonly instruments: SeriesHistoryOptions["instruments"];
  /** The channel to the consoles of the other members; undefined without a cluster. */
  readonly channel: () => Promise<ClusterChannel | undefined>;
  /** The metrics of all members. */
  readonly collectAll: () => Promise<readonly Family[]>;
}

/** Loads code at the first call; again at the next one if that fails. */
function once<Part>(code: () => Promise<Part>): () => Promise<Part> {
  let part: Promise<Part> | undefined;
  return () =>
    part ??= load(code).catch((error) => {
      part = undefined;
      throw error;
    });
}

/** Adds the endpoints, which need the right to control; nothing where the console's path is turned off. */
export function addConsole(endpoints: Endpoints, source: ConsoleSource): void {
  const { consolePath } = endpoints, { events, finished, history, faults } = source;
  const { pinnedBytes, historyBytes, instruments } = source;
  if (consolePath === undefined) return;
  const keep = once(async () => {
    const { TraceHistory } = await import("./trace_history.ts");
    return events && new TraceHistory(events, finished, faults, pinnedBytes);
  });
  const watch = once(async () => {
    const [{ Figures }, { SeriesHistory }] = await Promise.all([
      import("./figures.ts"),
      import("./history/series.ts"),
    ]);
    const maxBytes = Math.max(0, historyBytes - Figures.BYTES);
    const series = new SeriesHistory({ instruments, maxBytes, nowMs: () => performance.now() });
    const onSample = (timeMs: number, seconds: number) => series.sample(timeMs, seconds);
    return { figures: new Figures({ ...source, onSample }), series };
  });
  const open = once(async (): Promise<Clustered> => {
    const [{ Routes }, kept, past] = await Promise.all([import("./routes.ts"), keep(), watch()]);
    const parts = { ...source, finished: kept ?? finished, pinned: kept?.pinned, ...past };
    const channel = await joined;
    if (channel === undefined) return new Routes(parts, consolePath);
    const { clustered } = await import("./cluster.ts");
    return clustered({ parts, base: consolePath, channel, collectAll: source.collectAll });
  });
  // Others may ask before anybody has looked at this console.
  const joined = source.channel().catch((error) => void faults.record("console members", error));
  joined.then((channel) =>
    channel?.listen((from, body) => {
      open().then((routes) => routes.hear?.(from, body))
        .catch((error) => faults.record("console members", error));
    })
  );
  // Before the first spans leave: what is kept beside them is chosen among all that came.
  if (events !== undefined) {
    finished.onLeave = () => void keep().catch((error) => faults.record("trace history", error));
  }
  history.onTick = () => void watch().catch((error) => faults.record("figures", error));
  for (const path of PATHS) {
    endpoints.add({
      path,
      methods: METHODS[path] ?? ["GET"],
      isLocal: true,
      isOpen: isOfPage(path),
      answer: async (request) => (await open()).answer(path, request),
    });
  }
}
