/**
 * Answers with what is unusual.
 *
 * @module
 */
import type { Finding } from "../findings/finding.ts";
import type { Findings, Found } from "../findings/findings.ts";
import { clockTime } from "../findings/words.ts";
import { cell, code } from "../wire/markdown.ts";
import { Parameters } from "../wire/parameters.ts";
import { json, markdown, wantsMarkdown } from "../wire/reply.ts";
import type { FindingsReply } from "./shapes.ts";

/** Answers `api/findings`. */
export async function answerFindings(findings: Findings, request: Request): Promise<Response> {
  new Parameters(request, []);
  const found = await findings.look();
  if (wantsMarkdown(request)) return markdown(foundMarkdown(found));
  return json(found satisfies FindingsReply);
}

/** What was found, as Markdown. */
export function foundMarkdown({ findings, more, looked }: Found): string {
  const body = findings.length === 0
    ? "Nothing unusual.\n"
    : findings.map(findingMarkdown).join("\n");
  const rest = more === 0 ? "" : `\n${more} more were found; these are the worst.\n`;
  return `# Findings\n\n${body}${rest}\nLooked at ${looked}.\n`;
}

function findingMarkdown(finding: Finding, i: number): string {
  const { title, severity, sinceMs, figures, evidence, question, trace, profile } = finding;
  const lines = [`${i + 1}. **${cell(title)}** (${severity})`];
  for (const { name, value, before } of figures) {
    const was = before === undefined ? "" : `, ${cell(before)} before`;
    lines.push(`   - ${cell(name)}: ${cell(value)}${was}`);
  }
  for (const sentence of evidence) lines.push(`   - ${cell(sentence)}`);
  if (sinceMs !== undefined) lines.push(`   - since ${clockTime(sinceMs)}`);
  if (question !== undefined) lines.push(`   - ask: ${code(question)}`);
  if (trace !== undefined && trace !== "") lines.push(`   - a trace: ${code(trace)}`);
  if (profile !== undefined) lines.push(`   - a profile: ${code(profile)}`);
  return lines.join("\n") + "\n";
}
