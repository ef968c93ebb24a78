/**
 * Work that is no request, and the row that it leaves.
 *
 * @module
 */
import { check } from "../core/check.ts";
import type { AttributeSource, AttributeValue } from "../core/attributes.ts";
import type { Clock } from "../core/clock.ts";
import type { Baggage, Context } from "../core/context.ts";
import type { Faults } from "../core/faults.ts";
import { describeError } from "../core/redact/error.ts";
import type { Redactor } from "../core/redact/redactor.ts";
import { type NoteValue, Tally } from "../core/tally.ts";
import type { EventStore } from "../events/event_store.ts";
import type { Column } from "../events/store/column.ts";
import { TallyColumns } from "../events/tally_columns.ts";
import { endLater, failAndEnd } from "../trace/span/end_with_result.ts";
import type { Span } from "../trace/span/span.ts";
import type { Endable } from "../trace/span/thenable.ts";
import type { Tracer } from "../trace/tracer.ts";

/** Sets fields of the running request or job; what can't be kept is counted as a fault. Never throws. */
export function note(
  fields: Readonly<Record<string, NoteValue | undefined>>,
  tally: Tally | undefined,
  faults: Faults,
): void {
  faults.guard("note", () => {
    check(tally !== undefined, "note fields", "code must run in a request or event", undefined);
    for (const name of Object.keys(fields)) {
      const value = fields[name];
      if (value === undefined || value === null || tally.note(name, value)) continue;
      const rule = "it must be text, a finite number or a boolean, one of 64, before the end";
      faults.guard("note", () => check(false, `note field "${name}"`, rule, value));
    }
  });
}

/** Runs jobs, each in a span and with a row of its own. */
export class Jobs {
  readonly #tracer: Tracer;
  readonly #clock: Clock;
  readonly #redactor: Redactor;
  readonly #faults: Faults;
  readonly #events: EventStore | undefined;
  readonly #columns: TallyColumns | undefined;
  readonly #name: Column | undefined;

  constructor(
    { tracer, clock, redactor, faults, events, version }: {
      readonly tracer: Tracer;
      readonly clock: Clock;
      readonly redactor: Redactor;
      readonly faults: Faults;
      readonly events: EventStore | undefined;
      readonly version: string | undefined;
    },
  ) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#redactor = redactor;
    this.#faults = faults;
    this.#events = events;
    if (events === undefined) return;
    this.#columns = new TallyColumns(events, version);
    this.#name = events.field("job");
  }

  /** Runs `fn` as `Tracer.span` does, with a row that ends with the span. */
  run<T>(name: string, fn: (span: Span) => T): T {
    const startMs = this.#clock.monotonic();
    const job = new Job((error) => {
      this.#faults.guard("event row", () => this.#write(job, name, startMs, error));
    });
    return this.#tracer.span(name, { tally: job, source: job }, (span) => {
      job.span = span;
      let result: T;
      try {
        result = fn(span);
      } catch (error) {
        failAndEnd(job, error);
        throw error;
      }
      if (typeof result === "object" && result !== null) {
        return endLater(result, job);
      }
      job.end();
      return result;
    });
  }

  #write(job: Job, name: string, startedMs: number, failure: Job["failure"]): void {
    const events = this.#events;
    if (events === undefined) return;
    const ms = this.#clock.monotonic() - startedMs;
    const errorType = failure === undefined
      ? undefined
      : describeError(failure.error, this.#redactor).type;
    const slot = events.begin();
    this.#name!.put(slot, name);
    this.#columns!.write(slot, job, job.span, this.#clock.now() - ms, ms, errorType);
    events.end();
    job.close();
  }
}

/** What a job adds up to. It ends as a span does, and is the context of its generators' steps. */
class Job extends Tally implements Endable, AttributeSource {
  declare span: Span;
  recording = true;
  failure: { readonly error: unknown } | undefined = undefined;
  readonly #ended: (failure: Job["failure"]) => void;

  constructor(ended: (failure: Job["failure"]) => void) {
    super();
    this.#ended = ended;
  }

  fail(error: unknown): void {
    this.failure = { error };
  }

  end(): void {
    if (!this.recording) return;
    this.recording = false;
    this.#ended(this.failure);
  }

  get tally(): Tally {
    return this;
  }

  get size(): number {
    return this.notesSize;
  }

  addTo(pairs: (string | AttributeValue | undefined)[]): void {
    if (this.notes !== undefined) {
      for (const [name, value] of this.notes) {
        pairs.push(name, value);
      }
    }
  }

  attribute(key: string): AttributeValue | undefined {
    return this.notes?.get(key);
  }

  get traceId(): string {
    return this.span.traceId;
  }

  get spanId(): string {
    return this.span.spanId;
  }

  get flags(): number {
    return this.span.flags;
  }

  get tracestate(): string {
    return this.span.tracestate;
  }

  get requestId(): string {
    return this.span.requestId;
  }

  get baggage(): Baggage | undefined {
    return this.span.baggage;
  }

  get fields(): Context["fields"] {
    return this.span.fields;
  }
}
