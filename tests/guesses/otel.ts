/** OpenTelemetry's API and SDK beside us in one process; which copies, whoever asks says. */
import type * as Api from "@opentelemetry/api";
import type { ReadableSpan as Exported } from "@opentelemetry/sdk-trace-base";
import { Tracer } from "../../src/trace/tracer.ts";
import type { Guess } from "./guess.ts";

/** The copies that are asked. */
export interface Copies {
  readonly api: Omit<typeof Api, "logs">;
  /** Opens a tracer of the SDK, and what gives its spans. */
  readonly open: () => { readonly tracer: Api.Tracer; readonly spans: () => readonly Exported[] };
}

type ApiInput = (api: Copies["api"]) => unknown;

const CONTEXT = {
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  traceFlags: 1,
};

/** Without a global: other tests register with the same copy. */
export const API_GUESSES: readonly Guess<ApiInput>[] = [
  [
    "a trace state whose first member is set anew",
    ({ createTraceState }) => createTraceState("a=1,b=2").set("b", "3").serialize(),
    "b=3,a=1",
  ],
  [
    "a trace state with a name in upper case",
    ({ createTraceState }) => createTraceState("a=1,B=2").serialize(),
    "a=1",
  ],
  [
    "a trace state with 33 members",
    ({ createTraceState }) =>
      createTraceState(Array.from({ length: 33 }, (_, i) => `k${i}=1`).join()).serialize().split(
        ",",
      ).length,
    "32",
  ],
  [
    "a trace state with a name twice",
    ({ createTraceState }) => createTraceState("a=1,a=2").serialize(),
    "a=1",
  ],
  [
    "ids in upper case",
    ({ isSpanContextValid }) =>
      isSpanContextValid({ ...CONTEXT, traceId: CONTEXT.traceId.toUpperCase() }),
    "false",
    "true",
  ],
  ["an id of zeros", ({ isValidTraceId }) => isValidTraceId("0".repeat(32)), "false"],
  [
    "a span of another process",
    ({ trace }) => trace.wrapSpanContext(CONTEXT).isRecording(),
    "false",
  ],
  [
    "two keys of one name",
    ({ createContextKey }) => createContextKey("a") === createContextKey("a"),
    "false",
    "true",
  ],
  ["a context that is given a value", ({ ROOT_CONTEXT, createContextKey }) => {
    const key = createContextKey("a");
    ROOT_CONTEXT.setValue(key, 1);
    return ROOT_CONTEXT.getValue(key);
  }, "undefined"],
  [
    "a baggage whose entry is removed",
    ({ propagation }) =>
      propagation.createBaggage({ a: { value: "1" }, b: { value: "2" } }).removeEntry("a")
        .getAllEntries().map(([key]) => key),
    "b",
  ],
  [
    "a span in a context",
    ({ trace, ROOT_CONTEXT }) =>
      trace.getSpanContext(trace.setSpan(ROOT_CONTEXT, trace.wrapSpanContext(CONTEXT)))?.spanId,
    CONTEXT.spanId,
  ],
];

type SdkInput = (tracer: Api.Tracer, api: Copies["api"]) => void;

/** What is done with a tracer, and which part of what it exported says what came of it. */
export const SDK_GUESSES: readonly Guess<
  readonly [SdkInput, (span: Exported, all: readonly Exported[]) => unknown]
>[] = [
  ["a span that is ended twice", [(tracer) => {
    const span = tracer.startSpan("a");
    span.end();
    span.end();
  }, (_, all) => all.length], "1"],
  ["an attribute after the end", [(tracer) => {
    const span = tracer.startSpan("a");
    span.end();
    span.setAttribute("late", 1);
  }, ({ attributes }) => Object.keys(attributes).length], "0"],
  ["an attribute that is NaN", [
    (tracer) => tracer.startSpan("a").setAttribute("a", NaN).end(),
    ({ attributes }) => attributes.a,
  ], "NaN"],
  ["an attribute without a name", [
    (tracer) => tracer.startSpan("a").setAttribute("", 1).end(),
    ({ attributes }) => Object.keys(attributes).length,
  ], "0"],
  ["an array of a text and a number", [
    (tracer) => tracer.startSpan("a").setAttribute("a", ["b", 1] as string[]).end(),
    ({ attributes }) => Object.keys(attributes).length,
  ], "0"],
  ["an array with null", [
    (tracer) => tracer.startSpan("a").setAttribute("a", ["b", null]).end(),
    ({ attributes }) => JSON.stringify(attributes.a),
  ], '["b",null]'],
  ["an end before the start", [
    (tracer) => tracer.startSpan("a", { startTime: 2000 }).end(1000),
    ({ duration }) => duration.join(),
  ], "0,0"],
  [
    "an exception that is a text",
    [(tracer) => {
      const span = tracer.startSpan("a");
      span.recordException("gone");
      span.end();
    }, ({ events }) => `${events[0]?.name} ${events[0]?.attributes?.["exception.message"]}`],
    "exception gone",
  ],
  ["an error behind OK", [
    (tracer) => tracer.startSpan("a").setStatus({ code: 1 }).setStatus({ code: 2 }).end(),
    ({ status }) => status.code,
  ], "1"],
  ["OK behind an error", [
    (tracer) =>
      tracer.startSpan("a").setStatus({ code: 2, message: "m" }).setStatus({ code: 1 }).end(),
    ({ status }) => JSON.stringify(status),
  ], '{"code":1}'],
  ["a parent that is Telltale's span, without the bridge", [(tracer) => {
    new Tracer().span("ours", () => tracer.startSpan("a").end());
  }, ({ parentSpanContext }) => parentSpanContext], "undefined"],
  ["129 attributes", [
    (tracer) => {
      const attributes = Object.fromEntries(Array.from({ length: 129 }, (_, i) => [`a${i}`, i]));
      tracer.startSpan("a", { attributes }).end();
    },
    ({ attributes, droppedAttributesCount }) =>
      `${Object.keys(attributes).length} ${droppedAttributesCount}`,
  ], "128 1"],
];

/** What the API's copy makes of its inputs. */
export function askApi({ api }: Pick<Copies, "api">): string[] {
  return API_GUESSES.map(([, input]) => String(input(api)));
}

/** What the SDK's copy exports. */
export function askSdk({ api, open }: Copies): string[] {
  return SDK_GUESSES.map(([, [input, read]]) => {
    const { tracer, spans } = open();
    input(tracer, api);
    return String(read(spans()[0]!, spans()));
  });
}
