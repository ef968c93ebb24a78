/**
 * What was recorded, as rules read it.
 *
 * @module
 */
import type { Row } from "../../events/store/rows.ts";
import type { LogRecord } from "../../log/record/record.ts";
import type { Family } from "../../metrics/data/family.ts";
import type { SpanRecord } from "../../trace/span/record.ts";

/** What rules look at. */
export interface Evidence {
  readonly spans: readonly SpanRecord[];
  readonly lines: readonly LogRecord[];
  readonly rows: readonly Row[];
  readonly families: readonly Family[];
  /** Names of spans that were started and have not ended; what is not known by name is `(unnamed)`. */
  readonly open: readonly string[];
  /** Whether all spans are there: none has left a ring. */
  readonly isWhole: boolean;
  /** Whether something surely happened while a request was served. */
  readonly inRequest: (item: SpanRecord | LogRecord) => boolean;
}

/** Metrics that Telltale registers itself: their bounds and labels are no choice of the application. */
const OWN =
  /^(?:http_|db_client_|telltale_|process_|nodejs_|deno_|bun_|v8_|jsc_|feature_flag|slo_|target_info|event_loop_|runtime_|health_|up$)/;

/** Whether the application registered a metric. */
export function isOfApplication({ name }: Family): boolean {
  return !OWN.test(name);
}

/** Whether a span begins a request or message that came from elsewhere. */
export function isEntry({ kind }: SpanRecord): boolean {
  return kind === "server" || kind === "consumer";
}
