import { equal } from "node:assert/strict";
import { test } from "node:test";
import { RecentTexts } from "../../src/core/redact/recent.ts";
import { Redactor } from "../../src/core/redact/redactor.ts";

test("RecentTexts has what was added until another text takes its place, and no long text", () => {
  const recent = new RecentTexts(), long = "k".repeat(257);
  equal(recent.has("GET /orders/:id"), false);
  recent.add("GET /orders/:id");
  equal(recent.has("GET /orders/:id"), true);
  equal(recent.has("GET /orders/:if"), false);
  // The same ends and length: the same place.
  recent.add("GET /orders/-id");
  equal(recent.has("GET /orders/:id"), false);
  recent.add(long);
  equal(recent.has(long), false);
  recent.add("");
  equal(recent.has(""), true);
});

test("Redactor.text() gives the same answer each time, also for texts of one hash", () => {
  const redactor = new Redactor();
  const texts = [
    ["GET /orders/:id", "GET /orders/:id"],
    ["a=1&token=t0p&c=3", "a=1&token=%5BREDACTED%5D&c=3"],
    ["a=1&taken=t0p&c=3", "a=1&taken=t0p&c=3"],
    ["", ""],
  ] as const;
  for (let round = 0; round < 3; round++) {
    for (const [text, shown] of texts) equal(redactor.text(text), shown);
  }
});
