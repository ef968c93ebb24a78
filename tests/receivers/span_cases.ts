/** The spans that every receiver is sent. */
import type { Attributes } from "../../src/core/attributes.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import { spanRecord } from "../export/span_record.ts";

/** One case: spans of which each is named after it. */
export interface SpanCase {
  /** What it is, for people. */
  readonly what: string;
  readonly spans: readonly Partial<SpanRecord>[];
}

const OTHER = { traceId: "4bf92f3577b34da6a3ce929d0e0e4736", spanId: "00f067aa0ba902b7" };
const KINDS = ["internal", "server", "client", "producer", "consumer"] as const;
const TIME_MS = 1767225600123.456;

/** Every part of a span with its edges. */
export const SPAN_CASES: Readonly<Record<string, SpanCase>> = {
  kinds: { what: "spans of every kind", spans: KINDS.map((kind) => ({ kind })) },
  status: {
    what: "every status",
    spans: [
      { status: "unset" },
      { status: "ok" },
      { status: "error", statusMessage: "out of stock\n\ud800" },
    ],
  },
  family: {
    what: "a local and a remote parent, a tracestate, flags",
    spans: [
      { parentSpanId: "00f067aa0ba902b7" },
      { parentSpanId: "00f067aa0ba902b7", parentRemote: true, tracestate: "a=1,b=x y", flags: 3 },
      { flags: 0 },
    ],
  },
  types: {
    what: "attributes of every type",
    spans: [{
      attributes: {
        text: "a \ud800",
        long: "é".repeat(40_000),
        blank: "",
        whole: 7,
        negative: -1,
        safe: Number.MAX_SAFE_INTEGER,
        large: 2 ** 60,
        part: 0.1,
        zero: -0,
        nan: NaN,
        far: -Infinity,
        yes: true,
        no: false,
        texts: ["a", ""],
        numbers: [1, 2.5],
        truths: [true, false],
        none: [],
      } as Attributes,
    }],
  },
  events: {
    what: "events with attributes, and counts of what was dropped",
    spans: [{
      events: [
        { name: "a", timeMs: TIME_MS, attributes: { tries: 2 }, droppedAttributes: 3 },
        { name: "", timeMs: TIME_MS + 1, attributes: {}, droppedAttributes: 0 },
      ],
      droppedEvents: 4,
      droppedAttributes: 5,
    }],
  },
  links: {
    what: "links, local and remote",
    spans: [{
      links: [
        {
          ...OTHER,
          flags: 1,
          tracestate: "a=1",
          remote: true,
          attributes: { why: "retry" },
          droppedAttributes: 2,
        },
        { ...OTHER, flags: 0, tracestate: "", remote: false, attributes: {}, droppedAttributes: 0 },
      ],
      droppedLinks: 6,
    }],
  },
  request: { what: "the id of a request", spans: [{ requestId: "req-1" }] },
  times: {
    what: "times at the edges: 1970, 2200, no duration, a day",
    spans: [
      { startTimeMs: 0, durationMs: 0 },
      { startTimeMs: Date.UTC(2200, 0), durationMs: 86_400_000 },
      { startTimeMs: TIME_MS, durationMs: 0.001 },
    ],
  },
};

/** The spans of a case: named after it and its turn. */
export function spansOf(name: string): SpanRecord[] {
  return SPAN_CASES[name]!.spans.map((more, i) => spanRecord(`${name} ${i}`, more));
}
