/**
 * Sessions: everything that is held as JSON Lines, in a file; read again in this page, and nowhere else.
 *
 * @module
 */
import { batch } from "@preact/signals-core";
import type { Frame } from "../../src/events/store/frame.ts";
import { linesOf } from "./http.ts";
import { rowOfLine } from "./logline.ts";
import {
  EMBEDDED,
  history,
  lines,
  link,
  past,
  paused,
  requests,
  sessionTraces,
  state,
} from "./state.ts";
import type { Line, State, WireSpan } from "./wire.ts";

/** Begins every session; another version is refused. */
const FORMAT = "telltale-session", VERSION = 1;
const MAX_LINES = 200_000;

/** A line of a session. */
type Entry =
  | {
    readonly kind: "head";
    readonly format: string;
    readonly version: number;
    readonly state?: State;
  }
  | { readonly kind: "row"; readonly fields: Record<string, unknown> }
  /** A line as the service sends it, or as this page keeps it. */
  | { readonly kind: "log"; readonly line: Line }
  | { readonly kind: "line"; readonly fields: Record<string, unknown> }
  | { readonly kind: "span"; readonly span: WireSpan };

/** What this page holds, as JSON Lines. */
export function* entries(spans: readonly WireSpan[] = []): Generator<string> {
  const head: Entry = { kind: "head", format: FORMAT, version: VERSION, state: state.value! };
  yield JSON.stringify(head) + "\n";
  yield* rowsOf(requests.frame(), "row");
  yield* rowsOf(lines.frame(), "line");
  for (const list of [spans, ...sessionTraces.values()]) {
    for (const span of list) yield JSON.stringify({ kind: "span", span } satisfies Entry) + "\n";
  }
}

function* rowsOf(frame: Frame, kind: "row" | "line"): Generator<string> {
  for (let i = 0; i < frame.count; i++) {
    yield JSON.stringify({ kind, fields: frame.row(i) } satisfies Entry) + "\n";
  }
}

/** Shows a session in place of the service. Throws, and shows what was before, if it can't be read. */
export async function openSession(name: string, texts: AsyncIterable<string>): Promise<void> {
  const rows: Record<string, unknown>[] = [], log: Record<string, unknown>[] = [];
  const traces = new Map<string, WireSpan[]>();
  let head: (Entry & { kind: "head" }) | undefined, at = 0;
  for await (const text of texts) {
    if (text.trim() === "") continue;
    if (++at > MAX_LINES) throw new Error(`Line ${at}: a session has at most ${MAX_LINES} lines`);
    let entry: Entry;
    try {
      entry = JSON.parse(text);
    } catch {
      throw new Error(`Line ${at}: not JSON, as every line of a session is`);
    }
    if (head === undefined) {
      if (entry?.kind !== "head" || entry.format !== FORMAT) {
        throw new Error("This is no session of Telltale: its first line does not say so");
      }
      if (entry.version !== VERSION) {
        throw new Error(
          `This session has version ${entry.version}; this page reads version ${VERSION}`,
        );
      }
      head = entry;
    } else if (entry.kind === "row") rows.push(entry.fields);
    else if (entry.kind === "line") log.push(entry.fields);
    else if (entry.kind === "log") log.push(rowOfLine(entry.line));
    else if (entry.kind === "span") {
      const list = traces.get(entry.span.traceId);
      if (list === undefined) traces.set(entry.span.traceId, [entry.span]);
      else list.push(entry.span);
    }
  }
  if (head === undefined) throw new Error("The file is empty");
  const about = head.state;
  batch(() => {
    link.value = { kind: "file", name };
    paused.value = undefined;
    state.value = about;
    history.value = [];
    past.value = undefined;
    requests.clear();
    lines.clear();
    for (const row of rows) requests.add(row);
    for (const line of log) lines.add(line);
    sessionTraces.clear();
    for (const [trace, spans] of traces) sessionTraces.set(trace, spans);
    requests.touch();
    lines.touch();
  });
}

/** Reads a file: JSON Lines, packed or not, or a page with a session in it. */
export async function openFile(file: File): Promise<void> {
  const start = new Uint8Array(await file.slice(0, 2).arrayBuffer());
  const isPacked = start[0] === 0x1f && start[1] === 0x8b;
  const body: ReadableStream<Uint8Array> = isPacked
    ? file.stream().pipeThrough(new DecompressionStream("gzip") as ReadableWritablePair)
    : file.stream();
  await openSession(file.name, linesOf(body));
}

/** Shows the session that was saved with this page. */
export async function openEmbedded(): Promise<void> {
  const text = document.getElementById(EMBEDDED)!.textContent;
  await openSession(
    "Saved with this page",
    (async function* () {
      yield* text.split("\n");
    })(),
  );
}

/** What a page has before its first script: it is for the page that a service gives, not for a saved one. */
const ONLINE = /<script>[^<]*<\/script>\n<script type="importmap">[^<]*<\/script>\n/;

/** A page that shows the session without a service. `page` and `parts` are as the service gave them. */
export function pageWith(
  page: string,
  parts: readonly string[],
  session: Iterable<string>,
): string[] {
  const [all, at] = [page.replace(ONLINE, ""), page.search(ONLINE)];
  if (at < 0) throw new Error("The service gave another page than this one: load it anew");
  // Inside the block nothing may look like its end.
  const data = Array.from(session, (text) => text.replaceAll("<", "\\u003c"));
  const block = `<script type="application/x-ndjson" id="${EMBEDDED}">`;
  const scripts = parts.map((part) => `<script>${part}</script>\n`);
  return [all.slice(0, at), block, ...data, "</script>\n", ...scripts, all.slice(at)];
}
