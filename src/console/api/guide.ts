/**
 * What there is: the first answer that a person or an agent reads.
 *
 * @module
 */
import { runtime } from "../../core/platform.ts";
import type { ConsoleParts } from "./parts.ts";
import { code, timeText } from "../wire/markdown.ts";
import { Parameters } from "../wire/parameters.ts";
import { markdown } from "../wire/reply.ts";

/** How much names of fields may take: agents should read the whole, which has at most 4 KB. */
const MAX_FIELDS_LENGTH = 900;

/** Answers `api`. */
export function answerGuide(parts: ConsoleParts, base: string, request: Request): Response {
  new Parameters(request, []);
  return markdown(guideText(parts, base, originOf(request)));
}

/** What there is, and how to ask for it. */
export function guideText(
  { events, resource }: Pick<ConsoleParts, "events" | "resource">,
  base: string,
  origin: string,
): string {
  const api = `${origin}${base}api`;
  const first = events?.first ?? 0, kept = (events?.next ?? 0) - first;
  const oldest = events?.row(first)?.time;
  const since = typeof oldest === "number" ? `, since ${timeText(oldest)}` : "";
  const { service, version } = resource;
  return `# ${code(service.slice(0, 80))}${
    version === undefined ? "" : ` ${code(version.slice(0, 40))}`
  } on ${runtime.name} ${runtime.version}

Each request or job leaves one row; so does a change of a flag, as the job \`flag changed\`.
${kept} rows are kept${since}; ${first} older ones are gone.

    curl '${api}/findings' -H 'accept: text/markdown'
    curl '${api}/ask?q=by+route'
    curl '${api}/ask?q=why+status>=500'
    curl '${api}/ask?q=ms>250+last+5m+sort+-ms+top+20' -H 'accept: text/markdown'
    curl '${api}/rows?since=${first}'

An answer has at most 16 KB; \`leftOff\` says what it lacks and how to get it. \`why\` says what the
chosen rows have in common that the others lack. \`rows\` is JSON Lines: ask again from \`next\` on.
\`session\` is all that is kept, in a file that the page opens. \`generate?file=rules\` is Prometheus rules
of the SLOs; \`generate\` names further files. \`logs?q=\` and \`traces?q=\` take questions about lines
and about requests whose spans are held; \`traces/ID\` is one trace (\`?format=otlp\`);
\`overview?last=1h\` has figures of the past. \`database\`, \`slos\`, \`runtime\`, \`flags\`, \`metrics\`
(\`?name=\` for the last hour of one), \`profiles\` and \`self\` are states. Agents: POST ${base}mcp, the Model Context Protocol.

## A question

\`\`\`
question = [ terms ] { clause }        terms = all { "or" all }        all = { [ "and" ] term }
term     = [ "-" | "not" ] ( "(" terms ")" | field "?" | field op value { "," value } | word | "text" )
op       = ":" | "=" | "!=" | ">" | ">=" | "<" | "<=" | "~"
value    = 250ms 1.5s 2kb 5xx 100..500 /orders/* true word "text"
clause   = "by" field { "," field } | "show" m { "," m } | "why" terms [ "vs" terms ]
         | "every" 10s | "last" 5m | "sort" ["-"] m | "top" 20
m        = count rate errors share | p50(f) p99.9(f) avg sum min max distinct (f)
\`\`\`

## Fields

${fieldsOf(events?.columns.keys() ?? [])}
`;
}

/** The origin as the caller knows it, unless that could end the code that it is shown in. */
function originOf({ url }: Request): string {
  return /^https?:\/\/[\w.:[\]-]{1,100}(?=\/)/.exec(url)?.[0] ?? "http://localhost";
}

function fieldsOf(names: Iterable<string>): string {
  let text = "", left = 0;
  for (const name of names) {
    const next = (text === "" ? "" : ", ") + code(name);
    if (text.length + next.length <= MAX_FIELDS_LENGTH) text += next;
    else left++;
  }
  return text === "" ? "None yet." : left === 0 ? text : `${text}, and ${left} more`;
}
