/**
 * TracerProvider and Tracer of `@opentelemetry/api` over a Telltale tracer.
 *
 * @module
 */
import { type Context, current } from "../../core/context.ts";
import type { SpanKind, SpanLinkOptions, SpanOptions } from "../../trace/span/span.ts";
import type { Tracer } from "../../trace/tracer.ts";
import {
  activeOf,
  isContext,
  isSuppressed,
  type OtelContextManager,
  withActive,
} from "./context.ts";
import type { OtelContext, OtelLink, OtelSpanOptions } from "./shapes.ts";
import { attributesOf, contextOf, OtelSpan } from "./span.ts";
import { startMsOf } from "./time.ts";

const KINDS: readonly SpanKind[] = ["internal", "server", "client", "producer", "consumer"];

/** Where libraries get tracers. */
export class OtelTracerProvider {
  readonly #tracer: Tracer;
  readonly #contexts: OtelContextManager;

  /** Its spans are started by `tracer`, in the contexts of `contexts`. */
  constructor(tracer: Tracer, contexts: OtelContextManager) {
    this.#tracer = tracer;
    this.#contexts = contexts;
  }

  /** A tracer whose spans name the library that made them. */
  getTracer(name: string, version?: string): OtelTracer {
    return new OtelTracer(this.#tracer, this.#contexts, name, version);
  }
}

/** A library's tracer; its spans have the attributes `otel.scope.name` and `otel.scope.version`. */
export class OtelTracer {
  readonly #tracer: Tracer;
  readonly #contexts: OtelContextManager;
  readonly #scope: Readonly<Record<string, string>>;

  /** Made by a tracer provider. */
  constructor(
    tracer: Tracer,
    contexts: OtelContextManager,
    name: string,
    version: string | undefined,
  ) {
    this.#tracer = tracer;
    this.#contexts = contexts;
    const scope: Record<string, string> = {};
    if (name) scope["otel.scope.name"] = name;
    if (version) scope["otel.scope.version"] = version;
    this.#scope = scope;
  }

  /** Starts a span without making it active. */
  startSpan(
    name: string,
    options?: OtelSpanOptions,
    context?: OtelContext,
  ): OtelSpan {
    const { faults } = this.#tracer;
    const within = isContext(context) ? context : this.#contexts.active();
    const given = faults.guard("otel span", () => this.#optionsOf(options ?? {}, within)) ?? {};
    // Exporters suppress spans of their own requests, which would be exported in turn.
    if (faults.guard("otel span", () => isSuppressed(within))) {
      return OtelSpan.of(given.parent ?? NOTHING, this.#tracer);
    }
    return OtelSpan.of(this.#tracer.start(name, given), this.#tracer);
  }

  /** Starts a span and runs `fn` with it active; `fn` must end it. */
  startActiveSpan<F extends (span: OtelSpan) => unknown>(name: string, fn: F): ReturnType<F>;
  /** Starts a span and runs `fn` with it active; `fn` must end it. */
  startActiveSpan<F extends (span: OtelSpan) => unknown>(
    name: string,
    options: OtelSpanOptions,
    fn: F,
  ): ReturnType<F>;
  /** Starts a span and runs `fn` with it active; `fn` must end it. */
  startActiveSpan<F extends (span: OtelSpan) => unknown>(
    name: string,
    options: OtelSpanOptions,
    context: OtelContext,
    fn: F,
  ): ReturnType<F>;
  startActiveSpan<F extends (span: OtelSpan) => unknown>(
    name: string,
    ...rest: readonly unknown[]
  ): ReturnType<F> {
    const fn = rest.at(-1) as F;
    const options = rest.length > 1 ? rest[0] as OtelSpanOptions : {};
    const context = rest.length > 2 && isContext(rest[1]) ? rest[1] : this.#contexts.active();
    const span = this.startSpan(name, options, context);
    const within = withActive(context, span.context, this.#tracer);
    return this.#contexts.with(within, () => fn(span)) as ReturnType<F>;
  }

  #optionsOf(options: OtelSpanOptions, context: OtelContext): SpanOptions {
    const within = activeOf(context), parent = options.root ? undefined : within;
    return {
      kind: KINDS[options.kind ?? 0],
      parent: parent ?? null,
      baggage: within?.baggage,
      requestId: parent?.requestId || current()?.requestId || undefined,
      startedAtMs: startMsOf(options.startTime, this.#tracer),
      attributes: { ...this.#scope, ...this.#kept(() => attributesOf(options.attributes)) },
      links: this.#kept(() =>
        options.links?.flatMap((link) => this.#kept(() => linkOf(link)) ?? [])
      ),
    };
  }

  /** Invalid options are dropped one by one, so that the span keeps its parent. */
  #kept<T>(read: () => T): T | undefined {
    return this.#tracer.faults.guard("otel span", read);
  }
}

function linkOf({ context, attributes }: OtelLink): SpanLinkOptions {
  return { context: contextOf(context), attributes: attributesOf(attributes) };
}

/** The context of a suppressed span without a parent. */
const NOTHING: Context = { traceId: "", spanId: "", flags: 0, tracestate: "", requestId: "" };
