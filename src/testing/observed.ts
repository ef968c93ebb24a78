/**
 * What an observer saw, and assertions on it.
 *
 * @module
 */
import { checkFunction, nearest } from "../core/check.ts";
import type { Clock } from "../core/clock.ts";
import { keepAlive } from "../core/platform.ts";
import { DISPOSE } from "../core/dispose.ts";
import { Ids } from "../core/ids.ts";
import type { Row } from "../events/store/rows.ts";
import type { Handler } from "../http/request/handler.ts";
import type { LogRecord } from "../log/record/record.ts";
import type { LabelValue } from "../metrics/data/labels.ts";
import type { SpanRecord } from "../trace/span/record.ts";
import type { Change } from "./capture/changes.ts";
import { type ExpectedFields, fail, isExpected } from "./capture/match.ts";
import {
  type LineMatch,
  linesOf,
  quoted,
  type RowMatch,
  rowsOf,
  SpanMatch,
} from "./capture/matches.ts";
import { MetricMatch } from "./capture/metric_match.ts";
import type { Scope } from "./capture/scope.ts";
import { tap, untap } from "./capture/taps.ts";
import { traceTree } from "./capture/tree.ts";
import { spanText, thereWere } from "./capture/words.ts";
import type { OtlpJson, OtlpReceiver } from "./receiver.ts";
import { checkFileOptions, compareWithFile, type FileOptions } from "./contract/file.ts";
import { snapshotOf, type TelemetrySnapshot } from "./contract/snapshot.ts";

const ids = /* @__PURE__ */ new Ids();

/** What a test caused. Made by `observe`. */
export class Observed {
  readonly #scope: Scope;
  readonly #handler: Handler | undefined;
  readonly #clock: Clock;

  /** Prefer `observe`. @internal */
  constructor(scope: Scope, handler: Handler | undefined, clock: Clock) {
    this.#scope = scope;
    this.#handler = handler;
    this.#clock = clock;
    tap();
    scope.open();
    scope.enter();
  }

  /** The scope of an observer, for what reads all of it. @internal */
  static scopeOf(observed: Observed): Scope {
    return observed.#scope;
  }

  /** Runs `fn` so that what it causes belongs to this observer. */
  run<T>(fn: () => T): T {
    checkFunction("run in observer", "fn", fn);
    return this.#scope.run(fn);
  }

