/**
 * The tools that an agent can call. Each answers with a text of at most 8 KB that says what was left off.
 *
 * @module
 */
import type { Registry } from "../../metrics/registry.ts";
import { bytesOf } from "../wire/reply.ts";
import {
  type Arguments,
  BadArguments,
  checkArguments,
  MAX_LIMIT,
  type Takes,
} from "./arguments.ts";
import { metricMarkdown } from "./metric.ts";
import { stateMarkdown } from "./state.ts";

/** Agents cut what is longer, and don't say so. */
export const MAX_TEXT_BYTES = 8192;
const NOTE_BYTES = 160;
/** The end of an answer of a cluster. */
const ISOLATES = /\nIsolates: .*\n$/;

/** What the tools read. */
export interface ToolSource {
  /** The console's own answer at a path, as Markdown. */
  readonly get: (path: string, query: Readonly<Record<string, unknown>>) => Promise<Response>;
  readonly metrics: Pick<Registry, "collect">;
}

/** The states that describe tells. */
const PARTS = ["database", "slos", "runtime", "flags", "self"] as const;

interface Tool {
  readonly description: string;
  readonly takes: Takes;
  run(source: ToolSource, given: Arguments): Promise<string>;
}

const TOOLS: Readonly<Record<string, Tool>> = {
  findings: {
    description:
      "What is unusual about the service right now, the worst first, with numbers, causes and a " +
      "question that proves each. Start here. Nothing unusual is an answer too.",
    takes: {},
    run: (source) => read(source, "api/findings"),
  },
  ask: {
    description:
      'Asks about the requests and jobs: "route:/orders why ms>250", "status>=500 by route", ' +
      '"http.retries>0 by http.host every 10s". The tool describe has the grammar and the fields.',
    takes: {
      question: ["string", "The question", true],
      limit: ["integer", `Rows or groups at most, 1 to ${MAX_LIMIT}`],
    },
    run: (source, { question, limit }) => read(source, "api/ask", { q: question, limit }),
  },
  trace: {
    description:
      "The spans of one trace as a tree, with its lines and what is known of its request.",
    takes: { id: ["string", "A trace id: 32 lower-case hex digits", true] },
    run: (source, { id }) => read(source, `api/traces/${encodeURIComponent(String(id))}`),
  },
  logs: {
    description:
      'Asks about the lines of the log in the same language: "level:error last 5m", "timeout", ' +
      '"by message", "trace:4bf9…". Fields are time, level, message, category, trace and those of the lines.',
    takes: {
      question: ["string", "The question", true],
      limit: ["integer", `Lines or groups at most, 1 to ${MAX_LIMIT}`],
    },
    run: (source, { question, limit }) => read(source, "api/logs", { q: question, limit }),
  },
  metric: {
    description: "The series of one metric and their values now; without a name, the names of all.",
    takes: { name: ["string", "The name of a metric, such as http_requests_total"] },
    run: async ({ metrics }, { name }) =>
      metricMarkdown(await metrics.collect(), name as string | undefined),
  },
  describe: {
    description:
      "What this service is, the fields that can be asked about, and the grammar of questions; with a part, " +
      "its state: database (queries, the repeated ones first), slos (budgets, burn, health), runtime (loop, " +
      "heap, collector, marks), flags (variants side by side), self (what telemetry keeps and loses).",
    takes: { part: ["string", `One of ${PARTS.join(", ")}`] },
    run: async (source, { part }) => {
      if (part === undefined) return await read(source, "api");
      if (!PARTS.some((known) => known === part)) {
        throw new BadArguments(`part must be one of ${PARTS.join(", ")}`);
      }
      return stateMarkdown(String(part), JSON.parse(await read(source, `api/${part}`)));
    },
  },
};

/** What the console answers at a path; what it refuses is an error of the tool. */
async function read(
  { get }: ToolSource,
  path: string,
  query: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const response = await get(path, query), text = await response.text();
  if (response.ok) return text;
  throw new BadArguments(
    response.headers.get("content-type") === "application/json"
      ? String(JSON.parse(text).error)
      : text.trim(),
  );
}

/** The tools, as `tools/list` tells them. */
export function toolList(): object[] {
  return Object.entries(TOOLS).map(([name, { description, takes }]) => ({
    name,
    description,
    inputSchema: {
      type: "object",
      properties: Object.fromEntries(
        Object.entries(takes).map(([name, [type, description]]) => [name, { type, description }]),
      ),
      required: Object.entries(takes).filter(([, [, , must]]) => must).map(([name]) => name),
      additionalProperties: false,
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
  }));
}

/** Whether there is a tool of this name. */
export function isTool(name: unknown): name is string {
  return typeof name === "string" && Object.hasOwn(TOOLS, name);
}

/** What a tool answers; an error of the caller is a text that says so. */
export async function callTool(
  source: ToolSource,
  name: string,
  given: Arguments,
): Promise<{ readonly text: string; readonly isError: boolean }> {
  const tool = TOOLS[name]!;
  try {
    checkArguments(tool.takes, given);
    return { text: bounded(await tool.run(source, given)), isError: false };
  } catch (error) {
    if (!(error instanceof BadArguments)) throw error;
    return { text: bounded(error.message), isError: true };
  }
}

/** A text of at most 8 KB, cut at the end of a line. */
function bounded(text: string): string {
  if (bytesOf(text) <= MAX_TEXT_BYTES) return text;
  const lines = text.split("\n"), kept: string[] = [];
  // Who did not answer is said in any case.
  const note = ISOLATES.exec(text)?.[0] ?? "";
  let left = MAX_TEXT_BYTES - NOTE_BYTES - bytesOf(note);
  for (const line of lines) {
    left -= bytesOf(line) + 1;
    if (left < 0) break;
    kept.push(line);
  }
  return `${kept.join("\n")}\n\n${
    lines.length - kept.length
  } more lines are left off: an answer has ` +
    "at most 8 KB. Ask for less.\n" + note;
}
