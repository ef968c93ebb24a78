/**
 * What the OTLP specification and data model require of a request, beyond its types.
 *
 * @see {@link https://opentelemetry.io/docs/specs/otel/metrics/data-model/}
 * @module
 */
import { isSpanId, isTraceId } from "../../core/ids.ts";
import type { Report } from "./protobuf.ts";

// deno-lint-ignore no-explicit-any
type Any = any;

/** Reports what is wrong with a request that was read. */
export function checkRequest(request: Any, report: Report): void {
  for (const [name, group] of Object.entries<Any>(request)) {
    if (!Array.isArray(group)) continue;
    group.forEach((resource, i) => {
      const path = `${name}[${i}]`;
      checkAttributes(resource.resource?.attributes, `${path}.resource`, report);
      const keys = list(resource.resource?.attributes).map(({ key }) => key);
      if (!keys.includes("service.name")) report(`${path}.resource`, "must have service.name");
      each(
        resource,
        "scopeSpans",
        path,
        (scope, at) => each(scope, "spans", at, checkSpan, report),
        report,
      );
      each(
        resource,
        "scopeLogs",
        path,
        (scope, at) => each(scope, "logRecords", at, checkLog, report),
        report,
      );
      each(
        resource,
        "scopeMetrics",
        path,
        (scope, at) => each(scope, "metrics", at, checkMetric, report),
        report,
      );
    });
  }
}

function list(value: Any): Any[] {
  return Array.isArray(value) ? value : [];
}

function each(
  owner: Any,
  name: string,
  path: string,
  checkOne: (item: Any, path: string, report: Report) => void,
  report: Report,
): void {
  list(owner?.[name]).forEach((item, i) => checkOne(item, `${path}.${name}[${i}]`, report));
}

/** A time: unsigned nanoseconds; 0 is unknown. */
function nanos(value: Any): bigint {
  try {
    return BigInt(value ?? 0);
  } catch {
    return 0n;
  }
}

function checkAttributes(attributes: Any, path: string, report: Report): void {
  const seen = new Set<string>();
  for (const { key, value } of list(attributes)) {
    if (typeof key !== "string" || key === "") report(path, "each attribute must have a key");
    else if (seen.has(key)) report(path, `attribute ${key} is there twice`);
    seen.add(key);
    const kinds = Object.keys(value ?? {});
    if (kinds.length > 1) {
      report(path, `attribute ${key} must have one value, got ${kinds.join(" and ")}`);
    }
  }
}

function checkIds(item: Any, path: string, report: Report): void {
  const { traceId = "", spanId = "" } = item;
  if (traceId !== "" && !isTraceId(lower(traceId))) {
    report(`${path}.traceId`, `must be 16 bytes, not all zero, got ${JSON.stringify(traceId)}`);
  }
  if (spanId !== "" && !isSpanId(lower(spanId))) {
    report(`${path}.spanId`, `must be 8 bytes, not all zero, got ${JSON.stringify(spanId)}`);
  }
  if (spanId !== "" && traceId === "") report(`${path}.traceId`, "must be set where spanId is");
}

function lower(id: Any): string {
  return String(id).toLowerCase();
}

function checkSpan(span: Any, path: string, report: Report): void {
  checkIds(span, path, report);
  for (const name of ["traceId", "spanId", "name"]) {
    if ((span[name] ?? "") === "") report(`${path}.${name}`, "must be set");
  }
  const { parentSpanId = "", kind = 0, status } = span;
  if (parentSpanId !== "" && !isSpanId(lower(parentSpanId))) {
    report(`${path}.parentSpanId`, `must be 8 bytes or none, got ${JSON.stringify(parentSpanId)}`);
  }
  if (parentSpanId !== "" && parentSpanId === span.spanId) {
    report(`${path}.parentSpanId`, "must not be the span itself");
  }
  if (!(kind >= 0 && kind <= 5)) report(`${path}.kind`, `must be 0 to 5, got ${kind}`);
  const code = status?.code ?? 0;
  if (!(code >= 0 && code <= 2)) report(`${path}.status.code`, `must be 0 to 2, got ${code}`);
  const start = nanos(span.startTimeUnixNano), end = nanos(span.endTimeUnixNano);
  if (start === 0n) report(`${path}.startTimeUnixNano`, "must be set");
  if (end < start) {
    report(`${path}.endTimeUnixNano`, `must not be before the start, got ${end} < ${start}`);
  }
  checkAttributes(span.attributes, path, report);
  each(span, "events", path, (event, at) => {
    if (nanos(event.timeUnixNano) === 0n) report(`${at}.timeUnixNano`, "must be set");
    if ((event.name ?? "") === "") report(`${at}.name`, "must be set");
    checkAttributes(event.attributes, at, report);
  }, report);
  each(span, "links", path, (link, at) => {
    for (const name of ["traceId", "spanId"]) {
      if ((link[name] ?? "") === "") report(`${at}.${name}`, "must be set");
    }
    checkIds(link, at, report);
    checkAttributes(link.attributes, at, report);
  }, report);
}

