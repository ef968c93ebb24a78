import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { rename } from "node:fs/promises";
import { after, before, test } from "node:test";
import type { Browser, BrowserContext, Page } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { type Service, startService } from "./service.ts";

let browser: Browser;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER === false) browser = await launch();
});

after(() => browser?.close());

/** Waits until the page has so many requests, as the foot of its list of views says. */
async function holds(page: Page, requests: number): Promise<void> {
  const text = `Kept ${requests} request${requests === 1 ? "" : "s"},`;
  await page.locator(".own").filter({ hasText: text }).waitFor();
}

async function serve(service: Service, requests: number): Promise<void> {
  for (let i = 0; i < requests; i++) await service.get("/orders");
}

test("Rows and lines come as they are written", options, async () => {
  const service = await startService();
  await serve(service, 3);
  const { page, complaints, close } = await open(browser, `${service.url}#/logs`);
  await holds(page, 3);
  await page.locator("#live").filter({ hasText: "Live" }).waitFor();
  const before = await page.locator(".log").count();
  await serve(service, 2);
  await holds(page, 5);
  assert.ok(await page.locator(".log").count() > before);
  assert.deepEqual(complaints, []);
  await close();
  await service.close();
});

test("A broken connection is said, and after it nothing is missing or twice", options, async () => {
  const service = await startService();
  await serve(service, 4);
  const { page, close } = await open(browser, `${service.url}#/traces`);
  await holds(page, 4);
  const { port, t } = service;
  service.wire.isDown = true;
  service.wire.cut();
  await page.locator(".banner.bad").waitFor();
  assert.match(
    await page.locator(".banner.bad").innerText(),
    /^No connection since \d\d:\d\d:\d\d/,
  );
  await serve(service, 3);
  service.wire.isDown = false;
  await holds(page, 7);
  await page.locator(".banner.bad").waitFor({ state: "detached" });
  await page.locator("tbody tr").nth(6).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 7);
  assert.equal(t.events!.next, 7);
  assert.ok(port > 0);
  await close();
  await service.close();
});

test("What the ring let go while the page was away is a gap, with its count", options, async () => {
  const service = await startService(0, { maxRecords: 16 });
  await serve(service, 2);
  const { page, close } = await open(browser, `${service.url}#/logs`);
  await page.locator(".log").first().waitFor();
  service.wire.isDown = true;
  service.wire.cut();
  await page.locator(".banner.bad").waitFor();
  await serve(service, 20);
  service.wire.isDown = false;
  await page.locator(".gapmark").waitFor();
  const { ring } = service.t.log, lost = ring.first - 6;
  assert.match(await page.locator(".gapmark").innerText(), new RegExp(`^${lost} lines lost here`));
  await close();
  await service.close();
});

test(
  "A service that started anew is followed from its first row; what came before stays",
  options,
  async () => {
    const first = await startService();
    await serve(first, 3);
    const { page, close } = await open(browser, `${first.url}#/overview`);
    await holds(page, 3);
    await first.close();
    await page.locator(".banner.bad").waitFor();
    const second = await startService(first.port);
    await serve(second, 2);
    await holds(page, 5);
    await close();
    await second.close();
  },
);

test("Paused, the view stands still and counts what comes", options, async () => {
  const service = await startService();
  await serve(service, 2);
  const { page, close } = await open(browser, `${service.url}#/traces`);
  await holds(page, 2);
  await page.keyboard.press("Space");
  await page.locator("#live").filter({ hasText: "Paused" }).waitFor();
  await serve(service, 3);
  await holds(page, 5);
  assert.match(await page.locator("#live").innerText(), /^Paused\s*\d+ new$/);
  assert.equal(await page.locator("tbody tr").count(), 2);
  await page.keyboard.press("Space");
  await page.locator("tbody tr").nth(4).waitFor();
  await close();
  await service.close();
});

test(
  "A connection on which nothing comes any more is given up, and made again",
  options,
  async () => {
    const service = await startService();
    await serve(service, 1);
    const { page, close } = await open(browser, "about:blank");
    await page.clock.install();
    await page.goto(service.url);
    await holds(page, 1);
    await page.locator("#live").filter({ hasText: "Live" }).waitFor();
    const asked = () => service.wire.asked.filter((path) => path === "api/stream").length;
    assert.equal(asked(), 1);
    await page.clock.fastForward(17_000);
    await page.locator(".banner.bad").waitFor();
    await page.clock.fastForward(1000);
    await page.locator(".banner.bad").waitFor({ state: "detached" });
    assert.equal(asked(), 2);
    await close();
    await service.close();
  },
);

