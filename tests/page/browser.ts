/**
 * Chromium, and pages that must not complain.
 *
 * @module
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { type Browser, chromium, type Page } from "playwright-core";
import { HANG_MS, installed, lacking } from "../tool.ts";

/** Why tests in a browser are skipped, or false. */
export const NO_BROWSER: string | false = lacking("chromium");

/** Starts the browser. */
export function launch(): Promise<Browser> {
  assert.ok(installed("chromium"));
  const { stdout } = spawnSync("sh", ["-c", "command -v chromium"], { encoding: "utf8" });
  return chromium.launch({
    executablePath: stdout.trim(),
    // As root, as in CI, it has no sandbox; it shows nothing but our own page.
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      // A name that is not this machine's, for callers that come from elsewhere.
      "--host-resolver-rules=MAP orders.example 127.0.0.1",
    ],
  });
}

/** A page, and what it complained about. */
export interface Watched {
  readonly page: Page;
  /** Errors and warnings of its console, and exceptions. */
  readonly complaints: string[];
  /** Closes it; fails if anything was against the page's policy. */
  close(): Promise<void>;
}

/** Runs in every page before its own script: what its policy forbids is told, wherever it happens. */
const REPORTS = `addEventListener("securitypolicyviolation", (event) =>
  console.error("against the policy: " + event.violatedDirective + " " + event.blockedURI), true)`;

/** Opens a page in a context of its own. */
export async function open(
  browser: Browser,
  url: string,
  options: Parameters<Browser["newContext"]>[0] = {},
): Promise<Watched> {
  const viewport = { width: 1440, height: 1000 }, timezoneId = "UTC";
  const context = await browser.newContext({ viewport, timezoneId, ...options });
  // Waiting is for what surely comes: the limit is a guard, not a verdict on speed.
  context.setDefaultTimeout(HANG_MS / 20);
  await context.addInitScript(REPORTS);
  const page = await context.newPage(), complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  const close = async () => {
    await context.close();
    assert.deepEqual(
      complaints.filter((text) => /against the policy|Content Security/.test(text)),
      [],
    );
  };
  return { page, complaints, close };
}

/** How many requests the sentence above an answer names, and of how many. */
export async function said(page: Page): Promise<number[]> {
  const figures = await page.locator(".say b").allInnerTexts();
  return figures.map(unspaced).filter((text) => /^\d+$/.test(text)).map(Number).slice(0, 2);
}

/** A text without its blanks: figures have some. */
export function unspaced(text: string): string {
  return text.replace(/\s+/g, "");
}
