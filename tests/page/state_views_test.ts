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
  const { t } = service;
  fillHistory(t, Date.now());
  t.flags.define({ new_checkout: { default: false } });
  t.flags.set("new_checkout", { default: true });
  for (let i = 0; i < 60; i++) {
    t.events!.add({
      time: Date.now(),
      method: "POST",
      route: "/checkout",
      status: i % 4 === 0 ? 500 : 200,
      ms: 20,
      "flag.new_checkout": i % 2 === 0,
    });
  }
  t.health.check("payments", () => {
    throw new Error("connection refused");
  });
  t.slo("pages", { objective: 0.9, availability: { route: "/pages" } });
  const orders = t.metrics.counter("orders_total", "Orders by how they ended", ["result"]);
  orders.inc({ result: "paid" });
  // Checks run when health is asked for.
  await service.get("/health");
  for (let i = 0; i < 3; i++) await service.get("/pages?fail");
}, options);

after(async () => {
  await browser?.close();
  await service?.close();
});

/** The text of the view, its blanks as one. */
async function textOf(page: Page, selector = "main"): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, " ");
}

/** Opens a view by its key, from wherever one is. */
async function press(page: Page, key: string): Promise<void> {
  await page.keyboard.press("g");
  await page.keyboard.press(key);
}

test(
  "Health shows components with their errors, and objectives with budget and alerts",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, service.url);
    await page.locator(".tiles").waitFor();
    await press(page, "h");
    await page.getByRole("region", { name: "pages" }).waitFor();
    assert.match(await textOf(page, ".components"), /payments.*down.*connection refused/i);
    const slo = await textOf(page, ".slos");
    assert.match(slo, /The budget of \d+ days is spent, and 900 % more: 3 bad of 3 events/);
    assert.match(slo, /5m 10× page above .*× over 5m and 1h/);
    await page.getByRole("link", { name: "Which requests" }).click();
    await page.locator("#question").waitFor();
    assert.match(await page.locator("#question").inputValue(), /route:\/pages/);
    assert.deepEqual(complaints, []);
    await close();
  },
);

test("Flags puts variants side by side, and asks why one fails", options, async () => {
  const { page, complaints, close } = await open(browser, `${service.url}#/flags`);
  const panel = page.getByRole("region", { name: "new_checkout" });
  await panel.waitFor();
  const text = (await panel.innerText()).replace(/\s+/g, " ");
  assert.match(text, /changed by set \d+ s ago/);
  assert.match(text, /true 30 50 % 50 % 20 ms/);
  assert.match(text, /false 30 50 % – 20 ms/);
  await panel.getByRole("link", { name: "Why" }).click();
  await page.locator("#question").waitFor();
  assert.equal(
    await page.locator("#question").inputValue(),
    "why flag.new_checkout:true vs flag.new_checkout:false",
  );
  assert.deepEqual(complaints, []);
  await close();
});

test("Metrics lists all, finds some, and opens one by its address", options, async () => {
  const { page, complaints, close } = await open(browser, `${service.url}#/metrics`);
  await page.locator(".metrics").waitFor();
  await page.getByRole("searchbox").fill("orders how");
  await page.locator(".metrics tbody tr").nth(1).waitFor({ state: "detached" });
  assert.match(await textOf(page, ".metrics tbody"), /orders_total counter 1 .*Orders by how/);
  await page.getByRole("link", { name: "orders_total" }).click();
  const panel = page.getByRole("region", { name: "orders_total" });
  await panel.getByText("counter: Orders by how they ended").waitFor();
  assert.equal(new URL(page.url()).hash, "#/metrics/orders_total?f=orders+how");
  await page.reload();
  await panel.waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test("A profile is taken, drawn, searched, and has its functions in a table", options, async () => {
  const { page, complaints, close } = await open(browser, `${service.url}#/profiles`);
  await page.getByRole("button", { name: "Take 10 s of CPU" }).waitFor();
  const answer = await fetch(`${service.url}api/profiles`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ kind: "cpu", seconds: 1 }),
  });
  assert.equal(answer.status, 202);
  const { id } = await answer.json();
  for (let i = 0; i < 20; i++) await service.get("/orders?busy=20");
  await page.locator(`a[href="#/profiles/${id}"]`).click();
  const canvas = page.locator(".flame canvas");
  await canvas.waitFor();
  await page.locator(".functions tbody tr").first().waitFor();
  await canvas.focus();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  await page.locator(".flameread b").waitFor();
  const name = await page.locator(".flameread b").innerText();
  await page.keyboard.press("Enter");
  await page.waitForURL(/[?&]root=0/);
  await page.locator("input[type=search]").fill(name);
  await page.getByText(/is in functions with/).waitFor();
  assert.match(await textOf(page, ".functions"), /Function Itself/);
  // On a telephone nothing of the table is out of sight.
  await page.setViewportSize({ width: 390, height: 844 });
  const [all, seen] = await page.locator(".functions").evaluate(({ parentElement }) => [
    parentElement!.scrollWidth,
    parentElement!.clientWidth,
  ]);
  assert.ok(all! <= seen!, `${all} of ${seen}`);
  assert.deepEqual(complaints, []);
  await close();
});

test(
  "Database, Runtime and Telltale itself answer by their keys, without complaint",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, service.url);
    await page.locator(".tiles").waitFor();
    await press(page, "d");
    await page.getByRole("heading", { name: "No query yet" }).waitFor();
    await press(page, "r");
    await page.getByRole("region", { name: "Lag of the event loop" }).waitFor();
    assert.match(await textOf(page), /What changed.*flag.*new_checkout/);
    await press(page, "n");
    await page.getByRole("region", { name: "What is kept" }).waitFor();
    assert.match(
      await textOf(page),
      /Telemetry holds [\d.]+ [kM]B of \d+ MB.*rows 2[\s\u202f]?\d{3} /i,
    );
    assert.deepEqual(complaints, []);
    await close();
  },
);
