/**
 * Labels, span attributes and headers that the application asked for.
 *
 * @module
 */
import { check, checkFunction } from "../../core/check.ts";
import type { Faults } from "../../core/faults.ts";
import { head } from "../../core/text.ts";
import { OVERFLOW } from "../../metrics/data/labels.ts";
import type { Span } from "../../trace/span/span.ts";
import type { LabelFunction, ObserveOptions } from "./options.ts";

const MAX_LABEL_VALUES = 100;
const MAX_LABEL_LENGTH = 128;
/** RFC 9110 §5.6.2: a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The application's own labels, each bounded in the number and length of its values. */
export class ExtraLabels {
  readonly names: readonly string[];
  readonly #functions: readonly LabelFunction[];
  readonly #seen: readonly Set<string>[];
  readonly #faults: Faults;

  /**
   * The registry checks the names.
   *
   * @throws {TypeError} for anything but functions, or the name of a standard label
   */
  constructor(labels: Readonly<Record<string, LabelFunction>>, faults: Faults) {
    this.names = Object.keys(labels);
    this.#functions = Object.values(labels);
    this.#seen = this.names.map(() => new Set<string>());
    this.#faults = faults;
    for (const [i, name] of this.names.entries()) {
      if (name === "method" || name === "route" || name === "status") {
        throw new TypeError(`Cannot label requests by "${name}": every request has that label`);
      }
      checkFunction("label requests", `labels.${name}`, this.#functions[i]);
    }
  }

  /** The labels of a request. Never throws. */
  of(request: Request, response: Response | undefined): Record<string, string> {
    const labels: Record<string, string> = {};
    for (const [i, name] of this.names.entries()) {
      const value = this.#faults.guard("label", () => {
        const given = this.#functions[i]!(request, response);
        return given === undefined ? "" : String(given);
      });
      labels[name] = this.#bounded(i, value ?? "");
    }
    return labels;
  }

  #bounded(i: number, value: string): string {
    const seen = this.#seen[i]!;
    const kept = head(value, MAX_LABEL_LENGTH);
    if (seen.has(kept)) return kept;
    if (seen.size >= MAX_LABEL_VALUES) return OVERFLOW;
    seen.add(kept);
    return kept;
  }
}

/** Sets the span attributes that the options `attributes` and `headers` ask for. */
export class ExtraAttributes {
  readonly #attributes: ObserveOptions["attributes"];
  readonly #request: readonly string[];
  readonly #response: readonly string[];
  readonly #faults: Faults;

  /** @throws {TypeError} for a name that no header can have */
  constructor({ attributes, headers }: ObserveOptions, faults: Faults) {
    this.#attributes = attributes;
    this.#request = (headers?.request ?? []).map(headerName);
    this.#response = (headers?.response ?? []).map(headerName);
    this.#faults = faults;
  }

  /** Never throws. */
  set(span: Span, request: Request, response: Response | undefined): void {
    this.#faults.guard("attributes", () => {
      capture(span, "http.request.header.", this.#request, request.headers);
      if (response !== undefined) {
        capture(span, "http.response.header.", this.#response, response.headers);
      }
      const attributes = this.#attributes?.(request, response);
      for (const key in attributes) span.set(key, attributes[key]);
    });
  }
}

function headerName(name: string): string {
  const isName = typeof name === "string" && HEADER_NAME.test(name);
  check(isName, "capture headers", "each must be the name of a header", name, TypeError);
  return name.toLowerCase();
}

function capture(span: Span, prefix: string, names: readonly string[], headers: Headers): void {
  for (const name of names) {
    const value = headers.get(name);
    // Secrets are hidden when the span is read.
    if (value !== null) span.set(prefix + name, [value]);
  }
}
