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
  "database.js": { query: "kXrSC803skVk", load: () => import("./part_database.ts") },
  "findings.js": { query: "WuAyV10Vv58D", load: () => import("./part_findings.ts") },
  "flags.js": { query: "8l_oNaycvl0z", load: () => import("./part_flags.ts") },
  "health.js": { query: "FV6wSm0fd1ew", load: () => import("./part_health.ts") },
  "help.js": { query: "aWkiNxoTCg0R", load: () => import("./part_help.ts") },
  "logs.js": { query: "FI849RvAdpoO", load: () => import("./part_logs.ts") },
  "metrics.js": { query: "B4NVpR8_gpgM", load: () => import("./part_metrics.ts") },
  "profiles.js": { query: "kkcK844_FGgt", load: () => import("./part_profiles.ts") },
  "runtime.js": { query: "KbttrsBlqd_6", load: () => import("./part_runtime.ts") },
  "self.js": { query: "LgTL6Rh3S3On", load: () => import("./part_self.ts") },
  "session.js": { query: "DYt8nmsKkKeX", load: () => import("./part_session.ts") },
  "shared.js": { query: "49KqyWnDZaLK", load: () => import("./part_shared.ts") },
  "trace.js": { query: "9l_uxzKdBqov", load: () => import("./part_trace.ts") },
  "traces.js": { query: "I40AM23iUX_U", load: () => import("./part_traces.ts") },
};
