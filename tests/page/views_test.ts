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
  for (let i = 0; i < 12; i++) {
    await service.get(`/orders?segment=pro&queries=${i === 3 ? 6 : 1}`);
  }
  await service.get("/orders?segment=enterprise&fail&queries=5");
});

after(async () => {
  await browser?.close();
  await service?.close();
});

/** What a view shows once it has answered. */
const ANSWER = ".scroll, .say, .log, .wf, .empty, .tiles, .note-text, .linklist";

/** The text of the view, its blanks as one. */
async function textOf(page: Page, selector = "main"): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, " ");
}

test(
  "Overview shows figures, routes and what is unusual, and leads to the reason",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, service.url);
    await page.locator(".finding").first().waitFor();
    const stands = await textOf(page);
    assert.match(stands, /suffering since \d\d:\d\d \d+ % of \/orders take more than/);
    assert.match(stands, /share that is slow now \d+ % before [\d.]+ %/);
    assert.match(stands, /Looked at 20\d\d rows of requests and jobs/);
    assert.match(stands, /ledger\.internal|segment=enterprise/);
    assert.match(await textOf(page, ".routes"), /GET \/search.*POST \/orders/);
    assert.match(await textOf(page, ".tiles"), /Requests.*Errors.*Latency/);
    await page.getByRole("link", { name: "Why", exact: true }).first().click();
    await page.locator(".wr").first().waitFor();
    assert.match(await textOf(page, ".say"), /What is more common in them than in the other/);
    assert.match(await textOf(page, ".wr"), /host = ledger\.internal|segment = enterprise/);
    await page.goBack();
    await page.locator(".tiles").waitFor();
    assert.deepEqual(complaints, []);
    await close();
  },
);

test("What is unusual began at a time of where the reader is", options, async () => {
  const { page, close } = await open(browser, service.url, { timezoneId: "Asia/Kolkata" });
  const finding = page.locator(".finding").first();
  await finding.waitFor();
  const [, minute] = /^since (\d\d:\d\d)$/.exec(await finding.locator("time").innerText())!;
  const title = await finding.locator(".t").innerText();
  assert.match(title, new RegExp(` since ${minute}:\\d\\d, `));
  await close();
});

test("A change of a flag is a mark on the picture of every request", options, async () => {
  const { page, complaints, close } = await open(browser, service.url);
  await page.locator("canvas").first().waitFor();
  service.t.flags.define({ new_checkout: { default: false } });
  service.t.flags.set("new_checkout", { default: true });
  const mark = page.locator(".heatwrap .mark").first();
  await mark.waitFor();
  assert.equal(await mark.innerText(), "flag new_checkout");
  assert.match((await mark.getAttribute("title"))!, /^flag new_checkout changed at /);
  assert.deepEqual(complaints, []);
  await close();
});

test("A drag over the heat map asks why", options, async () => {
  const { page, complaints, close } = await open(browser, service.url);
  // What is unusual comes a moment later, and moves the map down.
  await page.locator(".finding").first().waitFor();
  const box = (await page.locator("canvas").first().boundingBox())!;
  // Where the scale begins depends on the fastest request, so not by a share of the height.
  const label = page.locator(".heatwrap .y", { hasText: /^100 ms$/ }).first();
  const slow = (await label.boundingBox())!, bottom = slow.y + slow.height / 2;
  await page.mouse.move(box.x + box.width * 0.45, box.y + 2);
  await page.mouse.down();
  await page.mouse.move(box.x + box.width * 0.7, (box.y + bottom) / 2, { steps: 4 });
  await page.locator(".brush").waitFor();
  await page.mouse.move(box.x + box.width * 0.95, bottom, { steps: 4 });
  await page.mouse.up();
  await page.locator(".say").waitFor();
  const question = await page.locator("#question").inputValue();
  assert.match(question, /^why ms(>=[\d.]+|:[\d.]+\.\.[\d.]+) time:\d+\.\.\d+$/);
  assert.match(await textOf(page, ".wr"), /ledger\.internal|enterprise/);
  assert.deepEqual(complaints, []);
  await close();
});

test(
  "Ask completes fields and values with their counts, and answers as one types",
  options,
  async () => {
    const { page, close } = await open(browser, `${service.url}#/ask`);
    const line = page.locator("#question");
    await page.locator(".say").waitFor();
    await line.fill("seg");
    const choices = page.getByRole("option");
    await choices.filter({ hasText: "segment" }).first().waitFor();
    await line.press("Tab");
    assert.equal(await line.inputValue(), "segment");
    await line.pressSequentially(":");
    await choices.filter({ hasText: "enterprise" }).waitFor();
    assert.match(await choices.filter({ hasText: "enterprise" }).innerText(), /enterprise\s*\d+/);
    await line.pressSequentially("ent");
    await line.press("ArrowDown");
    await line.press("Enter");
    assert.equal(await line.inputValue(), "segment:enterprise");
    await line.pressSequentially(" by route show count,p99(ms)");
    await line.press("Escape");
    await page.locator("th.key").first().waitFor();
    assert.match(await textOf(page, "table"), /route count ?↓? p99\(ms\)/);
    const address = new URL(page.url());
    assert.equal(address.hash, "#/ask?q=segment:enterprise+by+route+show+count,p99(ms)");
    await line.fill("status>=");
    await page.locator(".err-msg").waitFor();
    assert.match(await textOf(page, ".err-msg"), /^At 9: expected a value/);
    await close();
  },
);

