/** A job whose exit code is the number of tries that its last push took. */
import process from "node:process";
import { Pushgateway } from "../../src/export/push/mod.ts";

// Not awaited here: some runtimes wait for whatever a module awaits.
void new Pushgateway({ url: process.argv[2]!, job: "patient" }).push([])
  .then(({ tries }) => process.exit(tries));
