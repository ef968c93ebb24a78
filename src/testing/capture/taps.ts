/**
 * Taps: where telemetry is recorded, each thing is handed to the scope it belongs to.
 *
 * A sample leaves nothing behind that says who took it. So the methods that record are replaced while an
 * observer is open, and put back after the last one: a service pays nothing for it, and what a test
 * reads is exact, however many tests run at once.
 *
 * @module
 */
import { Ids } from "../../core/ids.ts";
import { EventStore } from "../../events/event_store.ts";
import { Rows } from "../../events/store/rows.ts";
import { Outlet } from "../../log/outlet.ts";
import { BoundCounter } from "../../metrics/instrument/counter.ts";
import { BoundGauge } from "../../metrics/instrument/gauge.ts";
import { BoundHistogram } from "../../metrics/instrument/histogram.ts";
import type { Series } from "../../metrics/instrument/metric.ts";
import { BoundSummary } from "../../metrics/instrument/summary.ts";
import { Recorder } from "../../trace/recorder.ts";
import { Tracer } from "../../trace/tracer.ts";
import { type Change, Changes } from "./changes.ts";
import { entered, ownerOf, type Scope, scopeOfTrace } from "./scope.ts";

// deno-lint-ignore no-explicit-any
type Method = (...args: any[]) => any;

const undo: (() => void)[] = [];

/** Installs the taps, unless they are. */
export function tap(): void {
  if (undo.length === 0) {
    tapTraces();
    tapLines();
    tapRows();
    tapMetrics();
  }
}

/** Puts the methods back. */
export function untap(): void {
  for (const put of undo.splice(0)) put();
}

/** Replaces a method by one that calls `around` with the original, bound, and the arguments. */
function replace<T extends object>(
  { prototype }: { readonly prototype: T },
  name: keyof T & string,
  around: (self: T, call: () => unknown, args: readonly unknown[]) => unknown,
): void {
  const original = prototype[name] as Method;
  const replaced = function (this: T, ...args: unknown[]) {
    return around(this, () => original.apply(this, args), args);
  } as Method;
  Object.assign(prototype, { [name]: replaced });
  // Whoever replaced it after us keeps their patch.
  undo.push(() => prototype[name] === replaced && Object.assign(prototype, { [name]: original }));
}

function tapTraces(): void {
  replace(Ids, "traceId", (_, call) => {
    const traceId = call() as string;
    entered()?.claim(traceId);
    return traceId;
  });
  replace(Tracer, "start", (self, call, [name]) => {
    const span = call() as ReturnType<Tracer["start"]>;
    const scope = ownerOf(
      (one) => one.takes("tracer", ({ finished }) => finished === self.finished),
      span.traceId,
    );
    if (span.recording) scope?.keep(scope.started, { span, name: String(name) });
    return span;
  });
  replace(Recorder, "keep", (self, call, [span]) => {
    const result = call(), record = (span as Parameters<Recorder["keep"]>[0]).record();
    const takes = (one: Scope) => one.takes("tracer", ({ finished }) => finished === self.finished);
    // A server that does not trust its caller links the caller's trace, and begins one of its own.
    const linked = record.links.map((link) => scopeOfTrace(link.traceId)).find((one) => one);
    if (scopeOfTrace(record.traceId) === undefined && entered() === undefined) {
      linked?.claim(record.traceId);
    }
    const scope = ownerOf(takes, record.traceId);
    scope?.keep(scope.spans, record);
    return result;
  });
}

function tapLines(): void {
  const takes = (self: Outlet) => (one: Scope) =>
    one.takes("log", ({ ring }) => ring === self.ring);
  replace(Outlet, "deliver", (self, call, [given]) => {
    const record = given as Parameters<Outlet["deliver"]>[0], result = call();
    const scope = ownerOf(takes(self), record.traceId || undefined);
    scope?.keep(scope.lines, record);
    return result;
  });
  replace(Outlet, "acceptLine", (self, call, [given]) => {
    const line = given as Parameters<Outlet["acceptLine"]>[0], result = call();
    const scope = ownerOf(takes(self), line.traceId || undefined);
    scope?.keep(scope.lines, line.record());
    return result;
  });
}

function tapRows(): void {
  replace(Rows, "end", (self, call) => {
    const number = call() as number;
    if (!(self instanceof EventStore)) return number;
    const row = self.row(number);
    const traceId = typeof row?.trace === "string" ? row.trace : undefined;
    const scope = ownerOf((one) => one.takes("events", (own) => own === self), traceId);
    if (row !== undefined) scope?.keep(scope.rows, row);
    return number;
  });
}

function tapMetrics(): void {
  for (const verb of ["inc", "add"] as const) {
    replace(BoundCounter, verb, (self, call) => counted(self, call));
  }
  for (const verb of ["inc", "dec", "add", "set"] as const) {
    replace(BoundGauge, verb, (self, call) => counted(self, call));
  }
  for (const verb of ["observe", "observeIn"] as const) {
    replace(BoundHistogram, verb, (self, call, args) => observed(self, call, args));
  }
  replace(BoundSummary, "observe", (self, call, args) => observed(self, call, args));
}

/** The difference of the values says whether the sample was refused. */
function counted(series: BoundCounter | BoundGauge, call: () => unknown): unknown {
  const before = series.value, result = call(), after = series.value;
  const isGauge = series instanceof BoundGauge;
  if (after !== before || isGauge) {
    change(series, (found) => {
      found.by += after - before;
      if (isGauge) found.last = after;
    });
  }
  return result;
}

function observed(
  series: BoundHistogram | BoundSummary,
  call: () => unknown,
  [value, context]: readonly unknown[],
): unknown {
  const result = call();
  if (typeof value !== "number" || Number.isNaN(value)) return result;
  const { traceId } = (context ?? {}) as { readonly traceId?: string };
  change(series, (found) => Changes.observed(found, value), traceId);
  return result;
}

function change(series: Series, apply: (found: Change) => void, traceId?: string): void {
  const { name, type, faults } = series["definition"];
  const takes = (one: Scope) => one.takes("metrics", (own) => own.faults === faults);
  const scope = ownerOf(takes, traceId);
  const found = scope?.changes.of(name, type, series.labels);
  if (scope === undefined || found === undefined) return;
  apply(found);
  for (const listener of scope.onChange) listener();
}
