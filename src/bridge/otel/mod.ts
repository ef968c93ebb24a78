/**
 * A bridge for libraries that are instrumented with the OpenTelemetry API: their spans, metrics and
 * log records land in Telltale, with the right parents.
 *
 * @module
 */
export { OtelBridge, type OtelParts, type OtelRegistration } from "./bridge.ts";
export type { Clock } from "../../core/clock.ts";
export type { OtelApi, OtelEntry, OtelLogsApi } from "./globals.ts";
export type { OtelContextManager, OtelPropagator } from "./context.ts";
export type { OtelLogger, OtelLoggerProvider } from "./logger.ts";
export type {
  MeterStore,
  OtelInstrument,
  OtelInstrumentKind,
  OtelMeter,
  OtelMeterOptions,
  OtelMeterProvider,
} from "./meter.ts";
export type { MetricType } from "./names.ts";
export type { Write } from "./shards.ts";

export type { OtelSpan, OtelSpanShape } from "./span.ts";
export type { OtelTracer, OtelTracerProvider } from "./tracer.ts";
export type * from "./shapes.ts";
