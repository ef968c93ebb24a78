/** Writes numbered lines, some of which no pipe takes as a whole; run by writer_test.ts. */
import { systemClock } from "../../src/core/clock.ts";
import { Output } from "../../src/log/sink/output.ts";
import { stdoutWriter } from "../../src/log/sink/writer.ts";

const output = new Output({ clock: systemClock, writer: stdoutWriter() });
for (let i = 0; i < 4000; i++) {
  output.write(`${i} ${"x".repeat(i % 50 === 7 ? 6000 : 90)}`);
  if (i % 500 === 499) await new Promise((resolve) => setTimeout(resolve));
}
await output.flush();
