/** The first minute: the demo is started as a person starts it, and its page is read by its words. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Page } from "playwright-core";
import { demo, RUNTIME } from "../e2e/command.ts";
import { until } from "../e2e/wait.ts";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";

const options = { skip: NO_BROWSER, timeout: HANG_MS };

test(
  "The one-minute walk: a tile, the reason, a trace, its lines, and back",
  options,
  async (t) => {
    const { output, send, ended } = demo("--port=0", `--runtime=${RUNTIME}`);
    let hasEnded = false;
    ended.then(() => hasEnded = true);
    const [, url] = await until("the address", () => /^\s*Console\s+(http:\S+)\n/.exec(output()));
    const browser = await launch();
    // Both end with the test, whatever becomes of it.
    t.after(async () => {
      if (!hasEnded) send("SIGTERM");
      await Promise.all([ended, browser.close()]);
    });
    const { page, complaints, close } = await open(browser, url!);
    const main = page.locator("main");

    // Some orders are slow, as they always were: that is usual.
    const calm = main.getByText(/^Nothing unusual at/);
    await calm.waitFor({ timeout: HANG_MS / 5 });
    // The tile asks about the slowest hundredth, ten at least: of fewer requests, these are others too.
    await requests(page, 1200);

    await main.getByRole("link", { name: /^Latency/ }).click();
    await main.getByText(/^Which requests they are/).waitFor();
    const reason = main.locator(".wr").first();
    assert.match(await reason.innerText(), /^segment\s*=\s*enterprise/);
    const share = /(\d+)(?:\.\d)? % of the \d+ with it are slow/.exec(await reason.innerText());
    assert.ok(Number(share?.[1]) >= 10, await reason.innerText());

    const some = main.getByRole("region", { name: "Some of them" }).getByRole("row");
    await some.filter({ hasText: "enterprise" }).getByRole("link").first().click();
    await main.getByRole("row").filter({ hasText: /^POST201.*usually/s }).waitFor();
    assert.match(await main.locator("h1").innerText(), /^POST \/orders\s+201\s+\d+ ms\s+usually/);
    const trace = new URL(page.url()).hash;

    const said = await main.locator(".lines .log").count();
    await main.getByRole("link", { name: "In the log" }).click();
    await main.getByRole("log").getByText("placing order").waitFor();
    assert.equal(await main.locator(".log").count(), said);
    await main.getByRole("link", { name: "Its trace" }).first().click();
    await page.waitForURL((url) => url.hash.startsWith(trace));

    for (let i = 0; i < 4; i++) await page.goBack();
    await calm.waitFor();
    assert.equal(new URL(page.url()).hash, "");
    assert.deepEqual(complaints, []);

    // Ctrl-C with the page open: its stream does not hold the drain up.
    send("SIGINT");
    assert.equal(await ended, 0, output());
    assert.match(output(), /^ {2}orders ended with exit code 0$/m);
    await page.locator(".banner.bad").filter({ hasText: "No connection since" }).waitFor();
    await close();
  },
);

/** Waits until the page has so many requests: fewer say nothing about a reason. */
async function requests(page: Page, least: number): Promise<void> {
  await until(`${least} requests`, async () => {
    const kept = /^Kept ([\d\s]+) requests/.exec(await page.locator(".own").innerText());
    return Number(kept?.[1]?.replace(/\s/g, "")) >= least;
  });
}
