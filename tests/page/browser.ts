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
  close(): Promise<void>;
}

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
  const page = await context.newPage(), complaints: string[] = [];
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(message.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, complaints, close: () => context.close() };
}
