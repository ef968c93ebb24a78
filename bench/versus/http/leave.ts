/** Loaded before a server that is profiled: it ends in order when asked to, and its profile is written. */
import process from "node:process";

process.once("SIGUSR2", () => process.exit(0));
