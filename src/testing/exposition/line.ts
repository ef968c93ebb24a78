/**
 * A reader of the lines of the Prometheus text format and of OpenMetrics text.
 *
 * @module
 */
import type { Exemplar } from "../../metrics/data/family.ts";
import { exemplarLength, labelSet, MAX_EXEMPLAR_LENGTH } from "../../metrics/data/labels.ts";
import { type Dialect, excerpt, isBlank, Scanner, unescape } from "./scan.ts";

/** A metadata line of a family. */
export interface MetadataLine {
  readonly kind: "HELP" | "TYPE" | "UNIT";
  /** The family's name. */
  readonly name: string;
  /** The rest of the line, unescaped. */
  readonly text: string;
}

/** A sample line. */
export interface SampleLine {
  readonly kind: "sample";
  readonly name: string;
  /** Label names, as on the page. */
  readonly names: readonly string[];
  /** As long as `names`. */
  readonly values: readonly string[];
  readonly value: number;
  readonly timestampMs: number | undefined;
  readonly exemplar: Exemplar | undefined;
}

const METRIC_NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL_NAME = /[a-zA-Z_][a-zA-Z0-9_]*/y;

const QUOTE = 34, HASH = 35, COMMA = 44, EQUALS = 61, OPEN = 123, CLOSE = 125;

/** Reads a page line by line. */
export class LineReader {
  readonly dialect: Dialect;
  readonly #scan: Scanner;
  readonly #utf8: boolean;
  /** The label names read so far in the current braces. */
  readonly #seen = new Set<string>();

  /** @param utf8 whether UTF-8 names, in quotes, are allowed */
  constructor(page: string, dialect: Dialect, utf8: boolean) {
    this.#scan = new Scanner(page, dialect);
    this.dialect = dialect;
    this.#utf8 = utf8;
  }

  /** The number of the current line, from 1. */
  get line(): number {
    return this.#scan.line;
  }

  /** Throws a `ParseError` for the current line, or for another. */
  fail(reason: string, line?: number): never {
    return this.#scan.fail(reason, line);
  }

  /** The next line other than a comment or a blank one; undefined at the end of the page. */
  next(): SampleLine | MetadataLine | undefined {
    return this.dialect === "openmetrics" ? this.#nextOfOpenMetrics() : this.#nextOfText();
  }

  #nextOfText(): SampleLine | MetadataLine | undefined {
    while (this.#scan.advance()) {
      this.#scan.skipBlanks();
      if (this.#scan.isAtEnd) continue;
      if (this.#scan.peek() !== HASH) return this.#sample();
      const metadata = this.#metadata();
      // Other lines with a # are comments.
      if (metadata !== undefined) return metadata;
    }
    return undefined;
  }

  #nextOfOpenMetrics(): SampleLine | MetadataLine | undefined {
    const scan = this.#scan;
    if (!scan.advance()) scan.fail('the page has no "# EOF"');
    if (scan.isAtEnd) scan.fail("it is blank");
    if (scan.peek() !== HASH) return this.#sample();
    if (scan.rest !== "# EOF") {
      return this.#metadata() ?? scan.fail("only HELP, TYPE, UNIT and EOF may follow a #");
    }
    if (scan.advance()) scan.fail('nothing may follow "# EOF"');
    return undefined;
  }

  #metadata(): MetadataLine | undefined {
    const scan = this.#scan;
    scan.take(HASH);
    if (!isBlank(scan.peek())) return undefined;
    scan.separator("what it says");
    const kind = scan.token();
    if (kind !== "HELP" && kind !== "TYPE" && (kind !== "UNIT" || this.dialect === "text")) {
      return undefined;
    }
    scan.separator("the name");
    const name = this.#name(METRIC_NAME, "metric name");
    if (kind === "HELP") return { kind, name, text: this.#help() };
    scan.separator(`the ${kind}`);
    return { kind, name, text: scan.rest };
  }

