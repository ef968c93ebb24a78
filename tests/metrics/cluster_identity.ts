/// <reference lib="webworker" />
/** Says which process it takes itself to be in: to who made this worker, or in print. */
import process from "node:process";
import { processIdentity } from "../../src/metrics/cluster/socket.ts";

if (process.argv.includes("print")) console.log(processIdentity());
else self.postMessage(processIdentity());
