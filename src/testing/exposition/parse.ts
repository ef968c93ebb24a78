/**
 * Reads the pages that Prometheus scrapes, as strictly as their specifications are written.
 *
 * @module
 */
import { refuseUnknown } from "../../core/check.ts";
import type { Family } from "../../metrics/data/family.ts";
import { FamilyReader } from "./family.ts";
import { LineReader } from "./line.ts";
import type { Dialect } from "./scan.ts";

/** How a page is read. */
export interface ParseOptions {
  /**
   * Which names it may have: `legacy` ones, or also `utf-8` ones in quotes, as Prometheus 3 reads.
   * `utf-8` by default.
   */
  readonly names?: "legacy" | "utf-8" | undefined;
}

/**
 * Reads a page of the type that its server says it has: OpenMetrics or text.
 *
 * Throws a {@linkcode ParseError} for a page that breaks a rule, and a `TypeError` for a type that
 * can't be read, as Prometheus 3 fails a scrape of one.
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
 * Reads Prometheus' text format 0.0.4, and what Prometheus 3 added to it: names in quotes.
 *
 * A sample without a `TYPE` line becomes a family of type `unknown`. Throws a
 * {@linkcode ParseError}, which names the line, for whatever breaks a rule of the format, histograms
 * that are not cumulative and series that are there twice included. Takes time in proportion to the
 * page's length, whatever is in it.
 *
 * @example
 * ```ts
 * import { parseText } from "@telltale/telltale/testing";
 * import { deepEqual } from "node:assert/strict";
 *
 * const [family] = parseText('# TYPE jobs_total counter\n{"jobs_total","job.name"="mail"} 3\n');
 * deepEqual(family?.samples[0]?.labels.names, ["job.name"]);
 * ```
 */
export function parseText(page: string, options: ParseOptions = {}): Family[] {
  return read(page, "text", options);
}

/**
 * Reads OpenMetrics 1.0 text. Counters and infos are named as their samples are, with `_total` and
 * `_info`; a gauge histogram is a histogram with `gauge` set.
 *
 * Throws a {@linkcode ParseError}, which names the line, for whatever the specification says must
 * not be. Takes time in proportion to the page's length, whatever is in it.
 *
 * @example
 * ```ts
 * import { parseOpenMetrics, ParseError } from "@telltale/telltale/testing";
 * import { throws } from "node:assert/strict";
 *
 * const page = "# TYPE jobs counter\njobs_total -1\n# EOF\n";
 * throws(() => parseOpenMetrics(page), (error: ParseError) => error.line === 2);
 * ```
 */
export function parseOpenMetrics(page: string, options: ParseOptions = {}): Family[] {
  return read(page, "openmetrics", options);
}

function read(page: string, dialect: Dialect, options: ParseOptions): Family[] {
  refuseUnknown("parse page", options, { names: true });
  const { names = "utf-8" } = options;
  const lines = new LineReader(page, dialect, names === "utf-8");
  const families: Family[] = [];
  /** Every name that a line of some family may begin with. */
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
