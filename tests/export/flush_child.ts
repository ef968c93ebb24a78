/** A job that ends with a flush; its exit code is 10 and the number of spans that were exported. */
import process from "node:process";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import { spanRecord } from "./span_record.ts";

const exporter = new OtlpExporter({ metrics: false, logs: false });
process.removeAllListeners("beforeExit"); // Only the flush holds the process.
exporter.span(spanRecord("work"));
// Not awaited here: some runtimes wait for whatever a module awaits.
void exporter.flush().then(() => process.exit(10 + exporter.counts("traces")!.exported));
