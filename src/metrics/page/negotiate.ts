/**
 * Which exposition format a scraper asked for.
 *
 * @module
 */
import type { Escaping } from "../data/names.ts";

/** The formats that can be written. */
export type Format = "text" | "openmetrics" | "protobuf";

/** What a scrape is answered with. */
export interface Negotiated {
  /** Which encoder writes it. */
  readonly format: Format;
  /** How it writes names that not every reader takes. */
  readonly escaping: Escaping;
  /** The header that says both. */
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
 * Chooses as Prometheus' Go library does: media ranges by falling quality, the first that can be
 * written wins, text 0.0.4 when none does. Never throws.
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
      // Prometheus 3 says only beside its text formats which names it reads; Go's library misses it.
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
 * Whether an `Accept-Encoding` header allows gzip: by name, or by `*` where it is not named.
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

/** Splits an `Accept` header; what can't be read is left out. At most 64 ranges are looked at. */
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
