/** A job whose last act is a flush; it tells by its exit code what the receiver got. */
import process from "node:process";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { spanRecord } from "./span_record.ts";

const exporter = new OtlpExporter({ metrics: false, logs: false });
process.removeAllListeners("beforeExit"); // Only the flush holds the process.
exporter.span(spanRecord("work"));
// Not awaited here: some runtimes wait for what a module awaits, whatever it is.
void exporter.flush().then(() => process.exit(10 + exporter.counts("traces")!.exported));
