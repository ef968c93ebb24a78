/**
 * What is the same in every run: names without numbers, values without times, ids and ports.
 *
 * @module
 */

/** Fields of rows that Telltale sets itself; those that are not named here are the application's own. */
const OWN_FIELDS =
  /^(?:time|ms|error\.type|version|trace|span|request|spans|db\..*|http\..*|log\.(?:warn|error)|route|method|path|status|body\.bytes|bytes\.out|sync\.ms|loop\.ms|inflight|job)$/;

/** Whether the application set a field of a row. */
export function isNoted(name: string): boolean {
  return !OWN_FIELDS.test(name);
}

/** A name in which every number or id is `#`: `order 7 placed` and `order 8 placed` are one. */
export function shapeOf(name: string): string {
  return name.replace(/(?<![\w.])[0-9a-f-]*\d[0-9a-f-]*(?!\w)/gi, "#");
}

const VOLATILE: readonly (readonly [key: RegExp, shown: string])[] = [
  [/(?:^|[._-])port$/i, "<port>"],
  [/stack(?:trace)?$/i, "<stack>"],
  [/(?:^|[._-])(?:pid|process_id|thread\.id)$/i, "<pid>"],
  [/^user_agent\.original$|^user[-_]?agent$/i, "<agent>"],
  [
    /(?:^|[._-])(?:ms|seconds|micros|duration|elapsed|latency|took|wait|age)(?:[._]total)?$|(?:Ms|Seconds)$/,
    "<duration>",
  ],
  [/(?:^|[._-])(?:time|timestamp|date)$|At$|_at$/, "<time>"],
  [/(?:^|[._-])host(?:name|\.name)?$/i, "<host>"],
];

/** Replaces what differs from run to run: equal ids stay equal, as `<trace 1>`. */
export class Normal {
  readonly #ids = new Map<string, string>();

  /** A value under a key. */
  of(key: string, value: unknown): unknown {
    if (Array.isArray(value)) return value.map((each) => this.of(key, each));
    if (typeof value === "object" && value !== null) return this.fields(value);
    for (const [pattern, shown] of VOLATILE) if (pattern.test(key)) return shown;
    return typeof value === "string" ? this.text(value) : value;
  }

  /** Fields, sorted by name. */
  fields(fields: object): Record<string, unknown> {
    return Object.fromEntries(
      Object.entries(fields).filter(([, value]) => value !== undefined)
        .sort(([a], [b]) => a < b ? -1 : 1)
        .map(([key, value]) => [key, this.of(key, value)]),
    );
  }

  /** A text, in which ids, times and ports are replaced. */
  text(text: string): string {
    return text
      .replace(
        /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi,
        (id) => this.#id("uuid", id),
      )
      .replace(/\b[0-9a-f]{32}\b/g, (id) => this.#id("trace", id))
      .replace(/\b(?=[0-9a-f]*[a-f])(?=[0-9a-f]*\d)[0-9a-f]{16}\b/g, (id) => this.#id("span", id))
      .replace(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)/g, "<time>")
      .replace(/\b(localhost|127\.0\.0\.1|\[::1\]|0\.0\.0\.0):\d{2,5}\b/g, "$1:<port>")
      .replace(/\b\d+(?:\.\d+)? ?(?:ms|µs|seconds?)\b/g, "<duration>");
  }

  /** By kind and order of appearance. */
  #id(kind: string, id: string): string {
    let name = this.#ids.get(id);
    if (name === undefined) {
      const count = [...this.#ids.values()].filter((one) => one.startsWith(`<${kind} `)).length;
      this.#ids.set(id, name = `<${kind} ${count + 1}>`);
    }
    return name;
  }
}
