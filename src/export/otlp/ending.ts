/**
 * The end of a process, in which nothing asynchronous runs any more: saves or sends what is left.
 *
 * @module
 */
import type { Clock } from "../../core/clock.ts";
import type { Faults } from "../../core/faults.ts";
import type { Batch } from "../batch/batch.ts";
import type { OtlpSignal, SignalSettings } from "./settings.ts";
import type { Outbox } from "../batch/outbox.ts";
import { isRetryable, type Outcome } from "../post/post.ts";
import { type LastAnswers, type LastRequest, sendNow } from "./send_now.ts";

/** How long a receiver that does not answer holds a process that ends. */
const HOLD_MS = 2000;
/** An application may survive what looks like its end, many times: it is not held each time. */
const REST_MS = 10_000;

const ITEMS = { traces: "span", metrics: "data point", logs: "log record" } as const;

/** An outbox of any items. */
type AnyOutbox = Pick<Outbox<unknown>, keyof Outbox<unknown>>;

/** One signal that is exported. */
export interface Exit {
  readonly signal: OtlpSignal;
  readonly outbox: AnyOutbox;
  readonly settings: SignalSettings;
}

/** What an {@linkcode Ending} is made of. */
export interface EndingParts {
  readonly clock: Clock;
  readonly faults: Faults;
  /** Whether what waits is written to disk; it is sent otherwise. */
  readonly spooled: boolean;
  /** Whether it may be sent with the runtime's own `fetch`, because no other is in use. */
  readonly sends: boolean;
}

/** Saves or sends what is left at the end, and reports what is lost. */
export class Ending {
  readonly #parts: EndingParts;
  #nextMs = -Infinity;
  #nextReportMs = -Infinity;
  #reports = 0;

  constructor(parts: EndingParts) {
    this.#parts = parts;
  }

  /**
   * Saves what waits in memory, or sends it while the process waits, for two seconds at most; not to a
   * receiver that did not take the last request. Never throws.
   *
   * @param gathers whether metrics are to be collected once more
   */
  run(exits: readonly Exit[], gathers: boolean): void {
    const { clock, spooled, sends } = this.#parts;
    const nowMs = clock.monotonic();
    // Exit hooks run more than once at one end.
    if (nowMs >= this.#nextMs) {
      if (gathers) { for (const { outbox } of exits) outbox.gather(); }
      if (sends && !spooled) this.#send(exits);
      this.#nextMs = nowMs + REST_MS;
    }
    if (spooled) { for (const { outbox } of exits) outbox.save(); }
    if (clock.monotonic() < this.#nextReportMs) return;
    if (this.tell(exits, "may be lost")) this.#nextReportMs = clock.monotonic() + REST_MS;
  }

  /** Reports how much is in memory, of which signals, and why; false when there is nothing. */
  tell(exits: readonly Exit[], fate: "may be lost" | "lost"): boolean {
    const lost = exits.filter(({ outbox }) => outbox.inMemory > 0);
    const causes = Map.groupBy(lost, ({ outbox }) => `${outbox.receiver}: ${this.#cause(outbox)}`);
    for (const [cause, ways] of causes) {
      const counts = ways.map(({ signal, outbox: { inMemory: n } }) =>
        `${n} ${ITEMS[signal]}${n === 1 ? "" : "s"}`
      );
      const error = new Error(`${counts.join(", ")} ${fate}: ${cause}`);
      this.#parts.faults.record("otlp", error, `otlp end ${this.#reports++}`);
    }
    return lost.length > 0;
  }

  #cause({ failure }: AnyOutbox): string {
    if (failure !== undefined) return failure;
    return this.#parts.spooled ? "the spool could not be written" : "not sent before the end";
  }

  #send(exits: readonly Exit[]): void {
    const waiting = exits
      .filter(({ outbox, settings }) =>
        outbox.inMemory > 0 && outbox.failure === undefined && outbox.retryAfterMs === 0 &&
        settings.certificates === undefined
      )
      .flatMap(({ outbox, settings }) =>
        outbox.unsent().map((batch) => ({ outbox, batch, request: requestOf(batch, settings) }))
      );
    if (waiting.length === 0) return;
    const answers = sendNow(waiting.map(({ request }) => request), HOLD_MS);
    for (const [i, { outbox, batch }] of waiting.entries()) {
      outbox.settleSent(batch, outcomeOf(answers, i));
    }
  }
}

function requestOf({ body, json, gzipped }: Batch, { url, headers }: SignalSettings): LastRequest {
  const contentType = json ? "application/json" : "application/x-protobuf";
  return {
    url,
    method: "POST",
    headers: {
      ...headers,
      "content-type": contentType,
      ...(gzipped ? { "content-encoding": "gzip" } : {}),
    },
    body,
  };
}

function outcomeOf({ statuses, error }: LastAnswers, i: number): Outcome {
  const status = statuses[i]!;
  if (status >= 200 && status <= 299) return { kind: "accepted", rejected: 0, message: "" };
  const failed = { error: String(status), message: status === 0 ? error : `HTTP ${status}` };
  return status === 0 || isRetryable(status)
    ? { kind: "failed", ...failed, retryAfterMs: undefined }
    : { kind: "refused", ...failed };
}
