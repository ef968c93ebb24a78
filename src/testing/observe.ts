/**
 * Captures the telemetry of a test.
 *
 * @module
 */
import { check, checkWhole, type Known, refuseUnknown, requireGiven } from "../core/check.ts";
import { type Clock, systemClock } from "../core/clock.ts";
import type { Handler } from "../http/request/handler.ts";
import { type ObservedParts, Scope } from "./capture/scope.ts";
import { Observed } from "./observed.ts";

/** Options of {@linkcode observe}. */
export interface ObserveTestOptions {
  /** The most spans, lines, rows and series that are kept, of each. @default 10000 */
  readonly maxItems?: number | undefined;
  /** Source of time. @default the machine's */
  readonly clock?: Clock | undefined;
}

/** What can be observed: what `telltale()` returns, some parts alone, or a handler. */
export type Observable =
  | ObservedParts
  | Handler<never[], Response | undefined | Promise<Response | undefined>>;

const KNOWN: Known<ObserveTestOptions> = { maxItems: true, clock: true };
const WHAT = "observe";
const PARTS = ["tracer", "log", "metrics", "events"] as const;

/**
 * Captures the spans, log lines, metrics and rows of a test, and makes assertions on them. A failed one
 * shows what was there.
 *
 * What a test causes belongs to it, even when tests run side by side on one `t`: the rest of the function
 * that calls `observe` runs in a scope of its own, as does all that it starts; so does what
 * {@linkcode Observed.run} and {@linkcode Observed.fetch} call. Telemetry of a trace belongs to the scope
 * where the trace began, also on the other side of a connection. A metric's change is that of the samples
 * taken in the scope, and so is exact. What comes outside of all scopes (a timer of a server that was started
 * before) belongs to the only observer that is open; while several are, it belongs to none, and failures
 * say so. What a collector computes at a scrape is not captured.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { observe } from "@telltale/telltale/testing";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * const orders = t.metrics.counter("orders_total", "Orders placed", ["status"]);
 * const handler = t.instrument(() => {
 *   t.tracer.span("charge card", (span) => span.set("payment.method", "card"));
 *   orders.inc({ status: "completed" });
 *   t.log.info("order placed", { order_id: 456 });
 *   return new Response("ok");
 * });
 *
 * using seen = observe(t);
 * await handler(new Request("http://localhost/orders"));
 * seen.span("charge card").has({ "payment.method": "card" }).succeeded();
 * seen.metric("orders_total", { status: "completed" }).by(1);
 * seen.line("order placed").has({ order_id: 456 });
 * ```
 *
 * @param target what `telltale()` returns, an object with some of its parts, or a handler, of which
 * everything is captured that runs in {@linkcode Observed.fetch} and in the test
 * @throws {TypeError} for another target, and for an unknown option
 * @throws {RangeError} for an option out of range
 */
export function observe(target: Observable, options: ObserveTestOptions = {}): Observed {
  refuseUnknown(WHAT, options, KNOWN);
  const { maxItems = 10_000, clock = systemClock } = options;
  checkWhole(WHAT, "maxItems", maxItems);
  if (typeof target !== "function") {
    requireGiven(WHAT, target, "target");
    const rule = `target must be a handler or have one of ${PARTS.join(", ")}`;
    check(PARTS.some((part) => target[part] !== undefined), WHAT, rule, target, TypeError);
  }
  const handler = typeof target === "function" ? target as Handler : undefined;
  const scope = new Scope(handler === undefined ? target as ObservedParts : undefined, maxItems);
  return new Observed(scope, handler, clock);
}
