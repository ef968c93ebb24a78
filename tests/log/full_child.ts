/** Logs more to a file than it may hold, and says what became of it; run by file_sink_test.ts. */
import process from "node:process";
import { Faults } from "../../src/core/faults.ts";
import { FileSink, Logger } from "../../src/log/mod.ts";

const sink = new FileSink({ path: process.argv[2]! });
const log = new Logger({ level: "info", sinks: [sink], faults: new Faults(() => {}) });
for (let i = 0; i < 4000; i++) log.info("line", { i });
await log.flush();
process.stdout.write(JSON.stringify(sink.counts));
