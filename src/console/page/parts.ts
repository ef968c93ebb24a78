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
  "database.js": { query: "0RKB0eTbf6fS", load: () => import("./part_database.ts") },
  "findings.js": { query: "OssNu3Et_e27", load: () => import("./part_findings.ts") },
  "flags.js": { query: "WiIc3Qd9c0sB", load: () => import("./part_flags.ts") },
  "health.js": { query: "1gnCCcnzH3PZ", load: () => import("./part_health.ts") },
  "help.js": { query: "PGLkG0aRjhTO", load: () => import("./part_help.ts") },
  "logs.js": { query: "Bf0WrRUVtNpe", load: () => import("./part_logs.ts") },
  "metrics.js": { query: "3L4ZBtA2WDMy", load: () => import("./part_metrics.ts") },
  "profiles.js": { query: "vRCdnf_3GZ5X", load: () => import("./part_profiles.ts") },
  "runtime.js": { query: "5Ykfmuq3_ah8", load: () => import("./part_runtime.ts") },
  "self.js": { query: "MnWs0lOOWKv5", load: () => import("./part_self.ts") },
  "session.js": { query: "72ypn8vXToSG", load: () => import("./part_session.ts") },
  "shared.js": { query: "0rYDTc0fmiRG", load: () => import("./part_shared.ts") },
  "trace.js": { query: "snH_H7txYWcn", load: () => import("./part_trace.ts") },
  "traces.js": { query: "kAkKGKg8eNM2", load: () => import("./part_traces.ts") },
};
