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

/** Opens the newest trace with a failed span, by the keyboard. */
async function toFailedTrace(page: Page): Promise<void> {
  await page.evaluate(`location.hash = "#/traces?q=status>=500"`);
  await page.locator("tbody tr").first().waitFor();
  await page.keyboard.press("j");
  await page.keyboard.press("Enter");
  await page.getByRole("treegrid").waitFor();
}

const hashOf = (page: Page) => page.evaluate(`location.hash`) as Promise<string>;
const goesTo = (key: string, hash: string) => async (page: Page) => {
  await page.keyboard.press("g");
  await page.keyboard.press(key);
  await page.waitForURL((url) => url.hash.startsWith(hash));
};

/** What each key of the list does, shown by the keyboard alone. */
const DOES: Readonly<Record<string, (page: Page) => Promise<void>>> = {
  "g o": goesTo("o", "#/overview"),
  "g a": goesTo("a", "#/ask"),
  "g t": goesTo("t", "#/traces"),
  "g l": goesTo("l", "#/logs"),
  "g m": goesTo("m", "#/metrics"),
  "g r": goesTo("r", "#/runtime"),
  "g h": goesTo("h", "#/health"),
  "g d": goesTo("d", "#/database"),
  "g f": goesTo("f", "#/flags"),
  "g p": goesTo("p", "#/profiles"),
  "g n": goesTo("n", "#/self"),
  "/": async (page) => {
    await page.keyboard.press("/");
    await page.locator("#question:focus").waitFor();
    assert.match(await hashOf(page), /^#\/ask/);
  },
  "j k": async (page) => {
    await page.evaluate(`location.hash = "#/ask?q=by route"`);
    const rows = page.locator("main [data-row]"), at = page.locator("main [data-row]:focus");
    await rows.nth(1).waitFor();
    for (const [key, row] of [["j", 0], ["j", 1], ["k", 0], ["k", 0]] as const) {
      await page.keyboard.press(key);
      assert.equal(await at.innerText(), await rows.nth(row).innerText());
    }
  },
  "Enter": toFailedTrace,
  "← →": async (page) => {
    await toFailedTrace(page);
    await page.getByRole("treegrid").locator("[tabindex='0']").focus();
    await page.keyboard.press("ArrowLeft");
    await page.locator("[role=row]:focus[aria-expanded=false]").waitFor();
    await page.keyboard.press("ArrowRight");
    await page.locator("[role=row]:focus[aria-expanded=true]").waitFor();
  },
  "e": async (page) => {
    await toFailedTrace(page);
    await page.keyboard.press("e");
    await page.locator("[role=row].err:focus").waitFor();
  },
  "Space": async (page) => {
    const live = page.locator("#live");
    await live.filter({ hasText: "Live" }).waitFor();
    await page.keyboard.press("Space");
    await live.filter({ hasText: "Paused" }).waitFor();
    await page.keyboard.press("Space");
    await live.filter({ hasText: "Live" }).waitFor();
  },
  "t": async (page) => {
    const theme = () => page.locator("html").getAttribute("data-theme");
    const before = await theme();
    await page.keyboard.press("t");
    assert.deepEqual(new Set([before, await theme()]), new Set(["light", "dark"]));
  },
  "Esc": async (page) => {
    await page.keyboard.press("?");
    const dialog = page.getByRole("dialog");
    await dialog.waitFor();
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
    await page.keyboard.press("/");
    await page.locator("#question:focus").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("#question:not(:focus)").waitFor();
    await toFailedTrace(page);
    await page.keyboard.press("Escape");
    await page.waitForURL((url) => url.hash.startsWith("#/traces"));
  },
  "?": async (page) => {
    await page.keyboard.press("?");
    await page.getByRole("dialog").waitFor();
  },
};

test("Each key of the list does what the list says, and no other is in it", options, async () => {
  const { page, complaints, close } = await open(browser, service.url);
  await page.locator(".tiles").waitFor();
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  const listed = await page.locator("dl.keys dt").evaluateAll((all) =>
    all.map((each) =>
      Array.from(
        (each as unknown as { children: Iterable<{ textContent: string }> }).children,
        ({ textContent }) => textContent,
      ).join(" ")
    )
  );
  assert.deepEqual(listed, Object.keys(DOES));
  await page.keyboard.press("Escape");
  for (const act of Object.values(DOES)) {
    await page.evaluate(`location.hash = "#/overview"`);
    await page.locator(".tiles").waitFor();
    await act(page);
  }
  assert.deepEqual(complaints, []);
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