test(
  "A trace shows its spans, folded where they repeat, its lines and how common it is",
  options,
  async () => {
    const { page, complaints, close } = await open(
      browser,
      `${service.url}#/traces?q=status:504+sort+-time`,
    );
    await page.locator("tbody tr").first().locator("a").first().click();
    await page.getByRole("treegrid").waitFor();
    const tree = await textOf(page, ".wf");
    assert.match(tree, /POST \/orders|GET \/orders/);
    assert.match(tree, /SELECT prices ×5/);
    assert.match(await textOf(page, ".lines"), /placing order.*charge failed/);
    assert.match(await textOf(page, "aside"), /how common on this route.*enterprise/);
    await page.getByRole("button", { name: "Unfold" }).click();
    await page.locator("[role=row]").nth(6).waitFor();
    await page.getByRole("tab", { name: "Span" }).click();
    assert.match(await textOf(page, "aside"), /kind server/);
    assert.deepEqual(complaints, []);
    await close();
  },
);

test(
  "A span that takes much longer than in other traces of its route says what is usual",
  options,
  async () => {
    const other = await startService();
    for (let i = 0; i < 6; i++) await other.get("/orders");
    await other.get("/orders?busy=60");
    const { page, close } = await open(browser, `${other.url}#/traces?q=sort+-ms`);
    await page.locator("tbody tr").first().locator("a").first().click();
    const charge = page.getByRole("row").filter({ hasText: "charge" });
    await charge.filter({ hasText: /usually [\d.]+ (ms|µs)/ }).waitFor();
    await charge.locator(".usual").waitFor();
    assert.equal(await page.getByRole("row").filter({ hasText: "usually" }).count(), 3);
    await close();
    await other.close();
  },
);

test("Logs are found by the same questions, by level and by pattern", options, async () => {
  const { page, complaints, close } = await open(browser, `${service.url}#/logs`);
  await page.locator(".log").first().waitFor();
  await page.locator(".levels").getByRole("button", { name: /^error/ }).click();
  await page.locator(".log.error").waitFor({ state: "detached" });
  assert.equal(await page.locator(".log.error").count(), 0);
  await page.locator(".levels").getByRole("button", { name: /^error/ }).click();
  await page.locator("#question").fill("reason:TimeoutError");
  await page.locator(".log").nth(1).waitFor({ state: "detached" });
  await page.getByRole("link", { name: "Patterns" }).click();
  await page.getByRole("link", { name: "charge failed" }).click();
  await page.locator(".log.error").waitFor();
  await page.getByRole("link", { name: "Its trace" }).first().click();
  await page.getByRole("treegrid").waitFor();
  assert.deepEqual(complaints, []);
  await close();
});

test("Every link of every view leads to a view that answers", options, async () => {
  const { page, complaints, close } = await open(browser, service.url);
  const walked = new Set<string>();
  const pending = [
    "#/overview",
    "#/ask?q=why+status%3E%3D500",
    "#/traces",
    "#/logs",
    "#/ask?q=by+route",
  ];
  // Each kind of link once: what differs only in values leads to the same code.
  const kindOf = (hash: string) =>
    hash.replace(/[0-9a-f]{32}|[\d.]{3,}/g, "N").replace(/%22.*?%22/g, "Q");
  while (pending.length > 0 && walked.size < 70) {
    const hash = pending.shift()!;
    if (walked.has(kindOf(hash))) continue;
    walked.add(kindOf(hash));
    await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
    await page.locator("main").locator(ANSWER).first().waitFor();
    await page.getByText("Reading them").waitFor({ state: "detached" });
    assert.equal(await page.locator(".err-msg").count(), 0, `${hash} has an error`);
    const links = await page.locator("a[href]").evaluateAll((all) =>
      all.map((a) => a.getAttribute("href")!)
    );
    for (const href of links) {
      if (href === "#main") continue;
      assert.match(
        href,
        /^#\/(overview|ask|traces|trace|logs|metrics|runtime|health|database|flags|profiles|self)\b/,
        `${hash} links to ${href}`,
      );
      pending.push(href);
    }
  }
  assert.ok(walked.size > 30, `only ${walked.size} were walked`);
  // The rows of history have no spans: the service says so by 404, and the browser repeats it.
  assert.deepEqual(complaints.filter((text) => !/status of 404/.test(text)), []);
  await close();
});

test(
  "The range of time, the theme and the question are in the address or kept",
  options,
  async () => {
    const { page, close } = await open(browser, `${service.url}#/ask?q=by+route`, {
      colorScheme: "dark",
    });
    await page.locator("th.key").first().waitFor();
    const before = await textOf(page, ".say");
    await page.locator("#range").click();
    await page.getByRole("menuitemradio", { name: "Last 5 minutes" }).click();
    await page.waitForURL(/[?&]r=5m/);
    await page.locator(".say").filter({ hasText: before }).waitFor({ state: "detached" });
    assert.match(page.url(), /[?&]r=5m/);
    assert.match(await page.locator(".rail a").first().getAttribute("href") ?? "", /r=5m/);
    await page.keyboard.press("t");
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    await page.reload();
    await page.locator("th.key").first().waitFor();
    assert.equal(await page.locator("html").getAttribute("data-theme"), "light");
    assert.equal(await page.locator("#question").inputValue(), "by route");
    await page.goBack();
    await page.waitForURL((url) => !url.hash.includes("r=5m"));
    await close();
  },
);
