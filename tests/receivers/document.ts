/**
 * Writes `docs/receivers.md` from the tables that the tests hold against real receivers:
 * `deno task receivers`, after a run of the tests with `TELLTALE_RECEIVERS=write` where rows changed.
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";
import type { Says } from "./difference.ts";
import { LOG_EDGES, METRIC_EDGES, SPAN_EDGES } from "./edges.ts";
import { LOG_CASES } from "./log_cases.ts";
import { LOG_WAYS } from "./log_ways.ts";
import { METRIC_CASES } from "./metric_cases.ts";
import { METRIC_WAYS } from "./metric_ways.ts";
import { READERS } from "./readers.ts";
import { REFUSALS } from "./refused.ts";
import { type ServerKind, type ServerName, SERVERS } from "./servers.ts";
import { SPAN_CASES } from "./span_cases.ts";
import { SPAN_WAYS } from "./span_run.ts";
import { TWICE } from "./twice.ts";

/** Where the document is. */
export const DOCUMENT = new URL("../../docs/receivers.md", import.meta.url);

/** A way of any signal, as the document shows it. */
interface Shown {
  readonly signal: string;
  readonly server: ServerName;
  readonly how: string;
  readonly set: string;
  readonly setThere?: string;
  readonly says: readonly Says[];
}

const HEAD = `# What receivers make of it

\`deno task receivers\` writes this page. Each section is a way that the tests take with the real receiver:
they send everything listed at the end, ask the receiver's own API for all that it has stored, and compare
it value by value with what was recorded. What a section does not name arrives as it was recorded; help
texts, types, times of samples and times of creation are compared only where a section says so. Receivers
that are not here, such as Loki, Mimir and Tempo, were not run. Nor was VictoriaTraces: its module can't be had
through the proxy that builds the others (tried last on 28 November 2026), and neither Debian nor the registries
of npm and PyPI have its program. Spans by OTLP are proved against the Collector.

The first line of code is what the application sets, the second, if there is one, what the receiver needs.
`;

/** What `deno task peers:soak` found last, which takes too long for a test: it writes the file. */
export interface Soaked {
  readonly date: string;
  readonly runtimes: string;
  readonly minutes: number;
  readonly restarts: number;
  readonly orders: number;
  /** Samples that the receiver of metrics has. */
  readonly samples: number;
  readonly signals: readonly {
    readonly signal: string;
    readonly taken: number;
    readonly stored: number;
    /** By reason. */
    readonly dropped: Readonly<Record<string, number>>;
  }[];
}

/** Where the soak leaves what it found. */
export const SOAKED = new URL("soaked.json", import.meta.url);

function soaked(): string {
  const { date, runtimes, minutes, restarts, orders, samples, signals }: Soaked = JSON.parse(
    readFileSync(SOAKED, "utf8"),
  );
  const number = (count: number) => count.toLocaleString("en-US");
  const rows = signals.map(({ signal, taken, stored, dropped }) => {
    const reasons = Object.entries(dropped).map(([reason, n]) => `${number(n)} (\`${reason}\`)`);
    return `| ${signal} | ${number(taken)} | ${number(stored)} | ${reasons.join(", ") || "0"} |`;
  });
  return `## ${minutes} minutes with a Collector that restarts

\`deno task peers:soak\` runs the demo under load, ${runtimes}, into Collector 0.120, which is stopped every three
minutes, every third time for a minute and a half, and sends metrics on to VictoriaMetrics 1.151 and log records to
VictoriaLogs 1.52. On ${date}, in ${minutes} minutes with ${restarts} restarts and ${
    number(orders)
  } orders placed, what was
taken in was what the receivers count and what was dropped with a reason:

| signal | taken in | stored | dropped |
| --- | --- | --- | --- |
${rows.join("\n")}

VictoriaMetrics had the ${
    number(samples)
  } samples that these points are, with those of the last export, and the
counters of the application to the unit. What was dropped found the queue full (2048 items,
\`OTEL_BSP_MAX_QUEUE_SIZE\`, \`OTEL_BLRP_MAX_QUEUE_SIZE\`) in the outages of a minute and a half; a \`spool\` keeps
more.
`;
}

