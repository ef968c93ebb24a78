import { equal } from "node:assert/strict";
import { test } from "node:test";
import { GOLDEN, output } from "./golden/requests.ts";

test("lines, spans, records and metrics of requests are those of revision 1275ac3, field by field", async () => {
  const cases = (text: string) => text.trim().split("\n\n## ");
  const now = cases(await output()), then = cases(GOLDEN);
  equal(now.length, then.length);
  for (const [i, text] of now.entries()) equal(text, then[i]);
});
