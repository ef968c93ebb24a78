/**
 * Content negotiation of a scrape: format, escaping and compression.
 *
 * @module
 */
import type { Escaping } from "../data/names.ts";

/** The exposition formats. */
export type Format = "text" | "openmetrics" | "protobuf";

/** Whether each format can express native histograms. */
export const HAS_NATIVE: Readonly<Record<Format, boolean>> = {
  text: false,
  openmetrics: false,
  protobuf: true,
};

/** The format of an answer. */
export interface Negotiated {
  /** The format. */
  readonly format: Format;
  /** How non-legacy names are escaped. */
  readonly escaping: Escaping;
  /** The content type that names both. */
  readonly contentType: string;
}

const ESCAPINGS: readonly string[] = ["allow-utf-8", "underscores", "dots", "values"];

const UTF8 = "; charset=utf-8";
const PROTOBUF =
  "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

interface MediaRange {
  readonly type: string;
  readonly quality: number;
  readonly parameters: ReadonlyMap<string, string>;
}

/**
 * Negotiates as the Go library of Prometheus does: the first supported media range, in descending
 * quality, wins; without one, text 0.0.4. Never throws.
 *
 * @param accept the `Accept` header
 */
export function negotiate(
  accept: string | null,
  defaultEscaping: Escaping = "underscores",
  formats: readonly Format[] = ["text", "openmetrics", "protobuf"],
): Negotiated {
  let escaping = defaultEscaping;
  const ranges = mediaRanges(accept ?? "");
  for (const { type, parameters } of ranges) {
    escaping = escapingOf(parameters) ?? escaping;
    const version = parameters.get("version") ?? "";
    if (
      type === "application/vnd.google.protobuf" && formats.includes("protobuf") &&
      parameters.get("proto") === "io.prometheus.client.MetricFamily" &&
      parameters.get("encoding") === "delimited"
    ) {
      // Prometheus 3 names its escaping only in the ranges of text formats, which the Go library ignores.
      const elsewhere = ranges.map(({ parameters }) => escapingOf(parameters));
      const asked = escapingOf(parameters) ?? elsewhere.find((found) => found !== undefined);
      return answer("protobuf", PROTOBUF, asked ?? escaping);
    }
    if (type === "text/plain" && (version === "" || version === "0.0.4")) break;
    if (
      type === "application/openmetrics-text" && formats.includes("openmetrics") &&
      (version === "" || version === "0.0.1" || version === "1.0.0")
    ) {
      const written = version === "1.0.0" ? version : "0.0.1";
      return answer(
        "openmetrics",
        `application/openmetrics-text; version=${written}${UTF8}`,
        escaping,
      );
    }
  }
  return answer("text", `text/plain; version=0.0.4${UTF8}`, escaping);
}

/**
 * Whether an `Accept-Encoding` header allows gzip: by name, or else by `*`.
 *
 * @see {@link https://www.rfc-editor.org/rfc/rfc9110#name-accept-encoding}
 */
export function acceptsGzip(accept: string | null): boolean {
  const codings = mediaRanges((accept ?? "").toLowerCase());
  const gzip = codings.find(({ type }) => type === "gzip" || type === "x-gzip") ??
    codings.find(({ type }) => type === "*");
  return gzip !== undefined && gzip.quality > 0;
}

function escapingOf(parameters: MediaRange["parameters"]): Escaping | undefined {
  const asked = parameters.get("escaping");
  return asked !== undefined && ESCAPINGS.includes(asked) ? asked as Escaping : undefined;
}

function answer(format: Format, type: string, escaping: Escaping): Negotiated {
  return { format, escaping, contentType: `${type}; escaping=${escaping}` };
}

/** The media ranges of an `Accept` header, without invalid ones; at most 64. */
function mediaRanges(accept: string): MediaRange[] {
  const ranges: MediaRange[] = [];
  for (const part of accept.slice(0, 8192).split(",", 64)) {
    const [type, ...rest] = part.split(";").map((text) => text.trim());
    if (type === undefined || type === "") continue;
    const parameters = new Map<string, string>();
    for (const parameter of rest) {
      const at = parameter.indexOf("=");
      if (at > 0) parameters.set(parameter.slice(0, at).trim(), parameter.slice(at + 1).trim());
    }
    const quality = Number(parameters.get("q") ?? 1);
    ranges.push({ type, parameters, quality: Number.isNaN(quality) ? 1 : quality });
  }
  return ranges.sort((a, b) => b.quality - a.quality);
}