  /** In text, the help may be missing, and is everything after the first blank. */
  #help(): string {
    const scan = this.#scan;
    if (this.dialect === "openmetrics") {
      scan.separator("the HELP");
      return unescape(scan.rest, true);
    }
    if (!scan.isAtEnd && !isBlank(scan.peek())) scan.fail(`${scan.found} in the metric name`);
    return unescape(scan.rest.slice(1), false);
  }

  #sample(): SampleLine {
    const scan = this.#scan;
    let name = scan.match(METRIC_NAME);
    const names: string[] = [], values: string[] = [];
    const isSpaced = isBlank(scan.peek());
    if (name !== undefined) scan.skipBlanks();
    if (scan.take(OPEN)) {
      name = this.#labels(name, names, values, true);
      if (name === undefined) scan.fail("it has no metric name");
      if (this.dialect === "text") scan.skipBlanks();
      else scan.separator("the value");
    } else if (name === undefined) {
      scan.fail(`${scan.found} where a metric name is due`);
    } else if (this.dialect === "openmetrics" || !isSpaced) {
      scan.separator("the value");
    }
    const value = scan.number("value");
    const timestampMs = this.#timestamp();
    const exemplar = this.#exemplar();
    if (!scan.isAtEnd) scan.fail(`${scan.found} where the line is to end`);
    return { kind: "sample", name: name!, names, values, value, timestampMs, exemplar };
  }

  /** A name, quoted or plain. */
  #name(pattern: RegExp, what: string): string {
    const scan = this.#scan;
    if (scan.peek() !== QUOTE) {
      return scan.match(pattern) ?? scan.fail(`${scan.found} where a ${what} is due`);
    }
    if (!this.#utf8) scan.fail(`the ${what} is in quotes`);
    const name = scan.quoted();
    return name === "" ? scan.fail(`the ${what} is empty`) : name;
  }

  /**
   * Reads label pairs up to the closing brace into `names` and `values`.
   *
   * @param name the metric name if it preceded the brace; otherwise it may follow here, in quotes
   * @returns the metric name
   */
  #labels(
    name: string | undefined,
    names: string[],
    values: string[],
    ofMetric: boolean,
  ): string | undefined {
    const scan = this.#scan;
    this.#seen.clear();
    scan.skipBlanks();
    while (!scan.take(CLOSE)) {
      const isQuoted = scan.peek() === QUOTE;
      const label = this.#name(LABEL_NAME, "label name");
      scan.skipBlanks();
      if (isQuoted && ofMetric && scan.peek() !== EQUALS) {
        if (name !== undefined) scan.fail("it has two metric names");
        name = label;
      } else {
        names.push(label);
        values.push(this.#labelValue(label));
      }
      scan.skipBlanks();
      if (scan.take(CLOSE)) break;
      if (!scan.take(COMMA)) scan.fail(`${scan.found} where a comma or brace is due`);
      scan.skipBlanks();
      if (this.dialect === "openmetrics" && scan.peek() === CLOSE) {
        scan.fail("a comma ends the labels");
      }
    }
    return name;
  }

  #labelValue(label: string): string {
    const scan = this.#scan;
    if (!scan.take(EQUALS)) {
      scan.fail(`${scan.found} where = is due, after label ${excerpt(label)}`);
    }
    scan.skipBlanks();
    if (scan.peek() !== QUOTE) scan.fail(`the value of label ${excerpt(label)} is not in quotes`);
    if (label.startsWith("__")) scan.fail(`label ${excerpt(label)} starts with the reserved "__"`);
    if (this.#seen.has(label)) scan.fail(`label ${excerpt(label)} appears twice`);
    this.#seen.add(label);
    return scan.quoted();
  }

  /** Milliseconds in text, seconds in OpenMetrics. */
  #timestamp(): number | undefined {
    const scan = this.#scan;
    if (this.dialect === "text") {
      scan.skipBlanks();
      if (scan.isAtEnd) return undefined;
      const timestampMs = scan.integer("timestamp");
      scan.skipBlanks();
      return timestampMs;
    }
    // A space before a # belongs to the exemplar.
    if (scan.isAtEnd || scan.peek(1) === HASH) return undefined;
    scan.separator("the timestamp");
    return this.#seconds();
  }

  #seconds(): number {
    const seconds = this.#scan.number("timestamp");
    if (!Number.isFinite(seconds)) this.fail(`timestamp ${seconds} is not finite`);
    // Past the year 33658 a double has no microseconds, and rounding could change its last digits.
    if (Math.abs(seconds) > 1e12) {
      return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, seconds * 1e3));
    }
    // To the microsecond: the product of decimals is rarely exact.
    return Math.round(seconds * 1e6) / 1e3;
  }

  #exemplar(): Exemplar | undefined {
    const scan = this.#scan;
    if (this.dialect === "text" || scan.isAtEnd) return undefined;
    scan.separator("the exemplar");
    if (!scan.take(HASH)) scan.fail(`${scan.found} where an exemplar is due`);
    scan.separator("the exemplar's labels");
    if (!scan.take(OPEN)) scan.fail(`${scan.found} where an exemplar's labels are due`);
    const names: string[] = [], values: string[] = [];
    this.#labels(undefined, names, values, false);
    if (exemplarLength({ names, values }) > MAX_EXEMPLAR_LENGTH) {
      scan.fail(`the exemplar's labels have more than ${MAX_EXEMPLAR_LENGTH} characters`);
    }
    scan.separator("the exemplar's value");
    const value = scan.number("exemplar's value");
    const labels = labelSet(names, values);
    if (scan.isAtEnd) return { value, labels };
    scan.separator("the exemplar's timestamp");
    return { value, labels, timestampMs: this.#seconds() };
  }
}
