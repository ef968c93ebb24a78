/** Writes numbered lines, some of which no pipe takes as a whole; run by writer_test.ts. */
import { LineSink } from "../../src/log/sink/line.ts";
import { stdoutWriter } from "../../src/log/sink/writer.ts";
import { recordOf } from "./record.ts";

const lines = { encode: ({ message }: { readonly message: string }) => message };
const output = new LineSink("lines", stdoutWriter, lines);
for (let i = 0; i < 4000; i++) {
  output.write(recordOf(`${i} ${"x".repeat(i % 50 === 7 ? 6000 : 90)}`));
  if (i % 500 === 499) await new Promise((resolve) => setTimeout(resolve));
}
await output.flush();
