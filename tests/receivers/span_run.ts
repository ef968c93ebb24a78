/** Sends every case of spans by every way, and reads what is stored. */
import type { Attributes } from "../../src/core/attributes.ts";
import { Faults } from "../../src/core/faults.ts";
import { OtlpExporter } from "../../src/export/otlp/exporter.ts";
import type { OtlpOptions } from "../../src/export/otlp/options.ts";
import type { SpanRecord } from "../../src/trace/span/record.ts";
import { until } from "../e2e/wait.ts";
import { Collector } from "../export/collector.ts";
import type { Decoded } from "../export/decode.ts";
import { type Arrived, type Difference, differenceOf, type Says } from "./difference.ts";
import { code } from "./metric_senders.ts";
import { RESOURCE, resourceText } from "./resource.ts";
import { quoted, shown } from "./rows.ts";
import { type ServerName, SERVERS } from "./servers.ts";
import { SPAN_CASES, spansOf } from "./span_cases.ts";
import { plainOf } from "./stored.ts";

/** One way of spans to one server. */
export interface SpanWay {
  readonly service: string;
  readonly server: ServerName;
  readonly how: string;
  readonly set: string;
  readonly options: OtlpOptions;
  readonly says: readonly Says[];
}

function otlp(options: OtlpOptions): Pick<SpanWay, "server" | "set" | "options"> {
  const { url: endpoint } = SERVERS.collector;
  return { server: "collector", set: `otlp: ${code({ endpoint, ...options })}`, options };
}

/** Every way that is tested. */
export const SPAN_WAYS: readonly SpanWay[] = [
  { service: "spans", how: "OTLP", ...otlp({ compression: "gzip" }), says: [] },
  { service: "spans-json", how: "OTLP, JSON", ...otlp({ protocol: "http/json" }), says: [] },
];

function valueText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(valueText).join()}]`;
  if (typeof value === "number") return shown(value + 0);
  return quoted(String(value).toWellFormed());
}

function pairs(attributes: Attributes): string {
  const texts = Object.entries(attributes).map(([key, value]) => `${key}=${valueText(value)}`);
  return `{${texts.sort().join()}}`;
}

/** Nanoseconds to the microsecond: a double of today's milliseconds is not more exact. */
function micros(ms: number): string {
  return String(Math.round(ms * 1000));
}

/** A span as recorded, in rows. */
function recordedRows(span: SpanRecord): string[] {
  const { name, startTimeMs, requestId } = span;
  const attributes = requestId === ""
    ? span.attributes
    : { ...span.attributes, request_id: requestId };
  return [
    `ids ${span.traceId} ${span.spanId} ${span.parentSpanId} ${span.parentRemote}`,
    `flags ${span.flags} ${span.tracestate}`,
    `kind ${span.kind}`,
    `time ${micros(startTimeMs)} ${micros(startTimeMs + span.durationMs)}`,
    `status ${span.status} ${JSON.stringify(span.statusMessage.toWellFormed())}`,
    `attributes ${pairs(attributes)}`,
    ...span.events.map((event) =>
      `event ${event.name} ${micros(event.timeMs)} ${pairs(event.attributes)} ` +
      event.droppedAttributes
    ),
    ...span.links.map((link) =>
      `link ${link.traceId} ${link.spanId} ${link.flags} ${link.remote} ${link.tracestate} ` +
      `${pairs(link.attributes)} ${link.droppedAttributes}`
    ),
    `dropped ${span.droppedAttributes} ${span.droppedEvents} ${span.droppedLinks}`,
  ].map((row) => `${name}: ${row}`);
}

const KINDS = ["", "internal", "server", "client", "producer", "consumer"];
const STATUSES = ["unset", "ok", "error"];

function attributesOf(found: readonly Decoded[] = []): Attributes {
  return Object.fromEntries(found.map(({ key, value }) => [key, plainOf(value)])) as Attributes;
}

/** A span as a Collector wrote it, in the same rows. */
function storedRows(span: Decoded): string[] {
  const { events = [], links = [], status = {}, flags = 0 } = span;
  const ms = (ns: string) => Number(BigInt(ns ?? "0")) / 1e6;
  const dropped = (of: string) => span[`dropped${of}Count`] ?? 0;
  return [
    `ids ${span.traceId} ${span.spanId} ${span.parentSpanId} ${(flags & 0x200) !== 0}`,
    `flags ${flags & 0xff} ${span.traceState ?? ""}`,
    `kind ${KINDS[span.kind]}`,
    `time ${micros(ms(span.startTimeUnixNano))} ${micros(ms(span.endTimeUnixNano))}`,
    `status ${STATUSES[status.code ?? 0]} ${JSON.stringify(status.message ?? "")}`,
    `attributes ${pairs(attributesOf(span.attributes))}`,
    ...events.map((event: Decoded) =>
      `event ${event.name ?? ""} ${micros(ms(event.timeUnixNano))} ` +
      `${pairs(attributesOf(event.attributes))} ${event.droppedAttributesCount ?? 0}`
    ),
    ...links.map((link: Decoded) =>
      `link ${link.traceId} ${link.spanId} ${link.flags & 0xff} ${(link.flags & 0x200) !== 0} ` +
      `${link.traceState ?? ""} ${pairs(attributesOf(link.attributes))} ` +
      (link.droppedAttributesCount ?? 0)
    ),
    `dropped ${dropped("Attributes")} ${dropped("Events")} ${dropped("Links")}`,
  ].map((row) => `${span.name}: ${row}`);
}

/** Who sends, of each span the same. */
const SENDER = `by @telltale/telltale ${resourceText(RESOURCE)}`;

function senderOf({ scope, resource }: Decoded): string {
  return `by ${scope.name} ${resourceText(attributesOf(resource.attributes))}`;
}

/** The spans of all requests, with their scope and resource. */
function spansIn(collector: Collector): Decoded[] {
  return collector.received("traces").flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ scope, spans }: Decoded) =>
      spans.map((span: Decoded) => ({ ...span, scope, resource }))
    )
  );
}

/** Runs these ways, one after the other; what came of them is in their order. */
export async function runSpans(ways: readonly SpanWay[]): Promise<Arrived[]> {
  const collector = await Collector.start();
  try {
    const arrived: Arrived[] = [];
    for (const { options } of ways) {
      const before = spansIn(collector).length, faults = new Faults();
      const exporter = new OtlpExporter({
        endpoint: collector.url,
        ...options,
        resource: RESOURCE,
        signals: false,
        faults,
      });
      const sent = Object.keys(SPAN_CASES).flatMap(spansOf);
      for (const span of sent) exporter.span(span);
      await exporter.flush();
      const spans = await until("the spans", () => {
        const found = spansIn(collector).slice(before);
        return found.length >= sent.length ? found : undefined;
      });
      const outcome: Record<string, Difference> = {};
      for (const name of Object.keys(SPAN_CASES)) {
        const own = spans.filter((span) => span.name.split(" ")[0] === name);
        const difference = differenceOf(
          [...spansOf(name).flatMap(recordedRows), `${spansOf(name).length} spans`, SENDER],
          [...own.flatMap(storedRows), `${own.length} spans`, ...own.map(senderOf)],
        );
        if (difference !== undefined) outcome[name] = difference;
      }
      const { exported } = exporter.counts("traces")!;
      const counted = exported === sent.length ? [] : [`${exported} of ${sent.length} counted`];
      const reported = [...faults.counts()].map(([part, count]) => `${part} ${count}`);
      arrived.push({ outcome, faults: [...counted, ...reported] });
      await exporter.close();
    }
    return arrived;
  } finally {
    await collector.stop();
  }
}
