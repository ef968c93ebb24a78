/**
 * The console of the demo: what a person sees who starts it and opens the page. What the page says is
 * compared with what the service says.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { until } from "../e2e/wait.ts";
import type { Found } from "../../src/console/findings/findings.ts";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open, said, unspaced } from "./browser.ts";
import { type Demo, startDemo } from "./demo.ts";

let browser: Browser, demo: Demo;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

before(async () => {
  if (NO_BROWSER === false) [browser, demo] = await Promise.all([launch(), startDemo(500)]);
}, options);

after(async () => {
  await browser?.close();
  await demo?.close();
});

/** The text of a part of the view, its blanks as one. */
async function textOf(page: Page, selector = "main"): Promise<string> {
  return (await page.locator(selector).first().innerText()).replace(/\s+/g, " ");
}

async function cells(page: Page, selector: string): Promise<string[][]> {
  const rows = await page.locator(selector).all();
  return await Promise.all(rows.map((row) => row.locator("th, td").allInnerTexts()));
}

test(
  "Overview of the demo: what its service finds, its routes and its figures",
  options,
  async () => {
    const { page, complaints, close } = await open(browser, demo.page);
    const calm = page.locator(".calm").first();
    await calm.waitFor();
    const found: Found = await (await fetch(`${demo.page}api/findings`)).json();
    const titles = await page.locator(".finding h2").allInnerTexts();
    assert.deepEqual(titles, found.findings.map(({ title }) => title));
    assert.match(
      await calm.innerText(),
      titles.length === 0
        ? /^Nothing unusual at \d\d:\d\d\. Looked at \d+ rows of requests/
        : /Looked at \d+ rows of requests/,
    );
    const rows = await demo.lines("rows");
    const routes = (await cells(page, ".routes tbody tr")).map(([name]) =>
      name!.replace(/\s+/, " ")
    );
    const asked = new Map<string, number>();
    for (const { fields: { method, route } } of rows) {
      const name = `${method} ${route === "unmatched" ? "(no route)" : route}`;
      asked.set(name, (asked.get(name) ?? 0) + 1);
    }
    assert.deepEqual(routes, [...asked].sort(([, a], [, b]) => b - a).map(([name]) => name));
    assert.match(await textOf(page, ".own"), new RegExp(`^Kept ${rows.length} requests, `));
    const label = await page.locator("canvas").getAttribute("aria-label");
    const failed = rows.filter(({ fields }) => Number(fields.status) >= 500).length;
    assert.ok(failed > 0);
    assert.match(label!, new RegExp(`^${rows.length} requests .*, ${failed} failed, `));
    // The same as a table.
    await page.getByRole("button", { name: "As a table" }).click();
    await page.locator(".heat-table, main table").first().waitFor();
    assert.deepEqual(complaints, []);
    await close();
  },
);

const QUESTIONS: readonly string[] = [
  "status>=500",
  "by route",
  "by route,status",
  "route:/orders by segment show count,p99(ms)",
  "segment? by segment",
  "-segment? by route",
  "payment_method:card,paypal ms>5",
  "http.host? by http.host show count,sum(http.n)",
  "why ms>100",
  "route:/orders why ms>100",
  "by segment every 1s show count",
  "enterprise",
];

test("Ask answers in the page as the service does over HTTP", options, async () => {
  const { page, complaints, close } = await open(browser, `${demo.page}#/ask`);
  const line = page.locator("#question");
  for (const question of QUESTIONS) {
    await line.fill(question);
    await page.waitForURL((url) =>
      decodeURIComponent(url.hash.replaceAll("+", " ")).endsWith(`q=${question}`)
    );
    const answer = await demo.ask(question);
    await until(
      `${answer.said} of ${question}`,
      async () => `${await said(page)}` === `${answer.said}`,
    );
    if (answer.kind === "table") {
      const table = await cells(page, "main tbody tr");
      const texts = table.map((row) => row.slice(0, answer.by.length + 1).map(unspaced));
      const expected = answer.groups.map(({ keys, cells }) =>
        [...keys.map((key) => String(key ?? "not there")), String(cells[0])].map(unspaced)
      );
      // Groups of the same size may come in any order.
      assert.deepEqual(texts.map(String).sort(), expected.map(String).sort(), question);
    } else if (answer.kind === "why") {
      const terms = await page.locator(".wr .p").first().locator(".k").allInnerTexts();
      assert.deepEqual(terms, answer.which[0]?.terms.map(({ field }) => field));
    }
  }
  assert.deepEqual(complaints, []);
  await close();
});

test("The traces of the demo, one of them, and its lines", options, async () => {
  const { page, complaints, close } = await open(browser, `${demo.page}#/traces`);
  await page.getByRole("link", { name: "Slowest" }).click();
  // Some customers of other segments have slow cards, too: the slowest of all may be one of theirs.
  const [slowest] = (await demo.lines("rows"))
    .filter(({ fields }) => fields.segment === "enterprise" && fields.status === 201)
    .sort((a, b) => Number(b.fields.ms) - Number(a.fields.ms));
  const link = page.locator(`a[href="#/trace/${slowest!.fields.trace}"]`);
  await page.locator("tbody tr", { has: link, hasText: "segment=enterprise" }).waitFor();
  await link.click();
  await page.getByRole("treegrid").waitFor();
  assert.match(page.url(), new RegExp(`#/trace/${slowest!.fields.trace}$`));
  assert.match(await textOf(page, "h1"), /^POST \/orders 201 \d+ ms usually [\d.]+ ms$/);
  const spans = await page.getByRole("row").locator(".n").allInnerTexts();
  assert.deepEqual(spans, ["POST /orders", "insert order", "POST", "update order", "send receipt"]);
  // The bank is what takes so long.
  await page.getByRole("row").filter({ hasText: /^POST201.*usually/s }).waitFor();
  const lines = (await demo.lines("logs")).filter(({ fields }) =>
    fields.traceId === slowest!.fields.trace
  );
  const messages = await page.locator(".lines .log .text").allInnerTexts();
  assert.equal(messages.length, lines.length);
  lines.forEach(({ fields }, i) =>
    assert.ok(messages[i]!.includes(String(fields.message)), messages[i])
  );
  assert.match(await textOf(page, "aside"), /segment enterprise \d+(\.\d)? %/);
  assert.deepEqual(complaints, []);
  await close();
});

test("The log of the demo, by level and by pattern", options, async () => {
  const { page, complaints, close } = await open(browser, `${demo.page}#/logs`);
  const lines = await demo.lines("logs");
  const errors = lines.filter(({ fields }) => fields.level === "error");
  await page.locator(".levels").getByRole("button", { name: `error ${errors.length}` }).waitFor();
  await page.getByRole("link", { name: "Patterns" }).click();
  const row = page.getByRole("row").filter({ hasText: "charge failed" });
  const count = errors.filter(({ fields }) => fields.message === "charge failed").length;
  assert.equal(await row.locator("td").first().innerText(), String(count));
  await row.getByRole("link").click();
  await page.getByRole("link", { name: "Lines", exact: true }).click();
  await page.locator(".log").nth(count - 1).waitFor();
  assert.equal(await page.locator(".log.error").count(), count);
  assert.equal(await page.locator(".log").count(), count);
  assert.deepEqual(complaints, []);
  await close();
});
