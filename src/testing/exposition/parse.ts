/**
 * Strict parsers for the pages that Prometheus scrapes: text format and OpenMetrics text.
 *
 * @module
 */
import { refuseUnknown } from "../../core/check.ts";
import type { Family } from "../../metrics/data/family.ts";
import { FamilyReader } from "./family.ts";
import { LineReader } from "./line.ts";
import type { Dialect } from "./scan.ts";

/** How a page is parsed. */
export interface ParseOptions {
  /**
   * The names that a page may have: `legacy` only, or also `utf-8` names in quotes, as Prometheus 3
   * accepts. @default "utf-8"
   */
  readonly names?: "legacy" | "utf-8" | undefined;
}

/**
 * Parses a page according to its content type, OpenMetrics or text.
 *
 * @example
 * ```ts
 * import { parsePage } from "@telltale/telltale/testing";
 * import { equal } from "node:assert/strict";
 *
 * const [family] = parsePage("jobs_total 3\n", "text/plain; version=0.0.4");
 * equal(family?.name, "jobs_total");
 * ```
 *
 * @param contentType the `content-type` header
 * @throws {ParseError} for a page that breaks a rule of its format
 * @throws {TypeError} for another content type, for which Prometheus 3 fails the scrape
 */
export function parsePage(
  page: string,
  contentType: string | null,
  options?: ParseOptions,
): Family[] {
  switch (contentType?.split(";", 1)[0]?.trim().toLowerCase()) {
    case "application/openmetrics-text":
      return parseOpenMetrics(page, options);
    case "text/plain":
      return parseText(page, options);
  }
  throw new TypeError(`Cannot read a page of type ${JSON.stringify(contentType)}`);
}

/**
 * Parses Prometheus' text format 0.0.4, with the quoted names of Prometheus 3.
 *
 * A sample without a `TYPE` line becomes a family of type `unknown`. Histograms that are not
 * cumulative and duplicate series are refused, too. Takes time linear in the length of the page.
 *
 * @example
 * ```ts
 * import { parseText } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * const [family] = parseText('# TYPE jobs_total counter\n{"jobs_total","job.name"="mail"} 3\n');
 * deepEqual(family?.samples[0]?.labels.names, ["job.name"]);
 * ```
 *
 * @throws {ParseError} for a page that breaks a rule of the format; it names the line
 */
export function parseText(page: string, options: ParseOptions = {}): Family[] {
  return read(page, "text", options);
}

/**
 * Parses OpenMetrics 1.0 text. Counters and infos are named like their samples, with `_total` and
 * `_info`; a gauge histogram is a histogram with `gauge` set. Takes time linear in the length of the
 * page.
 *
 * @example
 * ```ts
 * import { parseOpenMetrics, ParseError } from "@telltale/telltale/testing";
 * import { throws } from "node:assert/strict";
 *
 * const page = "# TYPE jobs counter\njobs_total -1\n# EOF\n";
 * throws(() => parseOpenMetrics(page), (error: ParseError) => error.line === 2);
 * ```
 *
 * @throws {ParseError} for a page that breaks a rule of the format; it names the line
 */
export function parseOpenMetrics(page: string, options: ParseOptions = {}): Family[] {
  return read(page, "openmetrics", options);
}

function read(page: string, dialect: Dialect, options: ParseOptions): Family[] {
  refuseUnknown("parse page", options, { names: true });
  const { names = "utf-8" } = options;
  const lines = new LineReader(page, dialect, names === "utf-8");
  const families: Family[] = [];
  /** The names that the families before have claimed. */
  const claimed = new Set<string>();
  let open: FamilyReader | undefined;

  const close = () => {
    if (open === undefined) return;
    for (const name of open.claims()) {
      if (claimed.has(name)) lines.fail(`"${name}" belongs to another family already`, open.line);
      claimed.add(name);
    }
    families.push(open.finish());
  };
  const begin = (name: string): FamilyReader => {
    close();
    return open = new FamilyReader(name, lines);
  };

  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    if (line.kind === "sample") {
      if (open === undefined || !open.takes(line.name)) begin(line.name).takes(line.name);
      open!.add(line);
    } else {
      if (open?.name !== line.name) begin(line.name);
      open!.describe(line.kind, line.text);
    }
  }
  close();
  return families;
}
