import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { fillHistory, type Service, startService } from "./service.ts";

let browser: Browser, service: Service;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER !== false) return;
  [browser, service] = await Promise.all([launch(), startService()]);
  fillHistory(service.t, Date.now());
  await service.get("/orders?segment=enterprise&fail&queries=5");
});

after(async () => {
  await browser?.close();
  await service?.close();
});

/** What has the focus, by its name. */
function focused(page: Page): Promise<string> {
  return page.evaluate(`(document.activeElement?.innerText ?? "").trim() ||
    document.activeElement?.getAttribute("aria-label") || document.activeElement?.id || ""`);
}

test(
  "From a figure to the reason, a trace, its lines and back, without a mouse",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, service.url);
    await page.locator(".finding").first().waitFor();
    await page.keyboard.press("Tab");
    assert.match(await focused(page), /Skip to the view/);
    await page.keyboard.press("Enter");
    for (let i = 0; i < 12 && await focused(page) !== "Why"; i++) await page.keyboard.press("Tab");
    assert.equal(await focused(page), "Why");
    await page.keyboard.press("Enter");
    await page.locator(".wr").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("t");
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("j");
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await page.keyboard.press("Enter");
    const tree = page.getByRole("treegrid");
    await tree.waitFor();
    await tree.locator("[tabindex='0']").focus();
    await page.keyboard.press("j");
    const row = page.locator("[role=row]:focus");
    await row.filter({ hasText: "load order" }).waitFor();
    await page.keyboard.press("ArrowLeft");
    await page.locator("[role=row][aria-expanded=false]").first().waitFor();
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("e");
    await row.filter({ hasText: "GET /orders" }).waitFor();
    await page.keyboard.press("Escape");
    await page.locator("tbody tr").first().waitFor();
    await page.keyboard.press("g");
    await page.keyboard.press("l");
    await page.locator(".log").first().waitFor();
    assert.deepEqual(complaints, []);
    await close();
  },
);

test("Cells of the heat map are chosen by arrow keys, and Enter asks why", options, async () => {
  const { page, close } = await open(browser, service.url);
  const canvas = page.locator("canvas").first();
  await canvas.focus();
  await page.keyboard.press("ArrowUp");
  await page.locator(".brush").waitFor();
  for (let i = 0; i < 8; i++) await page.keyboard.press("Shift+ArrowRight");
  for (let i = 0; i < 8; i++) await page.keyboard.press("Shift+ArrowDown");
  await page.keyboard.press("Enter");
  await page.locator(".say").waitFor();
  assert.match(await page.locator("#question").inputValue(), /^why ms:.* time:\d+\.\.\d+$/);
  await close();
});

test("The list of keys opens by ?, holds the focus, and closes by Escape", options, async () => {
  const { page, close } = await open(browser, service.url);
  await page.locator(".tiles").waitFor();
  await page.keyboard.press("?");
  const dialog = page.getByRole("dialog");
  await dialog.waitFor();
  for (let i = 0; i < 14; i++) {
    await page.keyboard.press("Tab");
    assert.ok(
      await page.evaluate(`document.activeElement === document.body ||
        document.activeElement.closest("dialog") !== null`),
    );
  }
  await page.keyboard.press("Escape");
  await dialog.waitFor({ state: "hidden" });
  await page.keyboard.press("/");
  await page.locator("#question").waitFor();
  await page.keyboard.type("by route?");
  assert.equal(await page.locator("#question").inputValue(), "by route?");
  assert.equal(await dialog.isVisible(), false);
  await close();
});

test("What is focused is seen, and every control has a name", options, async () => {
  for (const hash of ["", "#/ask?q=why+ms%3E100", "#/traces", "#/logs"]) {
    const { page, close } = await open(browser, service.url + hash);
    await page.locator("main").locator("table, .log").first().waitFor();
    const nameless = await page.evaluate(
      `[...document.querySelectorAll("a,button,input,canvas,[role]")]
      .filter((each) => each.checkVisibility() && each.closest("[aria-hidden]") === null &&
        !["rowgroup", "row", "gridcell", "listbox", "option", "group", "note", "presentation"].includes(each.getAttribute("role")) &&
        !((each.innerText || "").trim() || each.getAttribute("aria-label") || each.title || each.labels?.length))
      .map((each) => each.outerHTML.slice(0, 120))`,
    );
    assert.deepEqual(nameless, [], hash);
    await page.keyboard.press("Tab");
    await page.keyboard.press("Tab");
    const outline = await page.evaluate(`getComputedStyle(document.activeElement).outlineStyle`);
    assert.notEqual(outline, "none", hash);
    await close();
  }
});
