/// <reference lib="webworker" />
/** Reports the identity of its process, to the parent of this worker or on stdout. */
import process from "node:process";
import { processIdentity } from "../../src/metrics/cluster/socket.ts";

if (process.argv.includes("print")) console.log(processIdentity());
else self.postMessage(processIdentity());
