/**
 * Adds the console's endpoints. What answers them is loaded with the first request.
 *
 * @module
 */
import { load } from "../core/context.ts";
import type { Endpoints } from "../http/admin/endpoints.ts";
import { PATHS } from "./paths.ts";
import type { Routes } from "./routes.ts";
import type { ConsoleParts } from "./api/parts.ts";

/** Adds the endpoints, which need the right to control; nothing where the console's path is turned off. */
export function addConsole(endpoints: Endpoints, parts: ConsoleParts): void {
  let routes: Promise<Routes> | undefined;
  const open = () =>
    routes ??= load(() => import("./routes.ts")).then(
      ({ Routes }) => new Routes(parts, endpoints.consolePath ?? "/"),
      (error) => {
        routes = undefined;
        throw error;
      },
    );
  for (const path of PATHS) {
    endpoints.add({
      path,
      isLocal: true,
      isOpen: path === "",
      answer: async (request) => (await open()).answer(path, request),
    });
  }
}
