/**
 * Metrics as Markdown.
 *
 * @module
 */
import type { Family } from "../../metrics/data/family.ts";
import { cell, code } from "../wire/markdown.ts";
import { BadArguments } from "./arguments.ts";

const MAX_SERIES = 60;

/** The series of a metric, or the names of all. */
export function metricMarkdown(families: readonly Family[], name: string | undefined): string {
  if (name === undefined) {
    const lines = families.map(({ name, type, samples, help }) =>
      `- ${code(name)} ${type}, ${samples.length} series: ${cell(help)}`
    );
    return `# Metrics\n\n${lines.join("\n")}\n`;
  }
  const family = families.find((one) => one.name === name);
  if (family === undefined) {
    throw new BadArguments(
      `There is no metric ${JSON.stringify(name.slice(0, 100))}; without a name all are listed`,
    );
  }
  const lines = family.samples.slice(0, MAX_SERIES).map((sample) => `- ${sampleText(sample)}`);
  const more = family.samples.length - lines.length;
  return `# ${code(family.name)}\n\n${cell(family.help)} (${family.type})\n\n${lines.join("\n")}\n${
    more > 0 ? `\n${more} more series are left off.\n` : ""
  }`;
}

function sampleText(sample: Family["samples"][number]): string {
  const { labels, ...values } = sample;
  const told = labels.names.map((name, i) => `${name}="${labels.values[i]}"`).join(",");
  const numbers = Object.entries(values).flatMap(([key, value]) =>
    typeof value === "number" ? [`${key}=${cell(value)}`] : []
  );
  return `{${cell(told)}} ${numbers.join(" ")}`;
}