function readers(): string {
  const rows = READERS.map(({ name, does }) => `| ${name} | ${does} |`);
  return `## Readers, and libraries beside\n
| | |
| --- | --- |
${rows.join("\n")}
`;
}

/** The text of the document. */
export function document(): string {
  const ways: readonly Shown[] = [
    ...METRIC_WAYS.map((way) => ({ ...way, signal: "Metrics" })),
    ...LOG_WAYS.map((way) => ({ ...way, signal: "Logs" })),
    ...SPAN_WAYS.map((way) => ({ ...way, signal: "Spans" })),
  ];
  const titles = [...new Set(Object.values(SERVERS).map(({ title }) => title))];
  const sections = titles.map((title) => {
    const own = ways.filter(({ server }) => SERVERS[server].title === title);
    return [`## ${title}\n`, ...own.map(section)].join("\n");
  });
  const sent = [
    ["metrics", METRIC_CASES, METRIC_EDGES],
    ["log records", LOG_CASES, LOG_EDGES],
    ["spans", SPAN_CASES, SPAN_EDGES],
  ] as const;
  const lists = sent.map(([name, cases, edges]) => {
    const items = Object.values(cases).map(({ what }) => what).filter((what) => what !== "");
    const list = items.map((what) => `- ${what}`).join("\n");
    return `${name}:\n\n${list}\n\nAmong them: ${Object.keys(edges).join("; ")}.\n`;
  });
  return [
    HEAD,
    ...sections,
    refusals(),
    twice(),
    readers(),
    soaked(),
    `## What is sent\n\n${lists.map((list) => `As ${list}`).join("\n")}`,
  ].join("\n");
}

function refusals(): string {
  const items = REFUSALS.map(({ server, what, line, note }) => {
    const said = line === "" ? [] : ["", `  \`${line}\``];
    return [`- **${SERVERS[server].title}, ${what}.** ${note ?? ""}`.trim(), ...said].join("\n");
  });
  return `## What is refused\n
The line is what Telltale reports, once. What was refused is counted: as \`refused\` by OTLP, in \`droppedFailed\`
of the Loki sink; a push says it in its result.\n
${items.join("\n\n")}\n`;
}

function twice(): string {
  const rows = TWICE.map(({ server, how, setThere, counts }) => {
    const there = setThere === undefined ? "" : ` with \`${setThere}\``;
    return `| ${SERVERS[server].title}${there} | ${how} | ${counts === 1 ? "once" : "twice"} |`;
  });
  return `## An export that arrives twice\n
A request is sent again after a failure that may have come too late, by Telltale and by Deno itself where a
kept-alive connection closes. It is the same request, with the same times and ids.\n
| receiver | export | counted |
| --- | --- | --- |
${rows.join("\n")}

Metrics that are cumulative, as they are unless \`temporality\` is \`delta\`, count once everywhere, a Collector between
or not. Lines and spans that count twice have the same time, or the same ids, by which a query can tell them.
`;
}

function section({ signal, server, how, set, setThere, says }: Shown): string {
  const { flags = [], features = [] }: ServerKind = SERVERS[server];
  const wanted = flags.filter((flag) =>
    flag.includes("otlp") ? how.startsWith("OTLP") : how.startsWith("remote write")
  );
  const there = [
    ...wanted,
    ...(features.length > 0 ? [`--enable-feature=${features.join()}`] : []),
    ...(setThere === undefined ? [] : [setThere]),
  ];
  const items = says.length === 0
    ? ["Everything arrives as it was recorded."]
    : says.map(([sentence]) => `- ${sentence}`);
  const code = [set, ...(there.length === 0 ? [] : [there.join("  ")])];
  return [
    `### ${signal}: ${how}\n`,
    "```",
    ...code,
    "```\n",
    ...items,
    "",
  ].join("\n");
}

if (import.meta.main) writeFileSync(DOCUMENT, document());
