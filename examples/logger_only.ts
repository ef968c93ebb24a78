/**
 * The logger alone: `deno run examples/logger_only.ts` prints pretty lines on a terminal, and
 * `deno run examples/logger_only.ts | cat` one JSON object per line.
 */
import { Logger } from "../src/log/mod.ts";

const log = new Logger({ service: "nightly-report", level: "debug" });

log.info("started", { rows: 1200, since: new Date("2026-01-01T00:00:00Z") });

// A child carries its fields on every line.
const job = log.with({ job: "totals" });
job.debug("reading", { table: "orders" });
job.trace("below the level: costs one comparison, writes nothing");

try {
  JSON.parse("{");
} catch (error) {
  job.error("cannot read settings", { error });
}

log.level = "warn";
log.info("not written any more");
log.warn("finished with errors", { failed: 1 });
