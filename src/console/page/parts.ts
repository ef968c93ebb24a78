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
  "ask.js": { query: "X6j7ZdUMhjlK", load: () => import("./part_ask.ts") },
  "database.js": { query: "wawiT9f2hGBU", load: () => import("./part_database.ts") },
  "findings.js": { query: "Ln07HPqTV0Zr", load: () => import("./part_findings.ts") },
  "flags.js": { query: "ZgkNKENIhDVF", load: () => import("./part_flags.ts") },
  "health.js": { query: "2IGdlaQ2rC1x", load: () => import("./part_health.ts") },
  "help.js": { query: "m82Md4eBHu1Q", load: () => import("./part_help.ts") },
  "logs.js": { query: "yj4e02Qx_P9u", load: () => import("./part_logs.ts") },
  "metrics.js": { query: "khMC_SSlz1o8", load: () => import("./part_metrics.ts") },
  "profiles.js": { query: "KZ9Uwzi7fu3S", load: () => import("./part_profiles.ts") },
  "runtime.js": { query: "ppSbTl_Vwzge", load: () => import("./part_runtime.ts") },
  "self.js": { query: "P_7od2lJij8Z", load: () => import("./part_self.ts") },
  "session.js": { query: "qMVAGlMSLfSM", load: () => import("./part_session.ts") },
  "shared.js": { query: "f5UF4pGjVgLM", load: () => import("./part_shared.ts") },
  "trace.js": { query: "9l_uxzKdBqov", load: () => import("./part_trace.ts") },
  "traces.js": { query: "I40AM23iUX_U", load: () => import("./part_traces.ts") },
};
