/**
 * Every link of every view of the demo's console is pressed: it leads to what it says, and the way back
 * leads to where it was.
 */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser, Page } from "playwright-core";
import { until } from "../e2e/wait.ts";
import { Drain } from "../../src/console/line/drain.ts";
import { rowOfLine } from "../../console/data/logline.ts";
import type { Line } from "../../console/data/wire.ts";
import { ask } from "../../src/events/ask/ask.ts";
import { EventStore } from "../../src/events/event_store.ts";
import type { Row } from "../../src/events/store/rows.ts";
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

/** A place, as its address says. */
function placeOf(hash: string): { view: string; id: string; params: URLSearchParams } {
  const [, view = "", id = "", query = ""] = /^#\/(\w+)(?:\/(\w+))?(?:\?(.*))?$/.exec(hash) ?? [];
  return { view, id, params: new URLSearchParams(query) };
}

/** Fields whose links are told apart. */
const FIELDS = /^(method|route|status|segment|trace|level|pattern|span)$/;

/** Links that differ in values, or in which of many fields, lead to the same code: one of each is pressed. */
function kindOf(hash: string): string {
  return decodeURIComponent(hash).replace(/\b[0-9a-f]{16,32}\b/g, "ID")
    .replace(
      /([\w.]+)(:|=|>=|<=|>)("[^"]*"|[^+&"]+)/g,
      (text, name, op) =>
        /^(q|show|without)$/.test(name) ? text : `${FIELDS.test(name) ? name : "F"}${op}V`,
    ).replace(/"[^"]*"|\d[\d.]*/g, "N");
}

/** Views from which everything else is found. */
async function roots(): Promise<{ from: string; tab?: string }[]> {
  const rows = await demo.lines("rows");
  const slow = rows.findLast(({ fields }) =>
    fields.segment === "enterprise" && Number(fields.ms) > 250
  );
  const failed = rows.findLast(({ fields }) => fields.status === 502);
  const traces = [slow, failed].map((row) => `#/trace/${row!.fields.trace}`);
  return [
    { from: "#/overview" },
    { from: "#/ask?q=why+ms>=100" },
    { from: "#/ask?q=by+route,status+show+count,p99(ms)" },
    { from: "#/ask?q=by+segment+every+1s" },
    { from: "#/ask?q=status:502" },
    { from: "#/traces" },
    { from: "#/traces?q=by+route" },
    ...traces.flatMap((from) => [{ from }, { from, tab: "Links" }]),
    { from: "#/logs?q=level:error" },
    { from: "#/logs?q=by+level" },
    { from: "#/logs?q=why+level:error" },
    { from: "#/logs?show=patterns" },
  ];
}

/** What a view shows once it has answered. */
const ANSWER = ".scroll, .say, .log, .wf, .empty, .tiles, .note-text, .linklist, .err-msg";

async function see(page: Page, hash: string): Promise<void> {
  await page.waitForURL((url) => url.hash === hash || url.hash === encodeURI(hash));
  await page.locator("main").locator(ANSWER).first().waitFor();
  await page.getByText("Reading them").waitFor({ state: "detached" });
}

