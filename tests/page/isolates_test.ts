import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { HANG_MS, skipWhen } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { type Service, startService } from "./service.ts";

const skip = NO_BROWSER || skipWhen(!("Worker" in globalThis), "Node has other workers");
const options = { skip, timeout: HANG_MS };
let browser: Browser, service: Service, worker: Worker;

/** Two isolates: one here, and one in a worker, which has had 50 requests. */
before(async () => {
  if (skip !== false) return;
  const cluster = crypto.randomUUID();
  worker = new Worker(new URL("../console/member_worker.ts", import.meta.url), { type: "module" });
  const started = new Promise((resolve) => worker.onmessage = resolve);
  worker.postMessage({ name: cluster, version: "1.4.1", fails: false });
  [browser, service] = await Promise.all([launch(), startService(0, { cluster }), started]);
  for (let i = 0; i < 30; i++) await service.get("/orders");
}, options);

after(async () => {
  worker?.terminate();
  await browser?.close();
  await service?.close();
});

test(
  "the page shows the requests of all isolates once, and how many isolates",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, service.url);
    await page.getByText("2 isolates", { exact: true }).waitFor();
    const kept = page.locator(".own");
    await kept.getByText("Kept 80 requests").waitFor();
    // Another connection may lead to another isolate, which numbers the requests of all by itself.
    service.wire.cut();
    await service.get("/orders");
    await kept.getByText("Kept 81 requests").waitFor();
    assert.equal(await page.locator("main > .banner").count(), 0);
    assert.deepEqual(complaints, []);
    await close();
  },
);

test(
  "what is of one isolate is asked for by its name, and another can be chosen",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, `${service.url}#/runtime`);
    const isolates = page.getByRole("group", { name: "Isolate" }).getByRole("button");
    await isolates.nth(1).waitFor();
    const names = await isolates.allInnerTexts();
    assert.equal(await isolates.nth(0).getAttribute("aria-pressed"), "true");
    for (const [i, name] of [...names.entries()].reverse()) {
      const asked = page.waitForRequest((request) => request.url().endsWith(`&isolate=${name}`));
      await isolates.nth(i).click();
      await asked;
      assert.equal(new URL(page.url()).hash, `#/runtime?of=${name}`);
      await page.getByRole("region", { name: "Lag of the event loop" }).waitFor();
    }
    assert.deepEqual(complaints, []);
    await close();
  },
);

test("every view says which isolate did not answer, until it does", options, async () => {
  const { page, complaints, close } = await open(browser, service.url);
  await page.getByText("2 isolates", { exact: true }).waitFor();
  const until = new SharedArrayBuffer(4), flag = new Int32Array(until);
  worker.postMessage({ until });
  const banner = page.locator("main > .banner");
  try {
    await banner.waitFor();
    const text = await banner.innerText();
    assert.match(text, /^1 of 2 isolates did not answer in 500 ms: [0-9a-f]{8}\. /);
    // It stands around every view.
    await page.evaluate(`location.hash = "#/logs"`);
    await page.locator("#question").waitFor();
    assert.equal(await banner.innerText(), text);
  } finally {
    Atomics.store(flag, 0, 1);
    Atomics.notify(flag, 0);
  }
  await banner.waitFor({ state: "detached" });
  assert.deepEqual(complaints, []);
  await close();
});
