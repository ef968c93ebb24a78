/**
 * Adds the console's endpoints. What answers them is loaded with the first request.
 *
 * @module
 */
import { load } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import type { Endpoints } from "../http/admin/endpoints.ts";
import type { FinishedSpans } from "../trace/span/finished.ts";
import type { ConsoleParts } from "./api/parts.ts";
import { PATHS } from "./paths.ts";
import type { Routes } from "./routes.ts";
import { TraceHistory } from "./trace_history.ts";

/** What the console is made of. */
export interface ConsoleSource extends ConsoleParts {
  readonly finished: FinishedSpans;
  readonly faults: Faults;
}

/** Adds the endpoints, which need the right to control; nothing where the console's path is turned off. */
export function addConsole(endpoints: Endpoints, source: ConsoleSource): void {
  const { consolePath } = endpoints, { events, finished, faults } = source;
  if (consolePath === undefined) return;
  const history = events && new TraceHistory(events, finished, faults);
  const parts: ConsoleParts = { ...source, finished: history ?? finished };
  let routes: Promise<Routes> | undefined;
  const open = () =>
    routes ??= load(() => import("./routes.ts")).then(
      ({ Routes }) => new Routes(parts, consolePath),
      (error) => {
        routes = undefined;
        throw error;
      },
    );
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