function checkLog(record: Any, path: string, report: Report): void {
  checkIds(record, path, report);
  const { severityNumber = 0 } = record;
  if (!(severityNumber >= 0 && severityNumber <= 24)) {
    report(`${path}.severityNumber`, `must be 0 to 24, got ${severityNumber}`);
  }
  if (nanos(record.timeUnixNano) === 0n && nanos(record.observedTimeUnixNano) === 0n) {
    report(path, "must have timeUnixNano or observedTimeUnixNano");
  }
  checkAttributes(record.attributes, path, report);
}

const KINDS = ["gauge", "sum", "histogram", "exponentialHistogram", "summary"];

function checkMetric(metric: Any, path: string, report: Report): void {
  if ((metric.name ?? "") === "") report(`${path}.name`, "must be set");
  const kinds = KINDS.filter((kind) => metric[kind] !== undefined);
  if (kinds.length !== 1) {
    return report(
      path,
      `must have one of ${KINDS.join(", ")}, got ${kinds.join(" and ") || "none"}`,
    );
  }
  const [kind] = kinds as [string], data = metric[kind], at = `${path}.${kind}`;
  if (kind !== "gauge" && kind !== "summary" && ![1, 2].includes(data.aggregationTemporality)) {
    report(`${at}.aggregationTemporality`, `must be 1 or 2, got ${data.aggregationTemporality}`);
  }
  const seen = new Set<string>();
  each(data, "dataPoints", at, (point, place) => {
    const key = JSON.stringify(list(point.attributes).map((one) => JSON.stringify(one)).sort());
    if (seen.has(key)) report(place, "another point of the metric has the same attributes");
    seen.add(key);
    checkPoint(point, place, report);
    if (kind === "gauge" || kind === "sum") {
      checkNumber(point, data.isMonotonic === true, place, report);
    }
    if (kind === "histogram") checkBuckets(point, place, report);
    if (kind === "exponentialHistogram") checkExponential(point, place, report);
  }, report);
}

function checkPoint(point: Any, path: string, report: Report): void {
  const start = nanos(point.startTimeUnixNano), time = nanos(point.timeUnixNano);
  if (time === 0n) report(`${path}.timeUnixNano`, "must be set");
  if (start > time) {
    report(`${path}.startTimeUnixNano`, `must not be after the time, got ${start} > ${time}`);
  }
  checkAttributes(point.attributes, path, report);
  each(point, "exemplars", path, (exemplar, at) => {
    checkIds(exemplar, at, report);
    if (nanos(exemplar.timeUnixNano) === 0n) report(`${at}.timeUnixNano`, "must be set");
    if ((exemplar.asDouble === undefined) === (exemplar.asInt === undefined)) {
      report(at, "must have one of asDouble and asInt");
    }
  }, report);
}

function checkNumber(point: Any, isMonotonic: boolean, path: string, report: Report): void {
  const { asDouble, asInt } = point;
  if ((asDouble === undefined) === (asInt === undefined)) {
    return report(path, "must have one of asDouble and asInt");
  }
  const value = Number(asDouble ?? asInt);
  if (isMonotonic && !(value >= 0)) {
    report(path, `a monotonic sum must not be negative, got ${value}`);
  }
}

function total(counts: Any): bigint {
  return list(counts).reduce((sum: bigint, count) => sum + nanos(count), 0n);
}

function checkBuckets(point: Any, path: string, report: Report): void {
  const counts = list(point.bucketCounts), bounds = list(point.explicitBounds).map(Number);
  const count = nanos(point.count);
  if (counts.length !== 0 && counts.length !== bounds.length + 1) {
    report(
      path,
      `must have one bucket more than bounds, got ${counts.length} and ${bounds.length}`,
    );
  }
  if (counts.length === 0 && bounds.length > 0) {
    report(path, "must have buckets where it has bounds");
  }
  if (counts.length > 0 && total(counts) !== count) {
    report(`${path}.count`, `must be the sum of the buckets, got ${count} for ${total(counts)}`);
  }
  if (bounds.some((bound, i) => i > 0 && !(bound > bounds[i - 1]!))) {
    report(`${path}.explicitBounds`, "must ascend");
  }
}

function checkExponential(point: Any, path: string, report: Report): void {
  const { positive, negative, zeroCount, scale = 0 } = point, count = nanos(point.count);
  const sum = total(positive?.bucketCounts) + total(negative?.bucketCounts) + nanos(zeroCount);
  if (sum !== count) {
    report(`${path}.count`, `must be the sum of the buckets, got ${count} for ${sum}`);
  }
  if (!(scale >= -10 && scale <= 20)) report(`${path}.scale`, `must be -10 to 20, got ${scale}`);
}
