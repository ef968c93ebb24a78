/** Logs at two levels with the level of the environment; run by sink_test.ts. */
import { Faults, Logger } from "../../src/log/mod.ts";

const faults = new Faults((where, error) => {
  console.error(`${where}: ${(error as Error).message}`);
});
const log = new Logger({ faults });
log.debug("debug");
log.info("info");
log.category("db").debug("db debug");
