/**
 * Adds the console's endpoints. What answers them is loaded with the first request.
 *
 * @module
 */
import { load } from "../core/context.ts";
import type { Endpoints } from "../http/admin/endpoints.ts";
import type { FinishedSpans } from "../trace/span/finished.ts";
import type { ConsoleParts } from "./api/parts.ts";
import { PATHS } from "./paths.ts";
import type { Routes } from "./routes.ts";
import type { TraceHistory } from "./trace_history.ts";

/** What the console is made of. */
export interface ConsoleSource extends Omit<ConsoleParts, "pinned"> {
  readonly finished: FinishedSpans;
  /** About what spans may occupy that are kept because their trace is slow or failed. */
  readonly pinnedBytes: number;
}

/** Adds the endpoints, which need the right to control; nothing where the console's path is turned off. */
export function addConsole(endpoints: Endpoints, source: ConsoleSource): void {
  const { consolePath } = endpoints, { events, finished, pinnedBytes, faults } = source;
  if (consolePath === undefined) return;
  let history: Promise<TraceHistory> | undefined, routes: Promise<Routes> | undefined;
  const keep = () =>
    history ??= load(() => import("./trace_history.ts")).then(
      ({ TraceHistory }) => new TraceHistory(events!, finished, faults, pinnedBytes),
      (error) => {
        history = undefined;
        throw error;
      },
    );
  const open = () =>
    routes ??= load(() => Promise.all([import("./routes.ts"), events && keep()])).then(
      ([{ Routes }, history]) => {
        const spans = history ?? finished, { pinned } = history ?? {};
        return new Routes({ ...source, finished: spans, pinned }, consolePath);
      },
      (error) => {
        routes = undefined;
        throw error;
      },
    );
  // Before the first spans leave: what is kept beside them is chosen among all that came.
  if (events !== undefined) {
    finished.onLeave = () => void keep().catch((error) => faults.record("trace history", error));
  }
  for (const path of PATHS) {
    endpoints.add({
      path,
      methods: path === "api/flags" ? ["GET", "POST"] : ["GET"],
      isLocal: true,
      isOpen: path === "",
      answer: async (request) => (await open()).answer(path, request),
    });
  }
}