  /**
   * Sends a request whose telemetry belongs to this observer: to the handler that is observed, where a path
   * alone is enough; else over the network, with the `traceparent` of a new trace.
   */
  fetch(input: Request | URL | string, init?: RequestInit): Promise<Response> {
    const handler = this.#handler;
    return this.#scope.run(async () => {
      if (handler !== undefined) {
        const url = typeof input === "string" ? new URL(input, "http://localhost") : input;
        return await handler(new Request(url, init));
      }
      const request = new Request(input, init), traceId = ids.traceId();
      this.#scope.claim(traceId);
      if (!request.headers.has("traceparent")) {
        request.headers.set("traceparent", `00-${traceId}-${ids.spanId()}-01`);
      }
      return await fetch(request);
    });
  }

  /** Finds spans that have ended, by name. @throws {AssertionError} without one */
  span(name: string | RegExp): SpanMatch {
    const { spans } = this.#scope, sought = `span ${quoted(name)}`;
    const found = spans.filter((span) => isExpected(span.name, name));
    if (found.length > 0) return new SpanMatch(found, sought, this.#scope);
    const were = thereWere("span", spans, spanText, String(name), (span) => span.name);
    const isStarted = this.#scope.started.some((one) =>
      isExpected(one.name, name) && one.span.recording
    );
    const open = isStarted ? "\nOne with this name was started and has not ended." : "";
    fail(`No ${sought} was recorded\n\n${were}${open}${this.#note}`, "span");
  }

  /** Finds log lines, by message. @throws {AssertionError} without one */
  line(message: string | RegExp): LineMatch {
    return linesOf(this.#scope.lines, message, `line ${quoted(message)}`, this.#note);
  }

  /** Finds rows of requests and jobs, by fields. @throws {AssertionError} without one */
  row(fields: ExpectedFields = {}): RowMatch {
    return rowsOf(this.#scope.rows, fields, this.#note);
  }

  /**
   * The series of a metric that have these labels, others too: by how much the test changed them.
   *
   * @param name as registered
   * @throws {AssertionError} for a metric that is not registered
   */
  metric(name: string, labels: Readonly<Record<string, LabelValue>> = {}): MetricMatch {
    const match = new MetricMatch(this.#scope, name, labels, this.#note);
    const families = this.#scope.parts?.metrics?.collectNow();
    if (match.all.length > 0 || families === undefined) return match;
    const names = families.map((family) => family.name);
    if (names.includes(name)) return match;
    const like = nearest(name, names);
    const hint = like === undefined
      ? `\n\nRegistered are: ${names.join(", ") || "none"}`
      : `, did you mean ${quoted(like)}?`;
    fail(`No metric ${quoted(name)} is registered${hint}${this.#note}`, "metric");
  }

  /** What was evaluated of a flag: the variants, one for each evaluation by Telltale's flags. */
  flag(key: string): readonly string[] {
    return this.#scope.changes.all
      .filter(({ name, labels }) =>
        name === "feature_flag_evaluations_total" && labels.flag === key
      )
      .flatMap(({ labels, by }) => new Array<string>(by).fill(labels.variant ?? ""));
  }

  /**
   * What a receiver was sent of this test: spans and log records of its traces. Metrics are sums over all
   * tests, and so belong to none.
   */
  exported(
    receiver: OtlpReceiver,
  ): { readonly spans: readonly OtlpJson[]; readonly logs: readonly OtlpJson[] } {
    const { traces } = this.#scope;
    const isOwn = ({ traceId }: { readonly traceId?: string }) =>
      traceId !== undefined && traces.has(traceId);
    return { spans: receiver.spans.filter(isOwn), logs: receiver.logs.filter(isOwn) };
  }

  /** Asserts that no span failed and no line is an error or worse. @throws {AssertionError} */
  noErrors(): this {
    const failed = this.#scope.spans.filter(({ status }) => status === "error");
    const lines = this.#scope.lines.filter(({ severity }) => severity >= 17);
    if (failed.length + lines.length === 0) return this;
    const texts = [
      ...failed.map(spanText),
      ...lines.map(({ level, message }) => `${level} ${quoted(message)}`),
    ];
    fail(`There were errors:\n  ${texts.join("\n  ")}\n\n${this.trace()}`, "noErrors");
  }

  /** All traces as trees, with events, log lines and durations: for people. */
  trace(): string {
    return traceTree(this.#scope);
  }

  /**
   * All that was seen as plain data without ids, times, durations, ports and hosts: equal in every run, for
   * the snapshot tests of a runner. Spans that start at once are in the order in which they started. What
   * texts of a runtime say, such as messages of failed connections, is as it is.
   */
  snapshot(): TelemetrySnapshot {
    return snapshotOf(this.#scope);
  }

  /**
   * Asserts that {@linkcode Observed.snapshot} is what a file of JSON has.
   *
   * @returns rejects with an `AssertionError` that shows the difference
   */
  async assertSnapshot(path: string, options: FileOptions = {}): Promise<void> {
    checkFileOptions("assert snapshot", path, options);
    const text = `${JSON.stringify(this.snapshot(), undefined, 2)}\n`;
    await compareWithFile("The snapshot", path, text, options);
  }

  /** Spans that ended, in this order. */
  get spans(): readonly SpanRecord[] {
    return this.#scope.spans;
  }

  /** Log lines. */
  get lines(): readonly LogRecord[] {
    return this.#scope.lines;
  }

  /** Rows of requests and jobs. */
  get rows(): readonly Row[] {
    return this.#scope.rows;
  }

  /** What happened to metrics, series by series. */
  get changes(): readonly Change[] {
    return this.#scope.changes.all;
  }

  /** What was not kept because of `maxItems`. */
  get dropped(): number {
    return this.#scope.dropped + this.#scope.changes.dropped;
  }

  /**
   * What was recorded outside of all scopes while other observers of the same parts were open, and so is not
   * in here.
   */
  get unclear(): number {
    return this.#scope.unclear;
  }

  /**
   * Waits until assertions hold: they are tried again each time that something was recorded.
   *
   * @param timeoutMs how long. @default 1000
   * @returns what `assertions` returned; rejects with what it threw last
   */
  eventually<T>(assertions: () => T, timeoutMs = 1000): Promise<T> {
    checkFunction("wait for telemetry", "assertions", assertions);
    const scope = this.#scope;
    return new Promise<T>((resolve, reject) => {
      let last: unknown;
      const isHeld = () => {
        try {
          resolve(assertions());
          return true;
        } catch (error) {
          last = error;
          return false;
        }
      };
      if (isHeld()) return;
      // A timer of ours would let the process end first.
      const release = keepAlive();
      const stop = () => {
        cancel();
        release();
        scope.onChange = scope.onChange.filter((one) => one !== listener);
      };
      const listener = () => isHeld() && stop();
      const cancel = this.#clock.after(timeoutMs, () => {
        stop();
        reject(last);
      });
      scope.onChange = [...scope.onChange, listener];
    });
  }

  /** Captures nothing more; what was captured stays. */
  close(): void {
    if (this.#scope.isOpen && this.#scope.close()) untap();
  }

  /** {@linkcode Observed.close}, for `using`. */
  [DISPOSE](): void {
    this.close();
  }

  get #note(): string {
    const { unclear } = this.#scope, { dropped } = this;
    const more = dropped === 0 ? "" : `\n\n${dropped} things were not kept (maxItems).`;
    if (unclear === 0) return more;
    return `${more}\n\n${unclear} things were recorded outside of all scopes while several observers were ` +
      "open, and belong to none: cause them in seen.run() or with seen.fetch().";
  }
}
