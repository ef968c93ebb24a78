/**
 * What is known of fields by their names.
 *
 * @module
 */

/** Each request has its own: they say nothing of what requests have in common. */
const IDS: ReadonlySet<string> = /* @__PURE__ */ new Set(
  ["time", "trace", "span", "parent", "request", "path"],
);

/** Fields that say the same as another: a failed request has a status and an error. */
const TWINS: readonly (readonly string[])[] = [
  ["status", "error.type", "log.error", "failed"],
  ["ms", "self.ms"],
];

/** Known when the request ends: what happened in it, not which one it is. */
const HAPPENED =
  /^(?:ms|status|error(?:\..+)?|spans|inflight|bytes\.out|log\.\w+|.+\.(?:ms|n|retries|repeat))$/;

/** Whether a field is an id or a place in time. */
export function isId(field: string): boolean {
  return IDS.has(field);
}

/** Whether a field says what happened in a request, and not which one it is. */
export function isOutcome(field: string): boolean {
  return HAPPENED.test(field);
}

/** The fields, and those that differ by definition with them. */
export function withTwins(fields: Iterable<string>): Set<string> {
  const all = new Set(fields);
  for (const twins of TWINS) {
    if (twins.some((twin) => all.has(twin))) { for (const twin of twins) all.add(twin); }
  }
  return all;
}
