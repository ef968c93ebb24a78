/** Preloaded into a profiled server: it ends in order when asked to, so that its profile is written. */
import process from "node:process";

process.once("SIGUSR2", () => process.exit(0));