test(
  "A token comes by the fragment, leaves the address, and is sent with every request",
  options,
  async () => {
    const service = await startService(0, { token: "correct-horse-battery" });
    await serve(service, 2);
    // Under another name than this machine's a caller needs the token.
    const url = `http://orders.example:${service.port}/telltale/`;
    const { page, close } = await open(browser, url);
    await page.getByLabel("Token").fill("wrong");
    await page.keyboard.press("Enter");
    await page.getByText("The service said: Forbidden").waitFor();
    await page.getByLabel("Token").fill("correct-horse-battery");
    await page.keyboard.press("Enter");
    await holds(page, 2);
    const other = await page.context().newPage();
    await other.goto(url);
    // Another tab gets it from this one.
    await holds(other, 2);
    await close();
    const link = await open(browser, `${url}#token=correct-horse-battery`);
    await holds(link.page, 2);
    assert.equal(new URL(link.page.url()).hash, "");
    await link.page.reload();
    await holds(link.page, 2);
    assert.deepEqual(await link.page.context().cookies(), []);
    await link.close();
    await service.close();
  },
);

/** A window whose tabs are hidden or seen as a test says, with a clock that it moves. */
async function openTabs(isHidden: boolean): Promise<{
  readonly context: BrowserContext;
  readonly close: () => Promise<void>;
}> {
  const { page, close } = await open(browser, "about:blank"), context = page.context();
  await context.clock.install();
  await context.addInitScript(`
    globalThis.isHidden = ${isHidden};
    Object.defineProperty(document, "visibilityState", {
      get: () => globalThis.isHidden ? "hidden" : "visible",
    });
  `);
  return { context, close };
}

/** A tab is left, for so long that it lets go of its connection, or seen again. */
async function turn(tab: Page, isHidden: boolean): Promise<void> {
  await tab.evaluate(
    `isHidden = ${isHidden}; document.dispatchEvent(new Event("visibilitychange"))`,
  );
  if (isHidden) await tab.clock.fastForward(31_000);
}

test(
  "Of seven tabs only the one that is seen keeps a connection; a seen one goes on by number",
  options,
  async () => {
    const service = await startService();
    await serve(service, 1);
    const { context, close } = await openTabs(false), tabs: Page[] = [];
    for (let i = 0; i < 7; i++) {
      const tab = await context.newPage();
      await tab.goto(service.url);
      await holds(tab, 1);
      await tab.locator("#live").filter({ hasText: "Live" }).waitFor();
      tabs.push(tab);
      if (i < 6) await turn(tab, true);
    }
    await serve(service, 2);
    await holds(tabs[6]!, 3);
    assert.equal(service.wire.streams, 1);
    await turn(tabs[0]!, false);
    await tabs[0]!.clock.fastForward(1000);
    await holds(tabs[0]!, 3);
    await close();
    await service.close();
  },
);

test(
  "Seven tabs that were opened in the background hold nothing; one that is seen misses nothing",
  options,
  async () => {
    const service = await startService();
    await serve(service, 1);
    const { context, close } = await openTabs(true), tabs: Page[] = [];
    for (let i = 0; i < 7; i++) {
      const tab = await context.newPage();
      await tab.goto(service.url);
      await tab.getByText("Connecting …").waitFor();
      tabs.push(tab);
    }
    const asked = () => service.wire.asked.filter((path) => path.startsWith("api/"));
    assert.deepEqual([asked(), service.wire.streams], [[], 0]);
    // Back from the network they are as they were.
    await tabs[0]!.evaluate(`dispatchEvent(new Event("online"))`);
    assert.deepEqual([asked(), service.wire.streams], [[], 0]);
    for (const tab of tabs.slice(0, 2)) {
      await turn(tab, false);
      await tab.locator("#live").filter({ hasText: "Live" }).waitFor();
      await tab.clock.fastForward(1000);
      await holds(tab, 1);
    }
    assert.equal(service.wire.streams, 2);
    await turn(tabs[0]!, true);
    await serve(service, 2);
    await holds(tabs[1]!, 3);
    assert.equal(service.wire.streams, 1);
    await turn(tabs[0]!, false);
    await tabs[0]!.clock.fastForward(1000);
    await holds(tabs[0]!, 3);
    await close();
    await service.close();
  },
);

