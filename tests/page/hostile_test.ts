import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { type Service, startService } from "./service.ts";

let browser: Browser, service: Service;
const options = { skip: NO_BROWSER, timeout: HANG_MS };

/** The big list of naughty strings, and what injects markup, code, addresses and questions. */
const STRINGS: readonly string[] = [
  ...JSON.parse(readFileSync(new URL("../data/blns.json", import.meta.url), "utf8")),
  `<img src=x onerror="document.title='owned'">`,
  `<svg/onload=document.title='owned'>`,
  `"><script>document.title='owned'</script>`,
  `javascript:document.title='owned'`,
  "__proto__",
  "constructor",
  "\u202egnp.exe",
  "\u001b[2J\u001b[31mred",
  `") or 1 why ms>0`,
];

before(async () => {
  if (NO_BROWSER !== false) return;
  [browser, service] = await Promise.all([launch(), startService()]);
});

after(async () => {
  await browser?.close();
  await service?.close();
});

/** Elements that no view makes, and attributes that run. */
const FOREIGN = `[...document.querySelectorAll("body *")].filter((each) =>
  each.matches("img,iframe,object,embed,video,audio,base,form[action],link,meta,math,#app :is(script,style)") ||
  [...each.attributes].some(({ name, value }) => /^on/.test(name) || /href|src|action/.test(name) && !value.startsWith("#/") && value !== "#main")
).map((each) => each.outerHTML.slice(0, 200))`;

// Names of routes and metrics ran as script in other consoles (CVE-2019-10215, CVE-2026-40179).
test(
  "No text of telemetry becomes an element, an attribute, code or a complaint",
  options,
  async () => {
    const { t } = service, flags: string[] = [];
    for (const text of STRINGS) {
      try {
        t.flags.define({ [text]: { default: false } });
        t.flags.set(text, { default: true });
        flags.push(text);
      } catch (error) {
        // Not every text is a key; a key is told by its change in the picture of the overview.
        assert.ok(error instanceof TypeError || error instanceof RangeError, String(error));
      }
      t.events!.add({
        method: "GET",
        route: text,
        status: 500,
        ms: 5,
        user: text,
        [text.slice(0, 64)]: text,
        [`flag.${text.slice(0, 59)}`]: text,
        trace: t.tracer.span(text || "empty", (span) => {
          span.set(text || "empty", text);
          t.log.error(text, { [text || "empty"]: text, error: new Error(text) });
          return span.traceId;
        }),
      });
    }
    const { page, complaints, close } = await open(browser, service.url);
    await page.locator(".routes").waitFor();
    assert.ok(flags.length > 400, `${flags.length} keys`);
    await page.locator(".heatwrap .mark").first().waitFor();
    const traces = [...t.events!].slice(-12).map(({ trace }) => `#/trace/${trace}`);
    const hashes = [
      "#/overview",
      "#/ask",
      "#/ask?q=by+route+top+1000",
      "#/ask?q=by+user+every+10s+top+40",
      "#/ask?q=why+status%3E%3D500",
      "#/traces",
      "#/logs",
      "#/logs?show=patterns",
      ...traces,
      ...STRINGS.slice(-9).map((text) => `#/ask?q=${encodeURIComponent(text.toWellFormed())}`),
      ...STRINGS.slice(-9).map((text) => `#/trace/${encodeURIComponent(text.toWellFormed())}`),
      "#/%E0%A4%A",
      "#/trace/%E0%A4%A",
    ];
    for (const hash of hashes) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.locator("main").locator("table, .log, .wf, .say, .empty, .err-msg, .note-text")
        .first().waitFor();
      assert.deepEqual(await page.evaluate(FOREIGN), [], hash);
      assert.equal(await page.evaluate("document.scripts.length"), 3, hash);
      assert.equal(await page.title(), "orders · Telltale");
    }
    assert.deepEqual(complaints.filter((text) => !/status of 40[04]/.test(text)), []);
    await close();
  },
);

test("What hides or reorders text is shown as a sign", options, async () => {
  const { page, close } = await open(browser, `${service.url}#/ask?q=by+route+top+1000`);
  await page.locator("th.key").first().waitFor();
  const keys = await page.locator("th.key").allInnerTexts();
  assert.ok(keys.includes("<202e>gnp.exe"));
  assert.ok(keys.some((key) => key.startsWith("␛[2J␛[31mred")));
  assert.ok(!keys.some((key) => /[\u202a-\u202e\u2066-\u2069]|\p{Cc}/u.test(key)));
  await close();
});

test("Each group of a table leads to its own rows, whatever its name", options, async () => {
  const { page, close } = await open(browser, `${service.url}#/ask?q=by+user+top+1000`);
  await page.locator("th.key").first().waitFor();
  const links = await page.locator("th.key a").evaluateAll((all) =>
    all.map((a) => a.getAttribute("href")!)
  );
  assert.ok(links.length > 400);
  // Every tenth, and those made for this.
  for (const href of links.filter((_, i) => i % 25 === 0)) {
    await page.evaluate(`location.hash = ${JSON.stringify(href)}`);
    await page.locator(".say").waitFor();
    await page.locator("th.key").first().waitFor({ state: "detached" });
    assert.equal(await page.locator(".err-msg").count(), 0, href);
    assert.ok(!/^0 /.test(await page.locator(".say").innerText()), href);
  }
  await close();
});
