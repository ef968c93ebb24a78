/** What this folder's copies make of the inputs of `tests/guesses/otel.ts`: one JSON object. */
import * as api from "@opentelemetry/api";
import * as sdk from "@opentelemetry/sdk-trace";
import { askApi, askSdk, type Copies } from "../../guesses/otel.ts";

const copies = {
  api,
  open: () => {
    const exporter = new sdk.InMemorySpanExporter();
    const spanProcessors = [new sdk.SimpleSpanProcessor({ exporter })];
    const tracer = new sdk.TracerProvider({ spanProcessors }).getTracer("guess");
    return { tracer, spans: () => exporter.getFinishedSpans() };
  },
} as unknown as Copies;
console.log(JSON.stringify({ api: askApi(copies), sdk: askSdk(copies) }));
