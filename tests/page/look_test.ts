import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import type { Browser } from "playwright-core";
import { HANG_MS } from "../tool.ts";
import { launch, NO_BROWSER, open } from "./browser.ts";
import { fillHistory, type Service, startService } from "./service.ts";

let browser: Browser, service: Service;
const options = { skip: NO_BROWSER, timeout: HANG_MS };
let trace = "";

before(async () => {
  if (NO_BROWSER !== false) return;
  [browser, service] = await Promise.all([launch(), startService()]);
  fillHistory(service.t, Date.now());
  await service.get("/orders?segment=enterprise&fail&queries=5");
  trace = String(service.t.events!.row(service.t.events!.next - 1)!.trace);
});

after(async () => {
  await browser?.close();
  await service?.close();
});

const views = () => [
  "#/overview",
  "#/ask?q=why+ms%3E100",
  "#/ask?q=by+route,segment",
  "#/traces",
  `#/trace/${trace}`,
  "#/logs",
  "#/logs?show=patterns",
];

/**
 * Texts whose contrast is below that of WCAG AA: 4.5, or 3 for large ones. It runs in the page; half
 * transparent backgrounds are mixed.
 */
const LOW_CONTRAST = `(() => {
  const parse = (text) => {
    const found = /color\\(srgb ([^)]*)\\)/.exec(text);
    if (found) {
      const [r, g, b, , a] = found[1].split(/[ /]+/).flatMap((x, i) => i === 3 ? [0, +x] : [+x * 255]);
      return [r, g, b, a ?? 1];
    }
    const parts = text.match(/[\\d.]+/g).map(Number);
    return [parts[0], parts[1], parts[2], parts[3] ?? 1];
  };
  const over = (top, below) => top.slice(0, 3).map((part, i) => part * top[3] + below[i] * (1 - top[3]));
  const light = (color) => {
    const [r, g, b] = color.map((part) => (part /= 255) <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const background = (element) => element === null ? [255, 255, 255]
    : over(parse(getComputedStyle(element).backgroundColor), background(element.parentElement));
  const bad = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node; node = walker.nextNode();) {
    const element = node.parentElement;
    if (node.data.trim() === "" || !element.checkVisibility() || element.closest("script,style,noscript,svg,.sr")) continue;
    if (element.closest(":disabled,[aria-hidden=true]") || element.closest(".row.dim")) continue;
    const style = getComputedStyle(element), below = background(element);
    if (style.color.includes(", 0)")) continue;
    const [a, b] = [light(over(parse(style.color), below)), light(below)];
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    const isLarge = parseFloat(style.fontSize) >= 24 || parseFloat(style.fontSize) >= 18.66 && style.fontWeight >= 700;
    if (ratio < (isLarge ? 3 : 4.5)) bad.push(node.data.trim().slice(0, 40) + " " + element.className + " " + ratio.toFixed(2));
  }
  return [...new Set(bad)];
})()`;

for (const colorScheme of ["light", "dark"] as const) {
  test(`Every text can be read in the ${colorScheme} theme`, options, async () => {
    const { page, complaints, close } = await open(browser, service.url, { colorScheme });
    assert.equal(await page.locator("html").getAttribute("data-theme"), colorScheme);
    for (const hash of views()) {
      await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
      await page.locator("main").locator("table, .log, .wf").first().waitFor();
      if (hash === "#/overview") await page.locator(".finding").first().waitFor();
      assert.deepEqual(await page.evaluate(LOW_CONTRAST), [], hash);
    }
    assert.deepEqual(complaints, []);
    await close();
  });
}

test(
  "At 200 % zoom nothing is cut off, and the page does not scroll sideways",
  options,
  async () => {
    for (const width of [720, 410]) {
      const viewport = { width, height: 500 };
      const { page, close } = await open(browser, service.url, { viewport, deviceScaleFactor: 2 });
      for (const hash of views()) {
        await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
        await page.locator("main").locator("table, .log, .wf").first().waitFor();
        const wide = await page.evaluate(`[...document.querySelectorAll("html, main, .top")]
        .filter((each) => each.scrollWidth > each.clientWidth + 1)
        .map((each) => each.tagName + each.className + " " + each.scrollWidth + " > " + each.clientWidth)`);
        assert.deepEqual(wide, [], `${hash} at ${width}`);
      }
      await close();
    }
  },
);

test(
  "The policy is in force: no markup from text, no code from text, no other origin",
  options,
  async () => {
    const { page, close } = await open(browser, service.url);
    await page.locator(".tiles").waitFor();
    const response = await page.request.get(service.url);
    const policy = response.headers()["content-security-policy"] ?? "";
    const rules = policy.replace(/sha256-[\w+/]{43}=/g, "hash").split("; ");
    assert.deepEqual(rules, [
      "default-src 'none'",
      "script-src 'hash'",
      "style-src 'hash'",
      "connect-src 'self'",
      "img-src data:",
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'",
    ]);
    const tried = await page.evaluate(`(async () => {
    const attempt = async (name, act) => {
      try { await act(); return name + " went through"; } catch (error) { return name + ": " + error.name; }
    };
    // What the test itself evaluates is exempt from the policy; a later task is not.
    await new Promise((resolve) => setTimeout(resolve));
    const image = new Image();
    const loaded = new Promise((_, reject) => { image.onerror = () => reject(new Error("blocked")); });
    return [
      await attempt("innerHTML", () => { document.body.innerHTML = "<p>x"; }),
      await attempt("eval", () => (0, eval)("1")),
      await attempt("Function", () => new Function("return 1")()),
      await attempt("fetch", () => fetch("http://127.0.0.1:9/")),
      await attempt("image", () => { image.src = "http://127.0.0.1:9/x.png"; return loaded; }),
      await attempt("worker", () => new Worker("data:text/javascript,1")),
    ];
  })()`);
    assert.deepEqual(tried, [
      "innerHTML: TypeError",
      "eval: EvalError",
      "Function: EvalError",
      "fetch: TypeError",
      "image: Error",
      "worker: TypeError",
    ]);
    // In a frame of another page it is not shown.
    const frame = await page.context().newPage();
    await frame.setContent(`<iframe src="${service.url}"></iframe>`);
    const [, inner] = frame.frames();
    assert.equal(await inner?.locator("#app").count() ?? 0, 0);
    await close();
  },
);

test("A reader who wants no motion gets none", options, async () => {
  const { page, close } = await open(browser, service.url, { reducedMotion: "reduce" });
  await page.locator(".live").waitFor();
  const name = await page.locator(".live").evaluate((each) => {
    const { getComputedStyle } = globalThis as unknown as {
      getComputedStyle(element: unknown): { animationName: string };
    };
    return getComputedStyle(each).animationName;
  });
  assert.equal(name, "none");
  await close();
});
