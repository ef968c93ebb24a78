/**
 * The telemetry contract of a service.
 *
 * @module
 */
import { check, type Known, refuseUnknown } from "../core/check.ts";
import type { Row } from "../events/store/rows.ts";
import type { LogRecord } from "../log/record/record.ts";
import type { Family } from "../metrics/data/family.ts";
import type { SpanRecord } from "../trace/span/record.ts";
import { TelemetryContract } from "./contract/description.ts";
import { checkFileOptions, compareWithFile, type FileOptions } from "./contract/file.ts";
import { Observed } from "./observed.ts";

/** What can be described besides what an observer saw: what `telltale()` returns, or some of its parts. */
export interface DescribedParts {
  /** Names the service. */
  readonly resource?: { readonly service: string } | undefined;
  /** A `Tracer`: its finished spans. */
  readonly tracer?: { readonly finished: Iterable<SpanRecord> } | undefined;
  /** A `Logger`: the lines it holds. */
  readonly log?: { readonly ring: Iterable<LogRecord> } | undefined;
  /** A `Registry`: its instruments. */
  readonly metrics?: { collectNow(): readonly Family[] } | undefined;
  /** An `EventStore`: the rows it holds. */
  readonly events?: Iterable<Row> | undefined;
}

/** Options of {@linkcode describe}. */
export interface DescribeOptions {
  /** The title of the document. @default the service's name */
  readonly title?: string | undefined;
}

const KNOWN: Known<DescribeOptions> = { title: true };
const WHAT = "describe telemetry";

/**
 * What a service emitted: metrics of its instruments, spans, rows and log lines by message, without values.
 * The same work gives the same contract on any runtime, so that it can be kept in a file and be reviewed:
 * see {@linkcode assertContract}. Do all kinds of work first; of an observer, the metrics are those that
 * its test changed. What collectors add, as that of the process, is not in it.
 *
 * @example
 * ```ts
 * import { telltale } from "@telltale/telltale";
 * import { describe } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * await using t = telltale({ service: "orders", log: { sinks: [] } });
 * t.tracer.span("charge card", (span) => {
 *   span.set("payment.method", "card");
 *   t.log.info("order placed", { order_id: 456 });
 * });
 * const { spans, lines } = describe(t);
 * deepEqual(spans[0]?.attributes, ["payment.method"]);
 * deepEqual(lines[0], { message: "order placed", levels: ["info"], fields: ["order_id"] });
 * ```
 *
 * @throws {TypeError} for what can't be described, an unknown option, or one of the wrong kind
 */
export function describe(
  source: Observed | DescribedParts,
  options: DescribeOptions = {},
): TelemetryContract {
  refuseUnknown(WHAT, options, KNOWN);
  const { title } = options;
  const isText = title === undefined || typeof title === "string";
  check(isText, WHAT, "title must be text", title, TypeError);
  if (source instanceof Observed) {
    const { parts } = Observed.scopeOf(source);
    const touched = new Set(source.changes.map(({ name }) => name));
    const { spans, rows, lines } = source;
    const families = (parts?.metrics?.collectNow() ?? []).filter(({ name }) => touched.has(name));
    const { resource } = (parts ?? {}) as DescribedParts;
    return new TelemetryContract({
      title: title ?? resource?.service ?? "the service",
      families,
      spans,
      rows,
      lines,
    });
  }
  const isParts = typeof source === "object" && source !== null &&
    (source.tracer ?? source.log ?? source.metrics ?? source.events) !== undefined;
  const rule = "it must be an observer or have one of tracer, log, metrics, events";
  check(isParts, WHAT, rule, source, TypeError);
  return new TelemetryContract({
    title: title ?? source.resource?.service ?? "the service",
    families: source.metrics?.collectNow() ?? [],
    spans: [...source.tracer?.finished ?? []],
    rows: [...source.events ?? []],
    lines: [...source.log?.ring ?? []],
  });
}

/**
 * Asserts that what a service emitted is what a file says: Markdown, or JSON for a path that ends in
 * `.json`. A change of telemetry then is a change of the file, which a pull request shows.
 *
 * @example
 * ```ts ignore
 * test("the telemetry is as reviewed", async () => {
 *   await everyKindOfRequest(handler);
 *   await assertContract(t, "telemetry.md", { update: Deno.args.includes("--update") });
 * });
 * ```
 *
 * @returns rejects with an `AssertionError` that shows the difference
 */
export async function assertContract(
  source: Observed | DescribedParts,
  path: string,
  options: FileOptions = {},
): Promise<void> {
  checkFileOptions("assert contract", path, options);
  const contract = describe(source);
  const text = path.endsWith(".json")
    ? `${JSON.stringify(contract, undefined, 2)}\n`
    : contract.markdown();
  await compareWithFile("The telemetry", path, text, options);
}
