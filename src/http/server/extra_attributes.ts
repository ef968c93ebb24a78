/**
 * What is seen of a request besides the standard: only what the application asked for.
 *
 * @module
 */
import { check, checkFunction } from "../../core/check.ts";
import type { Attributes } from "../../core/attributes.ts";
import type { Faults } from "../../core/faults.ts";
import { head } from "../../core/text.ts";
import { OVERFLOW } from "../../metrics/data/labels.ts";
import type { Span } from "../../trace/span/span.ts";
import type { Peer } from "../request/peer.ts";
import type { RequestLineChoice } from "./lines.ts";
import type { RouteResolver } from "./route.ts";

/** The value of one label of a request's metrics; nothing is the empty value. */
export type LabelFunction = (
  request: Request,
  response: Response | undefined,
) => string | number | boolean | undefined;

/** What `instrument` looks at beyond the standard. What is left out costs nothing. */
export interface ObserveOptions {
  /**
   * Requests that are handled and not observed: paths, a whole branch as `/static/*`, or a rule. A
   * throw of the rule is a no.
   */
  readonly ignore?:
    | readonly string[]
    | ((path: string, request: Request) => boolean)
    | undefined;
  /**
   * Whether this caller's `traceparent` is continued instead of linked. By default a private peer
   * without forwarding headers; `() => false` for a public endpoint. A throw is a no.
   */
  readonly trust?: ((request: Request, peer: Peer) => boolean) | undefined;
  /** Names routes that `setRoute` did not name. */
  readonly route?: RouteResolver | undefined;
  /** Names the span, by default `GET /orders/:id`. As few names as there are routes. */
  readonly spanName?: ((request: Request, route: string) => string) | undefined;
  /** More attributes of the span; the response is undefined when the handler threw. */
  readonly attributes?:
    | ((request: Request, response: Response | undefined) => Attributes)
    | undefined;
  /**
   * More labels of the metrics, by name. A label keeps its first 100 values, of at most 128
   * characters; what comes after them is `_overflow`.
   */
  readonly labels?: Readonly<Record<string, LabelFunction>> | undefined;
  /**
   * Headers that become span attributes. Those that carry credentials are shown to have been there,
   * without their value.
   */
  readonly headers?: {
    readonly request?: readonly string[] | undefined;
    readonly response?: readonly string[] | undefined;
  } | undefined;
  /**
   * Which responses are observed to the end of their body: duration, size, a failure midway, a
   * disconnect. For real streams: such a response is replaced by one with a wrapped body, which costs
   * up to 50 µs and takes from a plain body its `Content-Length`. None by default.
   */
  readonly watchBody?: ((request: Request, response: Response) => boolean) | undefined;
  /**
   * Which lines each request writes: at its start and end (`both`, the default), at its end, or none.
   * They are of the category `http`, so `LOG_LEVEL=info,http=warn` leaves those of usual requests out.
   */
  readonly lines?: RequestLineChoice | undefined;
  /**
   * The methods that are told apart, 1 to 100, in place of those of the semantic conventions; any other
   * is `_OTHER`. Else the environment's `OTEL_INSTRUMENTATION_HTTP_KNOWN_METHODS`, a list with commas.
   */
  readonly knownMethods?: readonly string[] | undefined;
  /** Requests that take so many milliseconds to the response's head are logged at warn. */
  readonly slowMs?: number | undefined;
}

const MAX_LABEL_VALUES = 100;
const MAX_LABEL_LENGTH = 128;
/** RFC 9110 §5.6.2: a token. */
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;

/** The test that `ignore` stands for; throws a `TypeError` for a path that is none. */
export function ignoring(
  ignore: ObserveOptions["ignore"],
  faults: Faults,
): ((path: string, request: Request) => boolean) | undefined {
  if (ignore === undefined) return undefined;
  if (typeof ignore === "function") {
    return (path, request) => faults.guard("ignore", () => ignore(path, request)) === true;
  }
  const exact = new Set<string>();
  const branches: string[] = [];
  for (const path of ignore) {
    const isPath = typeof path === "string" && path.startsWith("/");
    check(isPath, "ignore paths", "each must start with /", path, TypeError);
    if (path.endsWith("/*")) branches.push(path.slice(0, -1));
    else exact.add(path);
  }
  return (path) => exact.has(path) || branches.some((branch) => path.startsWith(branch));
}

/** The application's own labels, each bounded in values and length. */
export class ExtraLabels {
  readonly names: readonly string[];
  readonly #functions: readonly LabelFunction[];
  readonly #seen: readonly Set<string>[];
  readonly #faults: Faults;

  /** Throws a `TypeError` for what is no function. The registry checks the names. */
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

/** Sets what `attributes` and `headers` ask for on a span. */
export class ExtraAttributes {
  readonly #attributes: ObserveOptions["attributes"];
  readonly #request: readonly string[];
  readonly #response: readonly string[];
  readonly #faults: Faults;

  /** Throws a `TypeError` for a header's name that is none. */
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
    if (value !== null) span.set(prefix + name, [value]); // What is secret is hidden when it is read.
  }
}
