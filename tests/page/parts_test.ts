import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { PARTS } from "../../src/console/page/parts.ts";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { fillHistory, type Service, startService } from "./service.ts";

declare global {
  var telltale: object | undefined;
}

let browser: Browser, service: Service;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER !== false) return;
  [browser, service] = await Promise.all([launch(), startService()]);
  fillHistory(service.t, Date.now());
  await service.get("/orders");
});

after(async () => {
  await browser?.close();
  await service?.close();
});

const loaded = (): string[] => service.wire.asked.filter((path) => path.startsWith("part/"));

test(
  "Parts of views that were not opened are fetched after the first view, each once",
  options,
  async () => {
    service.wire.asked.length = 0;
    const { page, complaints, close } = await open(browser, `${service.url}#/logs`);
    await page.locator(".log").first().waitFor();
    const all = Object.keys(PARTS).length;
    await page.waitForFunction((all) => Object.keys(globalThis.telltale ?? {}).length === all, all);
    assert.deepEqual(loaded().sort(), Object.keys(PARTS).map((name) => `part/${name}`));
    // The service is gone; every view opens, and says what it knows.
    service.wire.isDown = true;
    service.wire.cut();
    for (const view of ["overview", "ask", "traces"]) {
      await page.evaluate(`location.hash = "#/${view}"`);
      await page.locator("h1", { hasText: new RegExp(view, "i") }).waitFor({ state: "attached" });
    }
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
    service.wire.isDown = false;
    assert.deepEqual(complaints.filter((text) => !/status of 503/.test(text)), []);
    await close();
  },
);

test("The path without its slash loads the same parts", options, async () => {
  const url = service.url.slice(0, -1);
  const { page, complaints, close } = await open(browser, `${url}?a=1#/ask?q=by+route`);
  await page.locator("th.key").first().waitFor();
  assert.equal(page.url(), `${service.url}?a=1#/ask?q=by+route`);
  assert.deepEqual(complaints, []);
  await close();
});

test(
  "A part with another text does not run; the page says so, and tries again when asked",
  options,
  async () => {
    const { page, complaints } = await open(browser, service.url);
    await page.route(
      "**/part/ask.js?*",
      (route) =>
        route.fulfill({ contentType: "text/javascript", body: "document.title = 'foreign';" }),
    );
    await page.evaluate(`location.hash = "#/ask"`);
    await page.getByRole("alert").waitFor();
    assert.match(
      await page.getByRole("alert").innerText(),
      /^This part of the page could not be loaded/,
    );
    assert.equal(await page.title(), "orders · Telltale");
    assert.ok(
      complaints.some((text) => text.includes("integrity")),
      complaints.join("\n"),
    );
    // The other views are as before.
    await page.evaluate(`location.hash = "#/logs"`);
    await page.locator(".log").first().waitFor();
    await page.unroute("**/part/ask.js?*");
    await page.evaluate(`location.hash = "#/ask"`);
    await page.locator("#question").waitFor();
    // Not its own `close`, which fails for what was tried here.
    await page.context().close();
  },
);