/** Fails unless the view shows what the address asks for. */
async function check(page: Page, hash: string, rows: Rows, log: EventStore): Promise<void> {
  const { view, id, params } = placeOf(hash), question = params.get("q") ?? "";
  assert.equal(await page.locator(".err-msg").count(), 0, hash);
  if (view === "ask" || view === "traces" || view === "logs") {
    assert.equal(await page.locator("#question").inputValue(), question, hash);
  }
  if (view === "overview") await page.locator(".tiles").waitFor();
  else if (view === "ask") {
    const answer = await demo.ask(question);
    await until(
      `${answer.said} in ${hash}`,
      async () => `${await said(page)}` === `${answer.said}`,
    );
  } else if (view === "traces") {
    const answer = await demo.ask(question);
    if (answer.kind !== "rows") await page.locator(".empty").getByRole("link").waitFor();
    else {
      const title = `${answer.matched}of${rows.length}requests`;
      await until(
        title,
        async () => unspaced(await page.locator("main h2").first().innerText()) === title,
      );
    }
  } else if (view === "trace") {
    const row = rows.find(({ fields }) => fields.trace === id)!.fields;
    const heading = unspaced(await page.locator("h1").innerText());
    assert.ok(heading.startsWith(unspaced(`${row.method}${row.route}${row.status}`)), heading);
    const lines = ask(log, `trace:${id}`).matched;
    assert.equal(await page.locator(".lines .log").count(), lines, hash);
    const span = params.get("span");
    if (span !== null) {
      // The chosen span is the one that the pane beside tells of.
      assert.equal(await page.getByRole("tab", { selected: true }).innerText(), "Span");
      await page.locator("aside .v").getByText(span, { exact: true }).waitFor();
    }
  } else if (view !== "logs") {
    // The others are of the service's state: each has its title, and an answer.
    const current = page.locator(".rail [aria-current]");
    assert.match((await current.getAttribute("href"))!, new RegExp(`^#/${view}\\b`), hash);
    assert.equal(await current.innerText(), await page.locator("h1").innerText(), hash);
    assert.equal(await page.getByText(": not known").count(), 0, hash);
  } else if (params.get("show") !== "patterns") {
    const answer = ask(log, question);
    assert.ok(answer.matched > 0, hash);
    // More lines than it shows at once are reached by a button.
    const expected = answer.kind === "rows" ? Math.min(300, answer.matched) : 0;
    await until(
      `${expected} lines in ${hash}`,
      async () => await page.locator(".log").count() === expected,
      30_000,
    );
  }
}

type Rows = Awaited<ReturnType<Demo["lines"]>>;

/** Waits for all links of a view. */
async function enter(page: Page, hash: string): Promise<void> {
  await see(page, hash);
  if (placeOf(hash).view === "overview") await page.locator(".calm").first().waitFor();
}

/** Links between views, each of which has its way back. */
const PAIRS: readonly (readonly [string, string])[] = [
  ["trace", "logs"],
  ["trace", "ask"],
  ["trace", "traces"],
  ["ask", "traces"],
  ["ask", "logs"],
  ["overview", "trace"],
];

test("Every link of every view leads to what it says, and back", options, async () => {
  const { page, complaints, close } = await open(browser, demo.page);
  const rows = await demo.lines("rows"), log = new EventStore({ maxRows: 16_384 });
  const patterns = new Drain();
  const found = (await demo.lines("logs")).map(({ fields }) => ({
    row: rowOfLine(fields as unknown as Line) as Row,
    pattern: patterns.add(String(fields.message)),
  }));
  for (const { row, pattern } of found) log.add({ ...row, pattern: pattern.text });
  const pressed = new Set<string>(), edges = new Set<string>();
  for (const { from, tab } of await roots()) {
    const source = placeOf(from).view;
    const show = async () => {
      await enter(page, from);
      if (tab !== undefined) await page.getByRole("tab", { name: tab }).click();
    };
    await page.evaluate(`location.hash = ${JSON.stringify(from)}`);
    await show();
    await check(page, from, rows, log);
    const links = await page.locator("a[href]").evaluateAll((all) =>
      all.map((a) => a.getAttribute("href")!)
    );
    for (const to of new Set(links)) {
      if (to === "#main") continue;
      const target = placeOf(to).view, kind = `${source} ${kindOf(to)}`;
      assert.match(
        target,
        /^(overview|ask|traces|trace|logs|metrics|runtime|health|database|flags|profiles|self)$/,
        `${from} links to ${to}`,
      );
      edges.add(`${source} ${target}`);
      if (pressed.has(kind) || to === from) continue;
      pressed.add(kind);
      await page.locator(`a[href=${JSON.stringify(to)}]`).first().dispatchEvent("click");
      await see(page, to);
      await check(page, to, rows, log);
      await page.goBack();
      await show();
    }
  }
  assert.ok(pressed.size > 60, `only ${pressed.size} were pressed`);
  for (const [a, b] of PAIRS) {
    assert.ok(edges.has(`${a} ${b}`) && edges.has(`${b} ${a}`), `${a} and ${b}`);
  }
  assert.deepEqual(complaints, []);
  await close();
});
