/** The questions that a document shows are understood. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { parse } from "../../src/events/mod.ts";
import { codeOf, tableUnder } from "./blocks.ts";

test("each question of the table is one of the language", () => {
  const text = readFileSync(new URL("../../docs/questions.md", import.meta.url), "utf8");
  const questions = tableUnder(text, "## What can be asked").map(([cell]) => codeOf(cell!));
  assert.ok(questions.length >= 10);
  for (const question of questions) assert.doesNotThrow(() => parse(question), question);
});
