/**
 * The parts of the console's page that are loaded later, built by `deno task console` from the sources in `console/`: do not edit.
 *
 * @module
 */

/** A part's own path and the hash in its address, and what loads its text. */
export interface Part {
  /** What follows the `?` of its address. */
  readonly query: string;
  load(): Promise<{ readonly PART: string }>;
}

/** The parts, by what follows `part/` in their path. */
export const PARTS: { readonly [path: string]: Part | undefined } = {
  "ask.js": { query: "sqEFBrFT_YCJ", load: () => import("./part_ask.ts") },
  "findings.js": { query: "8PAcyQjyvQ0h", load: () => import("./part_findings.ts") },
  "help.js": { query: "zLGzT6abtuY7", load: () => import("./part_help.ts") },
  "logs.js": { query: "Bf0WrRUVtNpe", load: () => import("./part_logs.ts") },
  "session.js": { query: "vLMXHKR6_7Br", load: () => import("./part_session.ts") },
  "shared.js": { query: "M_9_nqDl9j54", load: () => import("./part_shared.ts") },
  "trace.js": { query: "snH_H7txYWcn", load: () => import("./part_trace.ts") },
  "traces.js": { query: "kAkKGKg8eNM2", load: () => import("./part_traces.ts") },
};