test("A session is saved, and shows the same without the service", options, async () => {
  const service = await startService();
  await serve(service, 3);
  const { page, complaints, close } = await open(browser, `${service.url}#/traces`);
  await holds(page, 3);
  const save = async (name: string) => {
    await page.getByRole("button", { name: "Export or import a session" }).click();
    const [download] = await Promise.all([
      page.waitForEvent("download"),
      page.getByRole("button", { name }).click(),
    ]);
    return { path: await download.path(), name: download.suggestedFilename() };
  };
  const session = await save("Save as JSON Lines"), whole = await save("Save as one HTML page");
  assert.match(session.name, /^telltale-orders-[\d-]+T[\d-]+\.jsonl$/);
  await service.close();
  await page.getByRole("button", { name: "Export or import a session" }).click();
  await page.getByLabel("A session", { exact: true }).setInputFiles(session.path);
  await page.locator(".banner").filter({ hasText: "a saved session" }).waitFor();
  await page.locator("tbody tr").nth(2).waitFor();
  assert.equal(await page.locator("tbody tr").count(), 3);
  assert.deepEqual(complaints.filter((text) => !/Failed to load|ERR_/.test(text)), []);
  const copy = `${whole.path}.html`;
  await rename(whole.path, copy);
  const offline = await open(browser, `file://${copy}#/traces`);
  await offline.page.locator("tbody tr").nth(2).waitFor();
  await offline.page.evaluate(`location.hash = "#/ask?q=by+route"`);
  await offline.page.locator("th.key").filter({ hasText: "/orders" }).waitFor();
  assert.deepEqual(offline.complaints, []);
  await offline.close();
  await close();
});

test(
  "A session that the service gives is opened, also from a page without the slash",
  options,
  async () => {
    const service = await startService();
    await serve(service, 3);
    const response = await fetch(`${service.url}api/session`);
    const buffer = Buffer.from(await response.arrayBuffer());
    const { page, complaints, close } = await open(browser, service.url.slice(0, -1));
    await holds(page, 3);
    await serve(service, 1);
    await holds(page, 4);
    await page.getByRole("button", { name: "Export or import a session" }).click();
    const file = { name: "session.jsonl.gz", mimeType: "application/gzip", buffer };
    await page.getByLabel("A session", { exact: true }).setInputFiles(file);
    await page.locator(".banner").filter({ hasText: "a saved session" }).waitFor();
    await page.evaluate(`location.hash = "#/traces"`);
    await page.locator("tbody tr").nth(2).waitFor();
    assert.equal(await page.locator("tbody tr").count(), 3);
    await page.locator("tbody tr a").first().click();
    await page.getByText("charge").first().waitFor();
    await page.evaluate(`location.hash = "#/logs"`);
    await page.getByText("placing order").first().waitFor();
    assert.deepEqual(complaints, []);
    await close();
    await service.close();
  },
);

test(
  "A file that is no session is refused in words, and what was there stays",
  options,
  async () => {
    const service = await startService();
    await serve(service, 2);
    const { page, close } = await open(browser, service.url);
    await holds(page, 2);
    const files: readonly (readonly [string, RegExp])[] = [
      ["", /The file is empty/],
      ["{", /Line 1: not JSON/],
      ['{"kind":"row"}', /This is no session of Telltale/],
      ['{"kind":"head","format":"telltale-session","version":9}', /has version 9/],
    ];
    for (const [text, expected] of files) {
      await page.getByRole("button", { name: "Export or import a session" }).click();
      await page.getByLabel("A session", { exact: true }).setInputFiles({
        name: "a.jsonl",
        mimeType: "text/plain",
        buffer: Buffer.from(text),
      });
      await page.getByRole("alert").filter({ hasText: expected }).waitFor();
      await page.keyboard.press("Escape");
    }
    await holds(page, 2);
    await close();
    await service.close();
  },
);
